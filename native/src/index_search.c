/* Ask the base and the delta, and keep the best. */
#include <stdlib.h>
#include <string.h>

#include "index_format.h"

/* Up to so many added entries, comparing all is faster than asking 32 buckets. */
#define KW_DELTA_SCANNED 100u
/* From so many queries on, walking the whole file once is faster than asking for each query's buckets. */
#define KW_BATCH_LEAST_LINES 1536u
#define KW_BATCH_LEAST_RUNS 640u

uint64_t kw_index_base(const kw_index *index) { return index->count; }
uint64_t kw_index_delta(const kw_index *index) {
  return atomic_load_explicit(&index->delta.count, memory_order_acquire);
}
uint64_t kw_index_withdrawn(const kw_index *index) {
  return atomic_load_explicit(&index->withdrawn, memory_order_acquire);
}
int kw_index_layout(const kw_index *index) { return (int)index->layout; }
int kw_index_machine(const kw_index *index) { return (int)index->machine; }

const uint8_t *kw_index_hash(const kw_index *index, uint64_t slot) {
  if (slot < index->count) return index->hashes + slot * KW_HASH_BYTES;
  if (slot - index->count < kw_index_delta(index)) return kw_delta_hash(&index->delta, slot - index->count);
  return NULL;
}

int64_t kw_index_slot_of(const kw_index *index, const uint8_t *hash) {
  uint64_t low = 0, high = index->count;
  while (low < high) {
    uint64_t middle = low + (high - low) / 2;
    int order = memcmp(index->hashes + middle * KW_HASH_BYTES, hash, KW_HASH_BYTES);
    if (order == 0) return (int64_t)middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  int64_t number = kw_delta_find(&index->delta, hash);
  return number < 0 ? -1 : number + (int64_t)index->count;
}

static int kw_base_marks_ready(kw_index *index) {
  if (atomic_load_explicit(&index->marks, memory_order_relaxed)) return 1;
  _Atomic uint64_t *marks = calloc((size_t)index->count / 64 + 1, sizeof *marks);
  if (!marks) return 0;
  atomic_store_explicit(&index->marks, marks, memory_order_release);
  return 1;
}

int kw_index_is_withdrawn(const kw_index *index, uint64_t slot) {
  if (slot < index->count) {
    const _Atomic uint64_t *marks = atomic_load_explicit(&index->marks, memory_order_acquire);
    return marks && (atomic_load_explicit(&marks[slot / 64], memory_order_acquire) >> (slot % 64) & 1);
  }
  if (slot - index->count >= kw_index_delta(index)) return 0;
  return atomic_load_explicit(kw_delta_mark(&index->delta, slot - index->count), memory_order_acquire);
}

static kw_index_status kw_mark(kw_index *index, uint64_t slot, int withdrawn) {
  if (!kw_index_hash(index, slot)) return KW_INDEX_NO_SLOT;
  if (kw_index_is_withdrawn(index, slot) == withdrawn) return KW_INDEX_OK;
  if (slot < index->count) {
    if (!kw_base_marks_ready(index)) return KW_INDEX_NO_MEMORY;
    _Atomic uint64_t *marks = atomic_load_explicit(&index->marks, memory_order_relaxed);
    atomic_fetch_xor_explicit(&marks[slot / 64], (uint64_t)1 << (slot % 64), memory_order_acq_rel);
  } else {
    atomic_store_explicit(kw_delta_mark(&index->delta, slot - index->count), (uint8_t)withdrawn,
                          memory_order_release);
  }
  if (withdrawn) atomic_fetch_add_explicit(&index->withdrawn, 1, memory_order_acq_rel);
  else atomic_fetch_sub_explicit(&index->withdrawn, 1, memory_order_acq_rel);
  return KW_INDEX_OK;
}

kw_index_status kw_index_withdraw(kw_index *index, uint64_t slot) { return kw_mark(index, slot, 1); }
kw_index_status kw_index_restore(kw_index *index, uint64_t slot) { return kw_mark(index, slot, 0); }

kw_index_status kw_index_add(kw_index *index, const uint8_t *hash, uint64_t *slot) {
  int64_t known = kw_index_slot_of(index, hash);
  if (known >= 0) {
    *slot = (uint64_t)known;
    return kw_index_restore(index, *slot);
  }
  *slot = index->count + kw_index_delta(index);
  if (*slot > KW_SLOTS_MOST) return KW_INDEX_TOO_MANY;
  return kw_delta_add(&index->delta, hash);
}

/* --- searching ---------------------------------------------------------------------------------------------------- */

static void kw_scan_base(const kw_index *index, const uint8_t *query, unsigned radius, const kw_sink *sink) {
  index->path->scan(index->hashes, index->count, 0, query, radius, sink);
}

static void kw_scan_delta(const kw_index *index, const uint8_t *query, unsigned radius, const kw_sink *sink) {
  uint64_t count = kw_index_delta(index), first = 0;
  for (unsigned segment = 0; first < count; segment++) {
    uint64_t here = (uint64_t)KW_SEGMENT_FIRST << segment;
    if (here > count - first) here = count - first;
    index->path->scan(kw_delta_hash(&index->delta, first), here, index->count + first, query, radius, sink);
    first += here;
  }
}

static void kw_search_base(const kw_index *index, const uint8_t *query, unsigned radius, const kw_sink *sink) {
  if (radius <= KW_RADIUS_BANDED && index->path->base[index->layout]) {
    if (!index->path->base[index->layout](index, query, radius, sink)) return;
    sink->matches->count = 0;
  }
  kw_scan_base(index, query, radius, sink);
}

/* Add what the delta knows. When its buckets are too crowded, nothing of it is kept and all of it is compared. */
static void kw_search_delta(const kw_index *index, const uint8_t *query, unsigned radius, const kw_sink *sink) {
  uint64_t count = kw_index_delta(index);
  if (count == 0) return;
  if (count > KW_DELTA_SCANNED && radius <= KW_RADIUS_BANDED) {
    if (!index->path->delta(index, query, radius, sink)) return;
    sink->matches->count = 0;
    kw_search_base(index, query, radius, sink);
  }
  kw_scan_delta(index, query, radius, sink);
}

kw_index_status kw_index_search(const kw_index *index, const uint8_t *query, unsigned radius, kw_matches *matches) {
  kw_sink sink = {index, matches};
  matches->count = 0;
  matches->failed = 0;
  kw_delta_fetch(&index->delta, query);
  kw_search_base(index, query, radius, &sink);
  kw_search_delta(index, query, radius, &sink);
  if (matches->failed) return KW_INDEX_NO_MEMORY;
  kw_matches_sort(matches);
  return KW_INDEX_OK;
}

kw_index_status kw_hamming_scan(const uint8_t *hashes, uint64_t count, const uint8_t *query, unsigned radius,
                                int machine, kw_matches *matches) {
  kw_sink sink = {NULL, matches};
  matches->count = 0;
  matches->failed = 0;
  kw_index_path_of(machine)->scan(hashes, count, 0, query, radius, &sink);
  if (matches->failed) return KW_INDEX_NO_MEMORY;
  kw_matches_sort(matches);
  return KW_INDEX_OK;
}

/* --- batches ------------------------------------------------------------------------------------------------------ */

typedef struct {
  const kw_index *index;
  unsigned radius;
  kw_batch batch;
  kw_matches *matches; /* per query of the batch */
} kw_desk;

static int kw_answers_take(kw_answers *answers, uint64_t at, const kw_matches *matches) {
  if (at + matches->count > answers->capacity) {
    size_t capacity = (size_t)(at + matches->count) * 2;
    uint64_t *keys = realloc(answers->keys, capacity * sizeof *keys);
    if (!keys) return 0;
    answers->keys = keys;
    answers->capacity = capacity;
  }
  if (matches->count) memcpy(answers->keys + at, matches->keys, matches->count * sizeof *matches->keys);
  return 1;
}

/* Give room for batches of `count` queries; 0 if memory ran out. */
static int kw_desk_open(kw_desk *desk, size_t count, size_t limit) {
  desk->matches = calloc(count, sizeof *desk->matches);
  desk->batch.verified = malloc(count * sizeof *desk->batch.verified);
  desk->batch.askers = malloc(count * sizeof *desk->batch.askers);
  desk->batch.groups = malloc((KW_WORD_BUCKETS + 2) * sizeof *desk->batch.groups);
  if (!desk->matches || !desk->batch.verified || !desk->batch.askers || !desk->batch.groups) return 0;
  for (size_t q = 0; q < count; q++) desk->matches[q].limit = limit;
  return 1;
}

static void kw_desk_close(kw_desk *desk, size_t count) {
  for (size_t q = 0; desk->matches && q < count; q++) kw_matches_free(&desk->matches[q]);
  free(desk->matches);
  free(desk->batch.verified);
  free(desk->batch.askers);
  free(desk->batch.groups);
}

/* Search the base for the desk's whole batch. */
static void kw_desk_search(kw_desk *desk) {
  const kw_index *index = desk->index;
  const kw_batch *batch = &desk->batch;
  kw_sink sink = {index, desk->matches};
  memset(batch->verified, 0, batch->count * sizeof *batch->verified);
  index->path->batch[index->layout](index, batch, desk->radius, &sink);
  for (uint32_t q = 0; q < batch->count; q++) {
    kw_sink one = {index, &desk->matches[q]};
    if (batch->verified[q] <= kw_verified_most(index)) continue;
    desk->matches[q].count = 0;
    kw_scan_base(index, batch->queries + (size_t)q * KW_HASH_BYTES, desk->radius, &one);
  }
}

static kw_index_status kw_search_together(kw_desk *desk, const uint8_t *queries, size_t count, kw_answers *answers) {
  for (size_t first = 0; first < count; first += KW_BATCH_MOST) {
    desk->batch.queries = queries + first * KW_HASH_BYTES;
    desk->batch.count = (uint32_t)(count - first < KW_BATCH_MOST ? count - first : KW_BATCH_MOST);
    kw_desk_search(desk);
    for (uint32_t q = 0; q < desk->batch.count; q++) {
      kw_matches *matches = &desk->matches[q];
      kw_sink one = {desk->index, matches};
      kw_search_delta(desk->index, desk->batch.queries + (size_t)q * KW_HASH_BYTES, desk->radius, &one);
      kw_matches_sort(matches);
      if (matches->failed || !kw_answers_take(answers, answers->offsets[first + q], matches)) return KW_INDEX_NO_MEMORY;
      answers->offsets[first + q + 1] = answers->offsets[first + q] + matches->count;
      matches->count = 0;
    }
  }
  return KW_INDEX_OK;
}

static kw_index_status kw_search_in_turn(const kw_index *index, const uint8_t *queries, size_t count, unsigned radius,
                                         size_t limit, kw_answers *answers) {
  kw_matches matches = {NULL, 0, 0, limit, 0};
  kw_index_status status = KW_INDEX_OK;
  for (size_t q = 0; q < count && status == KW_INDEX_OK; q++) {
    status = kw_index_search(index, queries + q * KW_HASH_BYTES, radius, &matches);
    if (status == KW_INDEX_OK && !kw_answers_take(answers, answers->offsets[q], &matches))
      status = KW_INDEX_NO_MEMORY;
    answers->offsets[q + 1] = answers->offsets[q] + matches.count;
  }
  kw_matches_free(&matches);
  return status;
}

kw_index_status kw_index_search_many(const kw_index *index, const uint8_t *queries, size_t count, unsigned radius,
                                     size_t limit, kw_answers *answers) {
  kw_index_status status;
  memset(answers, 0, sizeof *answers);
  answers->offsets = calloc(count + 1, sizeof *answers->offsets);
  if (!answers->offsets) return KW_INDEX_NO_MEMORY;
  const size_t least = index->layout == KW_LAYOUT_LINES ? KW_BATCH_LEAST_LINES : KW_BATCH_LEAST_RUNS;
  if (count >= least && radius <= KW_RADIUS_BANDED && index->path->batch[index->layout]) {
    kw_desk desk = {.index = index, .radius = radius};
    size_t room = count < KW_BATCH_MOST ? count : KW_BATCH_MOST;
    status = kw_desk_open(&desk, room, limit) ? kw_search_together(&desk, queries, count, answers)
                                              : KW_INDEX_NO_MEMORY;
    kw_desk_close(&desk, room);
  } else {
    status = kw_search_in_turn(index, queries, count, radius, limit, answers);
  }
  if (status != KW_INDEX_OK) kw_answers_free(answers);
  return status;
}

void kw_answers_free(kw_answers *answers) {
  free(answers->keys);
  free(answers->offsets);
  memset(answers, 0, sizeof *answers);
}
