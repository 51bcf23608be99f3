/* The AVX-512 path: as the AVX2 path, 64 bytes at a time. */
#include <immintrin.h>

#include "pdq_finish.h"
#include "pdq_plain.h"
#include "pdq_rows.h"

/* Lanes 0, 1 of both, then 2, 3 of both, are consecutive sums. */
static inline void add_thirty_two(uint32_t *sums, __m256i low, __m256i high, int fresh) {
  __m512i a = _mm512_cvtepu16_epi32(low), b = _mm512_cvtepu16_epi32(high);
  __m512i near = _mm512_shuffle_i64x2(a, b, 0x44), far = _mm512_shuffle_i64x2(a, b, 0xee);
  if (!fresh) {
    near = _mm512_add_epi32(near, _mm512_loadu_si512(sums));
    far = _mm512_add_epi32(far, _mm512_loadu_si512(sums + 16));
  }
  _mm512_storeu_si512(sums, near);
  _mm512_storeu_si512(sums + 16, far);
}

/* Add the rows of one group to 64 sums, or write them if the sums are fresh. */
static inline void add_group(const uint8_t *at, size_t stride, const kw_group *group, uint32_t *sums, int fresh) {
  __m512i low = _mm512_setzero_si512(), high = _mm512_setzero_si512();
  for (uint32_t p = 0; p < group->pairs; p++) {
    __m512i a = _mm512_loadu_si512(at + stride * group->rows[2 * p]);
    __m512i b = _mm512_loadu_si512(at + stride * group->rows[2 * p + 1]);
    __m512i w = _mm512_set1_epi16((short)group->weights[p]);
    low = _mm512_add_epi16(low, _mm512_maddubs_epi16(_mm512_unpacklo_epi8(a, b), w));
    high = _mm512_add_epi16(high, _mm512_maddubs_epi16(_mm512_unpackhi_epi8(a, b), w));
  }
  /* Unpacking works inside 128-bit lanes: low holds bytes 0-7 of each lane, high 8-15. */
  add_thirty_two(sums, _mm512_castsi512_si256(low), _mm512_castsi512_si256(high), fresh);
  add_thirty_two(sums + 32, _mm512_extracti64x4_epi64(low, 1), _mm512_extracti64x4_epi64(high, 1), fresh);
}

static void vertical(const uint8_t *rows, size_t stride, size_t width, const uint32_t *weights, uint32_t count,
                     uint32_t *sums) {
  kw_groups groups;
  uint32_t last[64];
  if (width < 64 || !kw_groups_of(&groups, weights, count)) {
    kw_plain_vertical(rows, stride, width, weights, count, sums);
    return;
  }
  for (uint32_t g = 0; g < groups.count; g++) {
    for (size_t x = 0; x + 64 <= width; x += 64) add_group(rows + x, stride, &groups.group[g], sums + x, g == 0);
    add_group(rows + width - 64, stride, &groups.group[g], last, g == 0);
  }
  memcpy(sums + width - 64, last, sizeof last); /* overlaps the blocks before it with the same sums */
}

static inline __m512d weighted(const uint32_t *sums, const kw_columns *columns, uint32_t j) {
  const uint32_t *line = sums + columns->first[j];
  const double *weights = columns->reals[j];
  __m512d sum = _mm512_setzero_pd();
  for (uint32_t k = 0; k < columns->count[j]; k += 8) {
    __m512d v = _mm512_cvtepi32_pd(_mm256_loadu_si256((const __m256i *)(line + k)));
    sum = _mm512_add_pd(sum, _mm512_mul_pd(v, _mm512_loadu_pd(weights + k)));
  }
  return sum;
}

static inline __m512d neighbours(__m512d a, __m512d b) {
  return _mm512_add_pd(_mm512_unpacklo_pd(a, b), _mm512_unpackhi_pd(a, b));
}

static inline __m512d lanes(__m512d a, __m512d b) {
  return _mm512_add_pd(_mm512_shuffle_f64x2(a, b, 0x88), _mm512_shuffle_f64x2(a, b, 0xdd));
}

static void horizontal(const uint32_t *sums, const kw_columns *columns, double *samples) {
  if (!columns->reals[0]) {
    kw_plain_horizontal(sums, columns, samples);
    return;
  }
  for (uint32_t j = 0; j < KW_PDQ_SIDE; j += 8) { /* eight sums of eight lanes, added crosswise */
    __m512d a[8];
    for (uint32_t k = 0; k < 8; k++) a[k] = weighted(sums, columns, j + k);
    __m512d near = lanes(neighbours(a[0], a[1]), neighbours(a[2], a[3]));
    __m512d far = lanes(neighbours(a[4], a[5]), neighbours(a[6], a[7]));
    _mm512_storeu_pd(samples + j, lanes(near, far));
  }
  if (columns->used == KW_TAPS) samples[KW_TAPS - 1] = _mm512_reduce_add_pd(weighted(sums, columns, KW_TAPS - 1));
}

static void rows(const double folded[64 * 64], double lines[16][64]) {
  for (int i = 0; i < 16; i++)
    for (int block = 0; block < 64; block += 64) {
      __m512d sum[8];
      for (int j = 0; j < 8; j++) sum[j] = _mm512_setzero_pd();
      for (int k = 0; k < 32; k++) {
        __m512d c = _mm512_set1_pd(kw_cosine_of(i, k));
        const double *from = kw_folded_line(folded, i, k) + block;
        for (int j = 0; j < 8; j++) sum[j] = _mm512_add_pd(sum[j], _mm512_mul_pd(c, _mm512_loadu_pd(from + 8 * j)));
      }
      for (int j = 0; j < 8; j++) _mm512_storeu_pd(lines[i] + block + 8 * j, sum[j]);
    }
}

static void transform(double luma[64 * 64], double coefficients[256]) { kw_transform(luma, coefficients, rows); }

const kw_pdq_path kw_pdq_avx512 = {vertical, horizontal, kw_quality, transform};
