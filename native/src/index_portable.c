/* Searching with plain C11. */
#include <string.h>

#include "index_format.h"

static void kw_scan(const uint8_t *hashes, uint64_t count, uint64_t first_slot, const uint8_t *query,
                    unsigned radius, const kw_sink *sink) {
  uint64_t wanted[4], words[4];
  memcpy(wanted, query, sizeof wanted);
  for (uint64_t i = 0; i < count; i++) {
    unsigned distance = 0;
    memcpy(words, hashes + i * KW_HASH_BYTES, sizeof words);
    for (unsigned w = 0; w < 4; w++) distance += (unsigned)__builtin_popcountll(words[w] ^ wanted[w]);
    if (distance <= radius) kw_offer(sink, 0, first_slot + i, distance);
  }
}

const kw_index_path kw_index_path_portable = {kw_scan, NULL, NULL};
