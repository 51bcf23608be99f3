/* The two passes in plain C. The portable path is made of them; the others use them where their own would overflow. */
#ifndef KINDWARD_PDQ_PLAIN_H
#define KINDWARD_PDQ_PLAIN_H

#include <string.h>

#include "pdq_path.h"

static inline void kw_plain_vertical(const uint8_t *rows, size_t stride, size_t width, const uint32_t *weights,
                                     uint32_t count, uint32_t *sums) {
  memset(sums, 0, sizeof(uint32_t) * width);
  for (uint32_t r = 0; r < count; r++) {
    const uint8_t *row = rows + stride * r;
    uint32_t weight = weights[r];
    for (size_t x = 0; x < width; x++) sums[x] += weight * row[x];
  }
}

static inline void kw_plain_horizontal(const uint32_t *sums, const kw_columns *columns, double *samples) {
  for (uint32_t j = 0; j < columns->used; j++) {
    const uint32_t *line = sums + columns->first[j], *weights = columns->weights[j];
    uint64_t sum = 0;
    for (uint32_t k = 0; k < columns->count[j]; k++) sum += (uint64_t)line[k] * weights[k];
    samples[j] = (double)sum;
  }
}

#endif
