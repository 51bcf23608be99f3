/* Searching with AVX2: 16 signatures a step, bits counted by looking up half bytes. */
#include <immintrin.h>
#include <string.h>

#include "index_format.h"

typedef __m256i kw_wanted;

typedef __m256i kw_bound;

static inline kw_wanted kw_want(uint16_t signature) { return _mm256_set1_epi16((short)signature); }

static inline kw_bound kw_bind(int bound) { return _mm256_set1_epi16((short)bound); }

static inline uint64_t kw_low(uint32_t count) { return count < 64 ? (UINT64_C(1) << count) - 1 : ~UINT64_C(0); }

static inline __m256i kw_ones_of_bytes(__m256i x) {
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2,
                                         2, 3, 2, 3, 3, 4);
  const __m256i half = _mm256_set1_epi8(15);
  __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(x, half));
  __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), half));
  return _mm256_add_epi8(low, high);
}

/* All ones in each lane that differs in more than `bound` bits. */
static inline __m256i kw_far(const uint16_t *signatures, kw_wanted wanted, __m256i bound) {
  __m256i x = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)signatures), wanted);
  __m256i ones = _mm256_maddubs_epi16(kw_ones_of_bytes(x), _mm256_set1_epi8(1));
  return _mm256_cmpgt_epi16(ones, bound);
}

static inline uint32_t kw_near(const uint16_t *signatures, uint32_t count, kw_wanted wanted, kw_bound bound) {
  __m256i first = kw_far(signatures, wanted, bound);
  __m256i second = kw_far(signatures + 16, wanted, bound);
  (void)count;
  __m256i both = _mm256_permute4x64_epi64(_mm256_packs_epi16(first, second), 0xD8);
  return ~(uint32_t)_mm256_movemask_epi8(both);
}

#define KW_SCAN_HERE
#include "index_path.h"

const kw_index_path kw_index_path_avx2 = {
    kw_scan,
    {NULL, kw_single_octets, kw_single_lines, kw_single_runs},
    {NULL, NULL, kw_batch_words, kw_batch_words},
    kw_single_delta};
