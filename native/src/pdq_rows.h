/* How the vector paths take rows: in pairs of 8-bit weights, in groups whose sums fit 16 bits. */
#ifndef KINDWARD_PDQ_ROWS_H
#define KINDWARD_PDQ_ROWS_H

#include <stdint.h>

enum {
  KW_GROUP_PAIRS = 10, /* rows read at once: few enough for the processor to fetch each ahead */
  KW_GROUPS = 64,       /* enough for the widest window that kw_groups_of accepts */
  KW_PAIR_WEIGHT = 128, /* 255 * 128 is below 2^15, where the multiply-add of signed results saturates */
  KW_GROUP_WEIGHT = 257 /* 255 * 257 = 65535 */
};

typedef struct {
  uint32_t pairs;
  uint32_t rows[2 * KW_GROUP_PAIRS];
  uint16_t weights[KW_GROUP_PAIRS]; /* two 8-bit weights: the first row's in the low byte */
} kw_group;

typedef struct {
  uint32_t count;
  kw_group group[KW_GROUPS];
} kw_groups;

/* Split rows into groups; 0 if a weight is too large for this arithmetic. An odd row is paired with itself at weight
 * 0. */
static inline int kw_groups_of(kw_groups *groups, const uint32_t *weights, uint32_t count) {
  uint32_t room = 0;
  groups->count = 0;
  for (uint32_t r = 0; r < count; r += 2) {
    uint32_t first = weights[r], second = r + 1 < count ? weights[r + 1] : 0;
    if (first > 127 || second > 127 || first + second > KW_PAIR_WEIGHT) return 0;
    kw_group *g = groups->count ? &groups->group[groups->count - 1] : 0;
    if (!g || first + second > room || g->pairs == KW_GROUP_PAIRS) {
      if (groups->count == KW_GROUPS) return 0;
      g = &groups->group[groups->count++];
      g->pairs = 0;
      room = KW_GROUP_WEIGHT;
    }
    room -= first + second;
    g->rows[2 * g->pairs] = r;
    g->rows[2 * g->pairs + 1] = r + 1 < count ? r + 1 : r;
    g->weights[g->pairs++] = (uint16_t)(first | second << 8);
  }
  return 1;
}

#endif
