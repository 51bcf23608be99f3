/* The integer weights of blur-and-sample along one axis. */
#include <stdlib.h>
#include <string.h>

#include "pdq_path.h"

/* Reference: window = ceil(side / 128); a box at y covers [y - back, y + front), cut at the edges. */
typedef struct {
  uint32_t side, window, back, front;
} boxes;

static boxes boxes_of(uint32_t side) {
  boxes b;
  b.side = side;
  b.window = (side + 127) / 128;
  b.front = (b.window + 2) / 2;
  b.back = b.window - b.front;
  return b;
}

/* How many of the boxes at y in [low, high) cover line x. */
static uint32_t cover(const boxes *b, uint32_t low, uint32_t high, uint32_t x) {
  /* y - back <= x < y + front, so x - front < y <= x + back */
  int64_t from = (int64_t)x - b->front + 1, to = (int64_t)x + b->back + 1;
  if (from < low) from = low;
  if (to > high) to = high;
  return to > from ? (uint32_t)(to - from) : 0;
}

/* Weights of boxes [low, high) summed over cells. A cell is `cell` / `parts` lines wide; all in units of 1 / parts. */
static uint32_t *fill(kw_taps *taps, const boxes *b, uint32_t low, uint32_t high, uint32_t cell, uint32_t parts,
                      uint32_t lines, uint32_t *memory) {
  uint32_t x0 = low > b->back ? low - b->back : 0, x1 = high - 1 + b->front;
  if (x1 > b->side) x1 = b->side;
  uint32_t c0 = (uint32_t)((uint64_t)x0 * parts / cell);
  uint32_t c1 = (uint32_t)(((uint64_t)x1 * parts + cell - 1) / cell);
  if (c1 > lines) c1 = lines;
  taps->first = c0;
  taps->count = c1 - c0;
  taps->weights = memory;
  if (cell == parts) {
    for (uint32_t x = x0; x < x1; x++) memory[x - x0] = cover(b, low, high, x);
    return memory + (x1 - x0);
  }
  memset(memory, 0, sizeof(uint32_t) * (c1 - c0));
  for (uint32_t x = x0; x < x1; x++) {
    uint32_t weight = cover(b, low, high, x);
    uint64_t start = (uint64_t)x * parts, end = start + parts;
    for (uint64_t at = start; at < end;) {
      uint64_t c = at / cell, stop = (c + 1) * cell;
      if (stop > end) stop = end;
      memory[c - c0] += weight * (uint32_t)(stop - at);
      at = stop;
    }
  }
  return memory + (c1 - c0);
}

kw_pdq_status kw_axis_plan(kw_axis *axis, uint32_t full, uint32_t cell, uint32_t parts, uint32_t lines) {
  boxes b = boxes_of(full);
  uint64_t w = b.window;
  uint32_t *memory = malloc(sizeof(uint32_t) * KW_TAPS * (2 * b.window + 4));
  if (!memory) return KW_PDQ_NO_MEMORY;
  axis->memory = memory;
  axis->used = KW_PDQ_SIDE;
  axis->last_inner = 1;
  axis->last_outer = 0;
  for (uint32_t i = 0; i < KW_PDQ_SIDE; i++) {
    uint32_t centre = (uint32_t)((2 * (uint64_t)i + 1) * full / 128);
    uint32_t low = centre - b.back, high = centre + b.front;
    axis->divisor[i] = (double)(w * w * parts);
    if (high - 1 + b.front > full) { /* only i = 63 and an even window: the last box lacks one line */
      axis->used = KW_TAPS;
      axis->last_inner = b.window - 1;
      axis->last_outer = b.window;
      axis->divisor[i] = (double)(w * w * (w - 1) * parts);
      memory = fill(&axis->taps[i], &b, low, high - 1, cell, parts, lines, memory);
      memory = fill(&axis->taps[KW_PDQ_SIDE], &b, high - 1, high, cell, parts, lines, memory);
    } else {
      memory = fill(&axis->taps[i], &b, low, high, cell, parts, lines, memory);
    }
  }
  axis->largest_sum = w * w * parts;
  return KW_PDQ_OK;
}

void kw_axis_free(kw_axis *axis) {
  free(axis->memory);
  axis->memory = NULL;
}
