/* Searching with AVX-512 and its bit counts (BITALG): 32 signatures a step. */
#include <immintrin.h>
#include <string.h>

#include "index_format.h"

typedef __m512i kw_wanted;

typedef __m512i kw_bound;

static inline kw_wanted kw_want(uint16_t signature) { return _mm512_set1_epi16((short)signature); }

static inline kw_bound kw_bind(int bound) { return _mm512_set1_epi16((short)bound); }

/* The instruction looks at eight bits of the count; here it is at most 64. */
static inline uint64_t kw_low(uint32_t count) { return _bzhi_u64(~UINT64_C(0), count); }

static inline uint32_t kw_near(const uint16_t *signatures, uint32_t count, kw_wanted wanted, kw_bound bound) {
  __m512i x = _mm512_xor_si512(_mm512_loadu_si512(signatures), wanted);
  (void)count;
  return _mm512_cmple_epu16_mask(_mm512_popcnt_epi16(x), bound);
}

/* Eight hashes a step: two in a register, their counts of bytes summed to four numbers each, which are added up. */
static void kw_scan(const uint8_t *hashes, uint64_t count, uint64_t first_slot, const uint8_t *query,
                    unsigned radius, const kw_sink *sink) {
  const __m512i wanted = _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)query));
  const __m512i zero = _mm512_setzero_si512(), most = _mm512_set1_epi64(radius);
  uint64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    __m512i sums[4];
    for (unsigned pair = 0; pair < 4; pair++) {
      __m512i x = _mm512_xor_si512(_mm512_loadu_si512(hashes + (i + 2 * pair) * KW_HASH_BYTES), wanted);
      sums[pair] = _mm512_sad_epu8(_mm512_popcnt_epi8(x), zero);
    }
    __m512i first = _mm512_add_epi64(_mm512_unpacklo_epi64(sums[0], sums[1]), _mm512_unpackhi_epi64(sums[0], sums[1]));
    __m512i second = _mm512_add_epi64(_mm512_unpacklo_epi64(sums[2], sums[3]), _mm512_unpackhi_epi64(sums[2], sums[3]));
    /* Quarters of 128 bits now hold two half sums: hash 0, 2 | 0, 2 | 1, 3 | 1, 3. */
    __m512i all = _mm512_add_epi64(_mm512_shuffle_i64x2(first, second, 0x88), _mm512_shuffle_i64x2(first, second, 0xDD));
    __mmask8 near = _mm512_cmple_epu64_mask(all, most);
    if (__builtin_expect(near, 0)) {
      static const uint8_t order[8] = {0, 2, 1, 3, 4, 6, 5, 7};
      uint64_t distance[8];
      _mm512_storeu_si512(distance, all);
      for (unsigned at = 0; at < 8; at++)
        if (near >> at & 1) kw_offer(sink, 0, first_slot + i + order[at], (unsigned)distance[at]);
    }
  }
  for (; i < count; i++) {
    __m256i x = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(hashes + i * KW_HASH_BYTES)),
                                 _mm512_castsi512_si256(wanted));
    uint64_t words[4];
    _mm256_storeu_si256((__m256i *)words, x);
    unsigned distance = (unsigned)(_mm_popcnt_u64(words[0]) + _mm_popcnt_u64(words[1]) + _mm_popcnt_u64(words[2]) +
                                   _mm_popcnt_u64(words[3]));
    if (distance <= radius) kw_offer(sink, 0, first_slot + i, distance);
  }
}

#include "index_path.h"

const kw_index_path kw_index_path_avx512 = {
    kw_scan,
    {NULL, kw_single_octets, kw_single_lines, kw_single_runs},
    {NULL, NULL, kw_batch_words, kw_batch_words},
    kw_single_delta};
