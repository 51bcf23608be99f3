/* From 64x64 luma to coefficients and quality, in one fixed order. Each machine path compiles this for itself: lanes are
 * independent sums and nothing is contracted, so every path rounds alike. */
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

/* Row i of D times the folded picture. */
static inline void kw_transform_line(const double folded[64 * 64], int i, double line[64]) {
  for (int block = 0; block < 64; block += 32) {
    double sum[32] = {0};
    for (int k = 0; k < 32; k++) {
      double c = kw_cosines[k][8 * (i & 1) + i / 2];
      const double *from = folded + 64 * (i & 1 ? 63 - k : k) + block;
      for (int j = 0; j < 32; j++) sum[j] += c * from[j];
    }
    for (int j = 0; j < 32; j++) line[block + j] = sum[j];
  }
}

/* B = D A D^T; overwrites the luma. */
static void kw_transform(double luma[64 * 64], double coefficients[256]) {
  kw_fold(luma);
  for (int i = 0; i < 16; i++) {
    double line[64], odd[8] = {0}, even[8] = {0};
    kw_transform_line(luma, i, line);
    for (int k = 0; k < 32; k++) {
      double difference = line[k] - line[63 - k], total = line[k] + line[63 - k];
      for (int m = 0; m < 8; m++) odd[m] += kw_cosines[k][m] * difference;
      for (int m = 0; m < 8; m++) even[m] += kw_cosines[k][8 + m] * total;
    }
    for (int m = 0; m < 8; m++) {
      coefficients[16 * i + 2 * m] = odd[m];
      coefficients[16 * i + 2 * m + 1] = even[m];
    }
  }
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
