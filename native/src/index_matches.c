/* The best matches so far: an array while there is room, then a heap whose top is the worst. */
#include <stdlib.h>
#include <string.h>

#include "index_format.h"

#define KW_MATCHES_FIRST 16u

static void kw_sift_down(uint64_t *keys, size_t count, size_t at) {
  uint64_t key = keys[at];
  for (;;) {
    size_t child = 2 * at + 1;
    if (child >= count) break;
    if (child + 1 < count && keys[child + 1] > keys[child]) child++;
    if (keys[child] <= key) break;
    keys[at] = keys[child];
    at = child;
  }
  keys[at] = key;
}

static void kw_heapify(uint64_t *keys, size_t count) {
  for (size_t at = count / 2; at-- > 0;) kw_sift_down(keys, count, at);
}

static int kw_matches_grow(kw_matches *matches) {
  size_t capacity = matches->capacity ? matches->capacity * 2 : KW_MATCHES_FIRST;
  if (capacity > matches->limit) capacity = matches->limit;
  uint64_t *keys = realloc(matches->keys, capacity * sizeof *keys);
  if (!keys) return 0;
  matches->keys = keys;
  matches->capacity = capacity;
  return 1;
}

static int kw_withdrawn(const kw_index *index, uint64_t slot) {
  if (slot >= index->count)
    return atomic_load_explicit(kw_delta_mark(&index->delta, slot - index->count), memory_order_acquire);
  const _Atomic uint64_t *marks = atomic_load_explicit(&index->marks, memory_order_acquire);
  return marks && (atomic_load_explicit(&marks[slot / 64], memory_order_acquire) >> (slot % 64) & 1);
}

void kw_offer(const kw_sink *sink, uint32_t query, uint64_t slot, unsigned distance) {
  kw_matches *matches = &sink->matches[query];
  uint64_t key = (uint64_t)distance << 32 | slot;
  if (sink->index && kw_withdrawn(sink->index, slot)) return;
  if (matches->count == matches->limit) {
    if (matches->limit == 0 || key >= matches->keys[0]) return;
    matches->keys[0] = key;
    kw_sift_down(matches->keys, matches->count, 0);
    return;
  }
  if (matches->count == matches->capacity && !kw_matches_grow(matches)) {
    matches->failed = 1;
    return;
  }
  matches->keys[matches->count++] = key;
  if (matches->count == matches->limit) kw_heapify(matches->keys, matches->count);
}

void kw_matches_sort(kw_matches *matches) {
  if (matches->count < 2) return;
  kw_heapify(matches->keys, matches->count);
  for (size_t left = matches->count; left-- > 1;) {
    uint64_t worst = matches->keys[0];
    matches->keys[0] = matches->keys[left];
    matches->keys[left] = worst;
    kw_sift_down(matches->keys, left, 0);
  }
}

void kw_matches_free(kw_matches *matches) {
  free(matches->keys);
  memset(matches, 0, sizeof *matches);
}
