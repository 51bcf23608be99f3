/* What a machine path must provide, and the plan it works from. Internal. */
#ifndef KINDWARD_PDQ_PATH_H
#define KINDWARD_PDQ_PATH_H

#include <stddef.h>
#include <stdint.h>

#include "kindward_pdq.h"

enum {
  KW_TAPS = KW_PDQ_SIDE + 1,  /* the last sample can need two integer filters, see kw_axis */
  KW_LANES = 8,               /* for vector loads, columns are padded to a multiple of this and lines by as many */
  KW_CACHE_LINE = 64
};

/* Integer weights of consecutive source lines (rows or columns). */
typedef struct {
  uint32_t first, count;
  const uint32_t *weights;
} kw_taps;

/* One axis of the blur-and-sample operator. Sample i is taps[i] / divisor[i]. Only the last sample of an even window
 * differs: its outermost box is cut by the picture's edge, so that it is
 * (last_inner * taps[63] + last_outer * taps[64]) / divisor[63]. */
typedef struct {
  kw_taps taps[KW_TAPS];
  uint32_t used; /* 64 or 65 */
  uint32_t last_inner, last_outer;
  double divisor[KW_PDQ_SIDE];
  uint64_t largest_sum; /* of the weights of one sample */
  uint32_t *memory;
} kw_axis;

kw_pdq_status kw_axis_plan(kw_axis *axis, uint32_t full, uint32_t cell, uint32_t parts, uint32_t lines);
void kw_axis_free(kw_axis *axis);

/* Columns of the horizontal pass: per sample, weights over interleaved channels. */
typedef struct {
  uint32_t first[KW_TAPS], count[KW_TAPS]; /* in values, that is columns * channels */
  const uint32_t *weights[KW_TAPS];
  const double *reals[KW_TAPS]; /* the same weights, padded to KW_LANES by zeros; NULL if sums can pass 2^53 */
  uint32_t used;
} kw_columns;

typedef struct {
  /* sums[x] = sum over r of weights[r] * rows[r * stride + x] for x < width. Exact: every sum is below 2^31. */
  void (*vertical)(const uint8_t *rows, size_t stride, size_t width, const uint32_t *weights, uint32_t count,
                   uint32_t *sums);
  /* samples[j] = sum over k of columns->weights[j][k] * sums[first + k], exact below 2^53, else rounded once. */
  void (*horizontal)(const uint32_t *sums, const kw_columns *columns, double *samples);
  int (*quality)(const double luma[64 * 64]);
  void (*transform)(double luma[64 * 64], double coefficients[256]); /* overwrites the luma */
} kw_pdq_path;

extern const kw_pdq_path kw_pdq_portable, kw_pdq_avx2, kw_pdq_avx512;

/* Write the first `count` views. */
void kw_pdq_bits(const double coefficients[256], int count, uint8_t out[KW_PDQ_VIEWS][KW_PDQ_BYTES]);

#endif
