/* Radix sorts: the whole hashes eight bytes at a time, and positions by band value. */
#include "index_sort.h"

#include <string.h>

#include "index_format.h"

#define KW_SHORT 24u

static uint64_t kw_prefix(const uint8_t *bytes) {
  uint64_t prefix = 0;
  for (unsigned b = 0; b < 8; b++) prefix = prefix << 8 | bytes[b];
  return prefix;
}

/* Short stretches: insertion by all bytes from `depth` on. */
static void kw_rank_short(const uint8_t *hashes, kw_ranked *ranked, uint64_t count, unsigned depth) {
  for (uint64_t i = 1; i < count; i++) {
    kw_ranked moving = ranked[i];
    uint64_t j = i;
    while (j > 0 && memcmp(hashes + ranked[j - 1].at * KW_HASH_BYTES + depth,
                           hashes + moving.at * KW_HASH_BYTES + depth, KW_HASH_BYTES - depth) > 0) {
      ranked[j] = ranked[j - 1];
      j--;
    }
    ranked[j] = moving;
  }
}

/* One stable pass by one byte of the prefix; nothing moves when all agree in it. */
static int kw_pass(const kw_ranked *from, kw_ranked *to, uint64_t count, uint64_t *counts, unsigned shift) {
  uint64_t next = 0;
  for (unsigned value = 0; value < 256; value++) {
    uint64_t here = counts[value];
    if (here == count) return 0;
    counts[value] = next;
    next += here;
  }
  for (uint64_t i = 0; i < count; i++) to[counts[from[i].prefix >> shift & 255]++] = from[i];
  return 1;
}

static void kw_rank_by_prefix(kw_ranked *ranked, kw_ranked *spare, uint64_t count) {
  uint64_t counts[8][256];
  memset(counts, 0, sizeof counts);
  for (uint64_t i = 0; i < count; i++)
    for (unsigned digit = 0; digit < 8; digit++) counts[digit][ranked[i].prefix >> (8 * digit) & 255]++;
  kw_ranked *from = ranked, *to = spare;
  for (unsigned digit = 0; digit < 8; digit++) {
    if (!kw_pass(from, to, count, counts[digit], 8 * digit)) continue;
    kw_ranked *swap = from;
    from = to;
    to = swap;
  }
  if (from != ranked) memcpy(ranked, from, count * sizeof *ranked);
}

static void kw_rank_from(const uint8_t *hashes, kw_ranked *ranked, kw_ranked *spare, uint64_t count,
                         unsigned depth) {
  if (count <= KW_SHORT) {
    kw_rank_short(hashes, ranked, count, depth);
    return;
  }
  for (uint64_t i = 0; i < count; i++) ranked[i].prefix = kw_prefix(hashes + ranked[i].at * KW_HASH_BYTES + depth);
  kw_rank_by_prefix(ranked, spare, count);
  if (depth + 8 >= KW_HASH_BYTES) return;
  for (uint64_t begin = 0, end; begin < count; begin = end) {
    for (end = begin + 1; end < count && ranked[end].prefix == ranked[begin].prefix;) end++;
    if (end - begin > 1) kw_rank_from(hashes, ranked + begin, spare + begin, end - begin, depth + 8);
  }
}

void kw_rank(const uint8_t *hashes, kw_ranked *ranked, kw_ranked *spare, uint64_t count) {
  kw_rank_from(hashes, ranked, spare, count, 0);
}

static void kw_first_positions(uint32_t counts[256]) {
  uint32_t next = 0;
  for (unsigned value = 0; value < 256; value++) {
    uint32_t here = counts[value];
    counts[value] = next;
    next += here;
  }
}

/* Two passes of eight bits instead of one of sixteen: 256 destinations stay in the caches, 65536 do not. */
void kw_sort_postings(uint64_t *postings, uint64_t *spare, uint32_t count, uint32_t buckets, uint32_t *directory,
                      uint32_t *places, uint16_t *signatures) {
  uint32_t low[256] = {0}, high[256] = {0};
  memset(directory, 0, ((size_t)buckets + 1) * sizeof *directory);
  for (uint32_t i = 0; i < count; i++) {
    low[postings[i] & 255]++;
    high[postings[i] >> 8 & 255]++;
    directory[(postings[i] & 65535) + 1]++;
  }
  for (uint32_t bucket = 0; bucket < buckets; bucket++) directory[bucket + 1] += directory[bucket];
  kw_first_positions(low);
  kw_first_positions(high);
  for (uint32_t i = 0; i < count; i++) spare[low[postings[i] & 255]++] = postings[i];
  for (uint32_t i = 0; i < count; i++) {
    uint32_t to = high[spare[i] >> 8 & 255]++;
    places[to] = (uint32_t)(spare[i] >> 32);
    signatures[to] = (uint16_t)(spare[i] >> 16);
  }
}
