/* The index file and its in-memory view. Private to the core.
 *
 * All numbers are little-endian. Sections start on page boundaries and are followed by at least KW_PAD zero bytes,
 * so that a whole-vector load that begins inside a section stays inside the file. Nothing read from the file is
 * used as an index before it is clamped, because a damaged file must not become a memory error. */
#ifndef KINDWARD_INDEX_FORMAT_H
#define KINDWARD_INDEX_FORMAT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "kindward_index.h"
#include "kindward_machine.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the index file is mapped as it is and needs a little-endian machine"
#endif

#define KW_MAGIC "KWINDEX\n"
#define KW_FORMAT_VERSION 1u
#define KW_PAGE 4096u
#define KW_PAD 64u
#define KW_SLOTS_MOST 0xFFFFFFFEu

/* 32 bands of 8 bits. */
#define KW_OCTET_BANDS 32u
#define KW_OCTET_BUCKETS 256u
/* 16 bands of 16 bits, one or no flipped bit: 17 probes a band. */
#define KW_WORD_BANDS 16u
#define KW_WORD_BUCKETS 65536u
#define KW_PROBES 17u

/* A line: one head word (offset of the bucket's places << 6 | count), then up to 30 signatures. A crowded bucket
 * has the count KW_LINE_CROWDED and, instead of signatures, where its run in the crowded section starts and how
 * long it is. */
#define KW_LINE_BYTES 64u
#define KW_LINE_MOST 30u
#define KW_LINE_CROWDED 63u
#define KW_LINE_ENTRIES_MOST (1u << 26)

/* Flips of the low six bits of a key stay in one page (one address translation); the flips of the other ten also
 * change the line within the page, because addresses that differ by whole pages compete for one cache set. The map
 * is linear over XOR, so that a probe's line is the key's line XOR a constant. */
#define KW_LINE_OF_FLIP(j) \
  ((uint32_t)(1u << (j)) ^ \
   (uint32_t)((j) == 6 ? 3 : (j) == 7 ? 5 : (j) == 8 ? 6 : (j) == 9 ? 9 : (j) == 10 ? 10 : (j) == 11 ? 12 : \
              (j) == 12 ? 17 : (j) == 13 ? 18 : (j) == 14 ? 20 : (j) == 15 ? 24 : 0))

enum { KW_HASHES, KW_DIRECTORY, KW_SIGNATURES, KW_PLACES, KW_LINES, KW_CROWDED, KW_SECTIONS };

typedef struct {
  uint64_t offset, size, checksum;
} kw_section;

typedef struct {
  uint8_t magic[8];
  uint32_t version;
  uint32_t layout;
  uint64_t count;
  uint64_t file_size;
  uint32_t slot_bits; /* of a place; the bits above are the tail signature */
  uint32_t reserved;
  kw_section sections[KW_SECTIONS];
  uint64_t checksum; /* of the header with this field zero */
} kw_header;

/* What is expected of a file of this layout and count: the sizes of its sections. */
typedef struct {
  uint64_t size[KW_SECTIONS];
  uint32_t slot_bits;
} kw_plan;

/* `crowded` is the number of signatures of crowded buckets; only the builder and the header know it. */
void kw_plan_make(kw_plan *plan, int layout, uint64_t count, uint64_t crowded);
uint32_t kw_slot_bits(uint64_t count);

uint64_t kw_checksum(const uint8_t *bytes, uint64_t size);

static inline uint32_t kw_line_of(uint32_t key) {
  uint32_t line = key;
  for (unsigned j = 6; j < 16; j++)
    if (key >> j & 1) line ^= KW_LINE_OF_FLIP(j) ^ (1u << j);
  return line;
}

/* --- the delta: append-only, 32 bands of 8 bits ------------------------------------------------------------------- */

#define KW_SEGMENTS 22u
#define KW_SEGMENT_FIRST 1024u

typedef struct {
  /* Signatures grow upwards from here, their delta numbers (uint32_t) downwards. */
  _Atomic(uint16_t *) postings;
  _Atomic uint32_t count;
  uint32_t capacity;
} kw_bucket;

typedef struct kw_kept {
  struct kw_kept *next;
  void *block;
} kw_kept;

typedef struct {
  _Atomic uint64_t count;
  _Atomic(uint8_t *) hashes[KW_SEGMENTS]; /* segment s holds KW_SEGMENT_FIRST << s hashes and then their marks */
  _Atomic(kw_bucket *) buckets;           /* [KW_OCTET_BANDS][KW_OCTET_BUCKETS] */
  kw_kept *blocks;                        /* all postings, also outgrown ones: a reader may still hold them */
} kw_delta;

typedef struct kw_index_path kw_index_path;

struct kw_index {
  const uint8_t *image;
  uint64_t size;
  uint32_t layout;
  uint32_t count;
  uint32_t slot_bits;
  uint32_t machine;
  const uint8_t *hashes;
  const uint32_t *directory;
  const uint16_t *signatures;
  const uint32_t *places;
  const uint8_t *lines;
  const uint16_t *crowded;
  uint64_t crowded_count;
  const kw_index_path *path;
  _Atomic(_Atomic uint64_t *) marks; /* withdrawals of the base, one bit a slot; NULL while there are none */
  _Atomic uint64_t withdrawn;
  kw_delta delta;
};

/* The hash of a delta entry and the mark that says whether it is withdrawn. */
const uint8_t *kw_delta_hash(const kw_delta *delta, uint64_t number);
_Atomic uint8_t *kw_delta_mark(const kw_delta *delta, uint64_t number);
int64_t kw_delta_find(const kw_delta *delta, const uint8_t *hash);
kw_index_status kw_delta_add(kw_delta *delta, const uint8_t *hash);
void kw_delta_free(kw_delta *delta);

/* --- searching ---------------------------------------------------------------------------------------------------- */

/* Where found entries go: one kw_matches per query of a batch. `index` may be NULL: nothing is withdrawn. */
typedef struct {
  const kw_index *index;
  kw_matches *matches;
} kw_sink;

void kw_offer(const kw_sink *sink, uint32_t query, uint64_t slot, unsigned distance);
void kw_matches_sort(kw_matches *matches);

/* One machine's way of searching. Each file that defines one is compiled with that machine's flags. `base` and
 * `batch` return 0, or 1 for "too crowded, compare everything instead" (`batch` marks such queries in `crowded`).
 * The batch may be NULL: then each query is searched by itself. */
struct kw_index_path {
  void (*scan)(const uint8_t *hashes, uint64_t count, uint64_t first_slot, const uint8_t *query, unsigned radius,
               const kw_sink *sink);
  int (*base)(const kw_index *index, const uint8_t *query, unsigned radius, const kw_sink *sink);
  void (*delta)(const kw_index *index, const uint8_t *query, unsigned radius, const kw_sink *sink);
};

extern const kw_index_path kw_index_path_portable;
extern const kw_index_path kw_index_path_avx2;
extern const kw_index_path kw_index_path_avx512;

#endif
