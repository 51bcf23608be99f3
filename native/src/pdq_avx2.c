/* The AVX2 path: 32 bytes of two rows are multiplied and added in one instruction. */
#include <immintrin.h>

#include "pdq_finish.h"
#include "pdq_plain.h"
#include "pdq_rows.h"

static inline void add_eight(uint32_t *sums, __m128i sixteen, int fresh) {
  __m256i wide = _mm256_cvtepu16_epi32(sixteen);
  if (!fresh) wide = _mm256_add_epi32(wide, _mm256_loadu_si256((const __m256i *)sums));
  _mm256_storeu_si256((__m256i *)sums, wide);
}

/* Add the rows of one group to 32 sums, or write them if the sums are fresh. */
static inline void add_group(const uint8_t *at, size_t stride, const kw_group *group, uint32_t *sums, int fresh) {
  __m256i low = _mm256_setzero_si256(), high = _mm256_setzero_si256();
  for (uint32_t p = 0; p < group->pairs; p++) {
    __m256i a = _mm256_loadu_si256((const __m256i *)(at + stride * group->rows[2 * p]));
    __m256i b = _mm256_loadu_si256((const __m256i *)(at + stride * group->rows[2 * p + 1]));
    __m256i w = _mm256_set1_epi16((short)group->weights[p]);
    low = _mm256_add_epi16(low, _mm256_maddubs_epi16(_mm256_unpacklo_epi8(a, b), w));
    high = _mm256_add_epi16(high, _mm256_maddubs_epi16(_mm256_unpackhi_epi8(a, b), w));
  }
  /* Unpacking works inside 128-bit lanes, so low holds bytes 0-7 and 16-23, high the others. */
  add_eight(sums, _mm256_castsi256_si128(low), fresh);
  add_eight(sums + 8, _mm256_castsi256_si128(high), fresh);
  add_eight(sums + 16, _mm256_extracti128_si256(low, 1), fresh);
  add_eight(sums + 24, _mm256_extracti128_si256(high, 1), fresh);
}

static void vertical(const uint8_t *rows, size_t stride, size_t width, const uint32_t *weights, uint32_t count,
                     uint32_t *sums) {
  kw_groups groups;
  uint32_t last[32];
  if (width < 32 || !kw_groups_of(&groups, weights, count)) {
    kw_plain_vertical(rows, stride, width, weights, count, sums);
    return;
  }
  for (uint32_t g = 0; g < groups.count; g++) {
    for (size_t x = 0; x + 32 <= width; x += 32) add_group(rows + x, stride, &groups.group[g], sums + x, g == 0);
    add_group(rows + width - 32, stride, &groups.group[g], last, g == 0);
  }
  memcpy(sums + width - 32, last, sizeof last); /* overlaps the blocks before it with the same sums */
}

static inline __m256d weighted(const uint32_t *sums, const kw_columns *columns, uint32_t j) {
  const uint32_t *line = sums + columns->first[j];
  const double *weights = columns->reals[j];
  __m256d a = _mm256_setzero_pd(), b = _mm256_setzero_pd();
  for (uint32_t k = 0; k < columns->count[j]; k += 8) {
    __m256d u = _mm256_cvtepi32_pd(_mm_loadu_si128((const __m128i *)(line + k)));
    __m256d v = _mm256_cvtepi32_pd(_mm_loadu_si128((const __m128i *)(line + k + 4)));
    a = _mm256_add_pd(a, _mm256_mul_pd(u, _mm256_loadu_pd(weights + k)));
    b = _mm256_add_pd(b, _mm256_mul_pd(v, _mm256_loadu_pd(weights + k + 4)));
  }
  return _mm256_add_pd(a, b);
}

/* The totals of four sums of four lanes each. */
static inline __m256d totals(__m256d a, __m256d b, __m256d c, __m256d d) {
  __m256d near = _mm256_hadd_pd(a, b), far = _mm256_hadd_pd(c, d);
  return _mm256_add_pd(_mm256_permute2f128_pd(near, far, 0x20), _mm256_permute2f128_pd(near, far, 0x31));
}

static void horizontal(const uint32_t *sums, const kw_columns *columns, double *samples) {
  if (!columns->reals[0]) {
    kw_plain_horizontal(sums, columns, samples);
    return;
  }
  for (uint32_t j = 0; j < KW_PDQ_SIDE; j += 4)
    _mm256_storeu_pd(samples + j, totals(weighted(sums, columns, j), weighted(sums, columns, j + 1),
                                         weighted(sums, columns, j + 2), weighted(sums, columns, j + 3)));
  if (columns->used == KW_TAPS) {
    __m256d last = weighted(sums, columns, KW_TAPS - 1);
    samples[KW_TAPS - 1] = _mm256_cvtsd_f64(totals(last, last, last, last));
  }
}

static void rows(const double folded[64 * 64], double lines[16][64]) {
  for (int i = 0; i < 16; i++)
    for (int block = 0; block < 64; block += 32) {
      __m256d sum[8];
      for (int j = 0; j < 8; j++) sum[j] = _mm256_setzero_pd();
      for (int k = 0; k < 32; k++) {
        __m256d c = _mm256_set1_pd(kw_cosine_of(i, k));
        const double *from = kw_folded_line(folded, i, k) + block;
        for (int j = 0; j < 8; j++) sum[j] = _mm256_add_pd(sum[j], _mm256_mul_pd(c, _mm256_loadu_pd(from + 4 * j)));
      }
      for (int j = 0; j < 8; j++) _mm256_storeu_pd(lines[i] + block + 4 * j, sum[j]);
    }
}

static void transform(double luma[64 * 64], double coefficients[256]) { kw_transform(luma, coefficients, rows); }

const kw_pdq_path kw_pdq_avx2 = {vertical, horizontal, kw_quality, transform};
