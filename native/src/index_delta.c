/* Entries added since the base was built, found by the very next query.
 *
 * One writer appends while readers search without a lock: what a reader can see is written before the count that
 * lets it see it, and nothing that a reader may hold is freed before the index is closed. Outgrown arrays double, so
 * the garbage stays below what is in use. */
#include <stdlib.h>
#include <string.h>

#include "index_format.h"

/* Signatures follow the numbers in one block; both need room for whole vectors. */
#define KW_BLOCK_FIRST 32u
#define KW_ALIGN 64u

static unsigned kw_segment_of(uint64_t number, uint64_t *within) {
  unsigned segment = 0;
  uint64_t first = 0;
  while (number >= first + ((uint64_t)KW_SEGMENT_FIRST << segment)) {
    first += (uint64_t)KW_SEGMENT_FIRST << segment;
    segment++;
  }
  *within = number - first;
  return segment;
}

const uint8_t *kw_delta_hash(const kw_delta *delta, uint64_t number) {
  uint64_t within;
  unsigned segment = kw_segment_of(number, &within);
  return atomic_load_explicit(&delta->hashes[segment], memory_order_acquire) + within * KW_HASH_BYTES;
}

_Atomic uint8_t *kw_delta_mark(const kw_delta *delta, uint64_t number) {
  uint64_t within;
  unsigned segment = kw_segment_of(number, &within);
  uint8_t *hashes = atomic_load_explicit(&delta->hashes[segment], memory_order_acquire);
  return (_Atomic uint8_t *)(hashes + ((uint64_t)KW_SEGMENT_FIRST << segment) * KW_HASH_BYTES + within);
}

int64_t kw_delta_find(const kw_delta *delta, const uint8_t *hash) {
  const kw_bucket *buckets = atomic_load_explicit(&delta->buckets, memory_order_acquire);
  if (!buckets) return -1;
  const kw_bucket *bucket = &buckets[hash[0]];
  uint32_t count = atomic_load_explicit(&bucket->count, memory_order_acquire);
  const uint16_t *signatures = atomic_load_explicit(&bucket->postings, memory_order_acquire);
  uint16_t wanted;
  memcpy(&wanted, hash + 1, sizeof wanted);
  for (uint32_t at = 0; at < count; at++) {
    if (signatures[at] != wanted) continue;
    uint32_t number = ((const uint32_t *)signatures)[-1 - (int64_t)at];
    if (memcmp(kw_delta_hash(delta, number), hash, KW_HASH_BYTES) == 0) return number;
  }
  return -1;
}

static int kw_segment_ready(kw_delta *delta, uint64_t number) {
  uint64_t within;
  unsigned segment = kw_segment_of(number, &within);
  if (segment >= KW_SEGMENTS) return 0;
  if (atomic_load_explicit(&delta->hashes[segment], memory_order_relaxed)) return 1;
  size_t entries = (size_t)KW_SEGMENT_FIRST << segment;
  uint8_t *hashes = aligned_alloc(KW_ALIGN, entries * KW_HASH_BYTES + entries);
  if (!hashes) return 0;
  memset(hashes, 0, entries * KW_HASH_BYTES + entries);
  atomic_store_explicit(&delta->hashes[segment], hashes, memory_order_release);
  return 1;
}

static size_t kw_block_numbers(uint32_t capacity) { return (size_t)capacity * sizeof(uint32_t); }

/* Make room for one more posting without changing what readers see. */
static int kw_bucket_ready(kw_delta *delta, kw_bucket *bucket) {
  uint32_t count = atomic_load_explicit(&bucket->count, memory_order_relaxed);
  if (count < bucket->capacity) return 1;
  uint32_t capacity = bucket->capacity ? bucket->capacity * 2 : KW_BLOCK_FIRST;
  size_t numbers = kw_block_numbers(capacity);
  uint8_t *block = aligned_alloc(KW_ALIGN, numbers + capacity * sizeof(uint16_t));
  kw_kept *kept = malloc(sizeof *kept);
  if (!block || !kept) {
    free(block);
    free(kept);
    return 0;
  }
  memset(block, 0, numbers + capacity * sizeof(uint16_t));
  uint16_t *old = atomic_load_explicit(&bucket->postings, memory_order_relaxed);
  if (old) {
    memcpy(block + numbers - kw_block_numbers(count), (uint8_t *)old - kw_block_numbers(count),
           kw_block_numbers(count));
    memcpy(block + numbers, old, count * sizeof(uint16_t));
  }
  kept->block = block;
  kept->next = delta->blocks;
  delta->blocks = kept;
  bucket->capacity = capacity;
  atomic_store_explicit(&bucket->postings, (uint16_t *)(block + numbers), memory_order_release);
  return 1;
}

static kw_bucket *kw_buckets_ready(kw_delta *delta) {
  kw_bucket *buckets = atomic_load_explicit(&delta->buckets, memory_order_relaxed);
  if (buckets) return buckets;
  size_t size = sizeof(kw_bucket) * KW_OCTET_BANDS * KW_OCTET_BUCKETS;
  buckets = aligned_alloc(KW_ALIGN, size);
  if (!buckets) return NULL;
  memset(buckets, 0, size);
  atomic_store_explicit(&delta->buckets, buckets, memory_order_release);
  return buckets;
}

kw_index_status kw_delta_add(kw_delta *delta, const uint8_t *hash) {
  uint64_t number = atomic_load_explicit(&delta->count, memory_order_relaxed);
  kw_bucket *buckets = kw_buckets_ready(delta);
  if (!buckets || !kw_segment_ready(delta, number)) return KW_INDEX_NO_MEMORY;
  for (unsigned band = 0; band < KW_OCTET_BANDS; band++)
    if (!kw_bucket_ready(delta, &buckets[band * KW_OCTET_BUCKETS + hash[band]])) return KW_INDEX_NO_MEMORY;
  memcpy((uint8_t *)kw_delta_hash(delta, number), hash, KW_HASH_BYTES);
  for (unsigned band = 0; band < KW_OCTET_BANDS; band++) {
    kw_bucket *bucket = &buckets[band * KW_OCTET_BUCKETS + hash[band]];
    uint32_t count = atomic_load_explicit(&bucket->count, memory_order_relaxed);
    uint16_t *signatures = atomic_load_explicit(&bucket->postings, memory_order_relaxed);
    ((uint32_t *)signatures)[-1 - (int64_t)count] = (uint32_t)number;
    signatures[count] = (uint16_t)(hash[(band + 1) % KW_HASH_BYTES] | hash[(band + 2) % KW_HASH_BYTES] << 8);
    atomic_store_explicit(&bucket->count, count + 1, memory_order_release);
  }
  atomic_store_explicit(&delta->count, number + 1, memory_order_release);
  return KW_INDEX_OK;
}

void kw_delta_free(kw_delta *delta) {
  while (delta->blocks) {
    kw_kept *next = delta->blocks->next;
    free(delta->blocks->block);
    free(delta->blocks);
    delta->blocks = next;
  }
  for (unsigned segment = 0; segment < KW_SEGMENTS; segment++) free(atomic_load(&delta->hashes[segment]));
  free(atomic_load(&delta->buckets));
}
