/* Sorting for the builder. Private to the core. */
#ifndef KINDWARD_INDEX_SORT_H
#define KINDWARD_INDEX_SORT_H

#include <stdint.h>

/* Where a hash is in the caller's array, with eight of its bytes as a number that sorts like them. */
typedef struct {
  uint64_t prefix;
  uint64_t at;
} kw_ranked;

/* Sort `count` ranked hashes bytewise; `spare` is scratch of the same size. */
void kw_rank(const uint8_t *hashes, kw_ranked *ranked, kw_ranked *spare, uint64_t count);

/* One posting on its way to its bucket: place << 32 | signature << 16 | key. */
static inline uint64_t kw_posting(uint32_t place, uint16_t signature, uint16_t key) {
  return (uint64_t)place << 32 | (uint64_t)signature << 16 | key;
}

/* Sort postings stably by key into places and signatures; `directory[k]` becomes the first position of key k and
 * `directory[buckets]` becomes `count`. `postings` and `spare` are destroyed. */
void kw_sort_postings(uint64_t *postings, uint64_t *spare, uint32_t count, uint32_t buckets, uint32_t *directory,
                      uint32_t *places, uint16_t *signatures);

#endif
