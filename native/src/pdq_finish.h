/* From 64x64 luma to coefficients and quality, in one fixed order. Each machine path compiles this for itself: lanes
 * are independent sums and nothing is contracted, so every path rounds alike. */
#ifndef KINDWARD_PDQ_FINISH_H
#define KINDWARD_PDQ_FINISH_H

#include "pdq_cosines.h"

/* Row i of the DCT matrix is even about its centre for odd i and odd for even i, so that folding the picture halves the
 * work. Upper half: differences; lower half, counted from below: sums. */
static inline void kw_fold(double luma[64 * 64]) {
  for (int k = 0; k < 32; k++) {
    double *near = luma + 64 * k, *far = luma + 64 * (63 - k);
    for (int j = 0; j < 64; j++) {
      double difference = near[j] - far[j], total = near[j] + far[j];
      near[j] = difference;
      far[j] = total;
    }
  }
}

static inline double kw_cosine_of(int i, int k) { return kw_cosines[k][8 * (i & 1) + i / 2]; }

static inline const double *kw_folded_line(const double folded[64 * 64], int i, int k) {
  return folded + 64 * (i & 1 ? 63 - k : k);
}

/* lines = D A, from the folded picture. The vector paths have their own, with the same order of sums. */
static inline void kw_plain_rows(const double folded[64 * 64], double lines[16][64]) {
  for (int i = 0; i < 16; i++) {
    for (int j = 0; j < 64; j++) lines[i][j] = 0.0;
    for (int k = 0; k < 32; k++) {
      double c = kw_cosine_of(i, k);
      const double *from = kw_folded_line(folded, i, k);
      for (int j = 0; j < 64; j++) lines[i][j] += c * from[j];
    }
  }
}

/* B = D A D^T; overwrites the luma. Sums stay in memory between terms, so that compilers find lanes, not reductions. */
static inline void kw_transform(double luma[64 * 64], double coefficients[256],
                                void (*rows)(const double folded[64 * 64], double lines[16][64])) {
  double lines[16][64], sums[16][16] = {{0}};
  kw_fold(luma);
  rows(luma, lines);
  for (int k = 0; k < 32; k++)
    for (int i = 0; i < 16; i++) {
      double difference = lines[i][k] - lines[i][63 - k], total = lines[i][k] + lines[i][63 - k];
      for (int m = 0; m < 8; m++) sums[i][m] += kw_cosines[k][m] * difference;
      for (int m = 8; m < 16; m++) sums[i][m] += kw_cosines[k][m] * total;
    }
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 16; j++) coefficients[16 * i + j] = sums[i][8 * (j & 1) + j / 2];
}

/* Gradients between neighbours in whole hundredths of the range; single precision and truncation as the reference. */
static inline int kw_step(float u, float v) {
  int d = (int)((u - v) * 100.0f / 255.0f);
  return d < 0 ? -d : d;
}

static int kw_quality(const double luma[64 * 64]) {
  float rows[2][64];
  int sum = 0;
  for (int i = 0; i < 64; i++) {
    float *row = rows[i & 1], *above = rows[1 - (i & 1)];
    for (int j = 0; j < 64; j++) row[j] = (float)luma[64 * i + j];
    for (int j = 0; j < 63; j++) sum += kw_step(row[j], row[j + 1]);
    if (i)
      for (int j = 0; j < 64; j++) sum += kw_step(above[j], row[j]);
  }
  sum /= 90;
  return sum > 100 ? 100 : sum;
}

#endif
