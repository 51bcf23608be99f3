/* The 16x64 DCT on both sides, in one fixed order. Each machine path compiles it for itself; lanes are independent sums
 * and nothing is contracted, so every path rounds alike. */
#ifndef KINDWARD_PDQ_TRANSFORM_H
#define KINDWARD_PDQ_TRANSFORM_H

#include "pdq_cosines.h"

/* B = D A D^T. Row i of D is even about its centre if i is odd, else odd, so A is folded and half of D is enough. */
static inline void kw_transform(const double luma[64 * 64], double coefficients[256]) {
  double half[16][64];
  for (int i = 0; i < 16; i++) {
    double sign = i & 1 ? 1.0 : -1.0;
    for (int j = 0; j < 64; j++) half[i][j] = 0.0;
    for (int k = 0; k < 32; k++) {
      const double *upper = luma + 64 * k, *lower = luma + 64 * (63 - k);
      for (int j = 0; j < 64; j++) half[i][j] += kw_cosines[i][k] * (upper[j] + sign * lower[j]);
    }
  }
  for (int i = 0; i < 16; i++) {
    for (int j = 0; j < 16; j++) {
      double sign = j & 1 ? 1.0 : -1.0, sum = 0.0;
      for (int k = 0; k < 32; k++) sum += kw_cosines[j][k] * (half[i][k] + sign * half[i][63 - k]);
      coefficients[16 * i + j] = sum;
    }
  }
}

#endif
