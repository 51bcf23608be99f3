/* Entries added since the base was built, found by the very next query.
 *
 * One writer appends while readers search without a lock: what a reader can see is written before the count that
 * lets it see it, and nothing that a reader may hold is freed before the index is closed. Outgrown arrays double, so
 * the garbage stays below what is in use. */
#include <stdlib.h>
#include <string.h>

#include "index_format.h"

#define KW_ALIGN 128u
#define KW_MORE_FIRST 64u

_Static_assert(sizeof(kw_bucket) == 128, "a bucket is two cache lines");
_Static_assert(offsetof(kw_bucket, own) == KW_BUCKET_HEAD * sizeof(uint16_t), "signatures follow the head");

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

void kw_delta_fetch(const kw_delta *delta, const uint8_t *query) {
  const kw_bucket *buckets = atomic_load_explicit(&delta->buckets, memory_order_acquire);
  if (!buckets) return;
  for (unsigned band = 0; band < KW_OCTET_BANDS; band++) {
    const uint8_t *bucket = (const uint8_t *)&buckets[band * KW_OCTET_BUCKETS + query[band]];
    KW_FETCH(bucket);
    KW_FETCH(bucket + sizeof(kw_bucket) / 2);
  }
}

int64_t kw_delta_find(const kw_delta *delta, const uint8_t *hash) {
  const kw_bucket *buckets = atomic_load_explicit(&delta->buckets, memory_order_acquire);
  if (!buckets) return -1;
  const kw_bucket *bucket = &buckets[hash[0]];
  uint32_t count = atomic_load_explicit(&bucket->count, memory_order_acquire);
  const uint16_t *more = atomic_load_explicit(&bucket->more, memory_order_acquire);
  const uint32_t *places = atomic_load_explicit(&bucket->places, memory_order_acquire);
  const uint16_t wanted = kw_pair_of(hash, 1);
  for (uint32_t at = 0; at < count; at++) {
    if ((at < KW_BUCKET_OWN ? bucket->own[at] : more[at - KW_BUCKET_OWN]) != wanted) continue;
    const uint32_t number = places[at] & KW_DELTA_MOST;
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

/* Give memory that stays until the delta is freed; NULL if there is none. */
static void *kw_keep(kw_delta *delta, size_t size) {
  kw_kept *kept = malloc(sizeof *kept);
  void *block = aligned_alloc(KW_ALIGN, (size + KW_ALIGN - 1) / KW_ALIGN * KW_ALIGN);
  if (!kept || !block) {
    free(kept);
    free(block);
    return NULL;
  }
  memset(block, 0, size);
  kept->block = block;
  kept->next = delta->blocks;
  delta->blocks = kept;
  return block;
}

/* Make room for one more posting without changing what readers see. */
static int kw_bucket_ready(kw_delta *delta, kw_bucket *bucket) {
  const uint32_t count = atomic_load_explicit(&bucket->count, memory_order_relaxed);
  if (count < bucket->room) return 1;
  const uint32_t grown = bucket->room ? 2 * (bucket->room - KW_BUCKET_OWN) + KW_MORE_FIRST : 0;
  uint32_t *places = kw_keep(delta, (grown + KW_BUCKET_OWN) * sizeof *places);
  uint16_t *more = grown ? kw_keep(delta, grown * sizeof *more) : NULL;
  if (!places || (grown && !more)) return 0;
  if (count) memcpy(places, atomic_load(&bucket->places), count * sizeof *places);
  if (count > KW_BUCKET_OWN) memcpy(more, atomic_load(&bucket->more), (count - KW_BUCKET_OWN) * sizeof *more);
  bucket->room = grown + KW_BUCKET_OWN;
  atomic_store_explicit(&bucket->places, places, memory_order_release);
  atomic_store_explicit(&bucket->more, more, memory_order_release);
  return 1;
}

static void kw_bucket_append(kw_bucket *bucket, uint16_t signature, uint32_t place) {
  const uint32_t count = atomic_load_explicit(&bucket->count, memory_order_relaxed);
  atomic_load_explicit(&bucket->places, memory_order_relaxed)[count] = place;
  if (count < KW_BUCKET_OWN) bucket->own[count] = signature;
  else atomic_load_explicit(&bucket->more, memory_order_relaxed)[count - KW_BUCKET_OWN] = signature;
  atomic_store_explicit(&bucket->count, count + 1, memory_order_release);
}

static kw_bucket *kw_buckets_ready(kw_delta *delta) {
  kw_bucket *buckets = atomic_load_explicit(&delta->buckets, memory_order_relaxed);
  if (buckets) return buckets;
  buckets = kw_keep(delta, sizeof(kw_bucket) * KW_OCTET_BANDS * KW_OCTET_BUCKETS);
  if (buckets) atomic_store_explicit(&delta->buckets, buckets, memory_order_release);
  return buckets;
}

kw_index_status kw_delta_add(kw_delta *delta, const uint8_t *hash) {
  uint64_t number = atomic_load_explicit(&delta->count, memory_order_relaxed);
  if (number > KW_DELTA_MOST) return KW_INDEX_TOO_MANY;
  kw_bucket *buckets = kw_buckets_ready(delta);
  if (!buckets || !kw_segment_ready(delta, number)) return KW_INDEX_NO_MEMORY;
  for (unsigned band = 0; band < KW_OCTET_BANDS; band++)
    if (!kw_bucket_ready(delta, &buckets[band * KW_OCTET_BUCKETS + hash[band]])) return KW_INDEX_NO_MEMORY;
  memcpy((uint8_t *)kw_delta_hash(delta, number), hash, KW_HASH_BYTES);
  for (unsigned band = 0; band < KW_OCTET_BANDS; band++) {
    const uint32_t tail = hash[(band + 3) % KW_HASH_BYTES];
    kw_bucket_append(&buckets[band * KW_OCTET_BUCKETS + hash[band]], kw_pair_of(hash, band + 1),
                     (uint32_t)number | tail << KW_DELTA_BITS);
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
}
