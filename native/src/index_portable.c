/* Searching with plain C11. */
#include <string.h>

#include "index_format.h"

typedef uint64_t kw_wanted; /* four signatures */

typedef uint64_t kw_bound;  /* what carries a larger count into the highest bit of its lane */

static inline kw_wanted kw_want(uint16_t signature) { return signature * UINT64_C(0x0001000100010001); }

static inline kw_bound kw_bind(int bound) { return (uint64_t)(0x7FFF - bound) * UINT64_C(0x0001000100010001); }

static inline uint64_t kw_low(uint32_t count) { return count < 64 ? (UINT64_C(1) << count) - 1 : ~UINT64_C(0); }

/* Per 16-bit lane: 1 in the lane's highest bit if it differs in more than `bound` bits, counted within the word. */
static inline uint64_t kw_far(uint64_t word, kw_wanted wanted, kw_bound bound) {
  uint64_t x = word ^ wanted;
  x -= x >> 1 & UINT64_C(0x5555555555555555);
  x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
  x = (x + (x >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
  x = (x + (x >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
  return (x + bound) & UINT64_C(0x8000800080008000);
}

static inline uint32_t kw_near(const uint16_t *signatures, uint32_t count, kw_wanted wanted, kw_bound bound) {
  uint32_t hits = 0;
  for (uint32_t at = 0; at < count && at < 32; at += 4) {
    uint64_t word;
    memcpy(&word, signatures + at, sizeof word);
    uint64_t near = ~kw_far(word, wanted, bound) & UINT64_C(0x8000800080008000);
    /* Bits 15, 31, 47 and 63 move side by side to bits 60 to 63. */
    if (near) hits |= (uint32_t)((near >> 15) * UINT64_C(0x1000200040008000) >> 60) << at;
  }
  return hits;
}

#define KW_SCAN_HERE
#include "index_path.h"

const kw_index_path kw_index_path_portable = {
    kw_scan,
    {NULL, kw_single_octets, kw_single_lines, kw_single_runs},
    {NULL, NULL, kw_batch_words, kw_batch_words},
    kw_single_delta};
