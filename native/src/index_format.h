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

/* Compilers have been seen to drop prefetches as having no effect; an assembler statement stays. */
#if defined(__x86_64__)
#define KW_FETCH(address) __asm__ volatile("prefetcht0 %0" ::"m"(*(const char *)(address)))
#define KW_FETCH_FAR(address) __asm__ volatile("prefetcht1 %0" ::"m"(*(const char *)(address)))
#else
#define KW_FETCH(address) __builtin_prefetch((address), 0, 3)
#define KW_FETCH_FAR(address) __builtin_prefetch((address), 0, 2)
#endif

#define KW_MAGIC "KWINDEX\n"
#define KW_FORMAT_VERSION 1u
#define KW_PAGE 4096u
#define KW_PAD 128u
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
#define KW_LINE_CROWDED_BIT 32u
#define KW_LINE_ENTRIES_MOST (1u << 26)

/* Every band's part of a section starts at a multiple of this many bytes. */
#define KW_ROW 64u

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

/* The shape of a file of this layout and count. A place is slot | tail << slot_bits, the tail being as many bits of
 * the band after the signature as fit. Sizes are in bytes; strides, from band to band, in numbers. */
typedef struct {
  uint32_t bands, buckets;
  uint32_t slot_bits;
  uint64_t directory_stride, signatures_stride, places_stride;
  uint64_t size[KW_SECTIONS]; /* of the crowded section: 0, its size is in the header only */
} kw_plan;

void kw_plan_make(kw_plan *plan, int layout, uint64_t count);

/* A checksum over data that comes in pieces of whole rows, the last piece excepted. */
typedef struct {
  uint64_t lanes[8];
  uint64_t size;
} kw_checksum;

void kw_checksum_start(kw_checksum *sum);
void kw_checksum_add(kw_checksum *sum, const uint8_t *bytes, uint64_t size);
uint64_t kw_checksum_end(const kw_checksum *sum);

/* Which line of its band a key has. Flips of a key's low six bits stay in one page (one address translation); flips
 * of the other ten also move the line within its page, each differently, because addresses that differ by whole pages
 * compete for one cache set. The map is linear over XOR: a probe's line is the key's line XOR a constant. */
#define KW_TURN(j) \
  ((j) == 6 ? 3u : (j) == 7 ? 5u : (j) == 8 ? 6u : (j) == 9 ? 9u : (j) == 10 ? 10u : (j) == 11 ? 12u : \
   (j) == 12 ? 17u : (j) == 13 ? 18u : (j) == 14 ? 20u : (j) == 15 ? 24u : 0u)

static inline uint32_t kw_line_of(uint32_t key) {
  uint32_t line = key;
  for (unsigned j = 6; j < 16; j++) line ^= KW_TURN(j) & (0u - (key >> j & 1));
  return line;
}

static inline uint32_t kw_key_of(const uint8_t *hash, unsigned band) {
  return (uint32_t)hash[2 * band] << 8 | hash[2 * band + 1];
}

static inline uint16_t kw_pair_of(const uint8_t *hash, unsigned byte) {
  return (uint16_t)(hash[byte % KW_HASH_BYTES] | hash[(byte + 1) % KW_HASH_BYTES] << 8);
}

/* --- the delta: append-only, 32 bands of 8 bits ------------------------------------------------------------------- */

#define KW_SEGMENTS 15u
#define KW_SEGMENT_FIRST 1024u

/* A bucket is two cache lines that lie side by side, because asking 32 buckets costs as many waits for memory as it
 * touches distant lines. Up to ten thousand additions nearly all signatures fit into them. */
#define KW_BUCKET_HEAD 12u /* what stands before the signatures, counted in signatures */
#define KW_BUCKET_OWN 52u
#define KW_DELTA_BITS 24u
#define KW_DELTA_MOST ((1u << KW_DELTA_BITS) - 1)

typedef struct {
  _Atomic uint32_t count;
  uint32_t room;              /* of `places`; `more` has room for KW_BUCKET_OWN fewer */
  _Atomic(uint32_t *) places; /* per signature: number in the delta | the byte after the signature << 24 */
  _Atomic(uint16_t *) more;   /* signatures from the 53rd on */
  uint16_t own[KW_BUCKET_OWN];
} kw_bucket;

typedef struct kw_kept {
  struct kw_kept *next;
  void *block;
} kw_kept;

typedef struct {
  _Atomic uint64_t count;
  _Atomic(uint8_t *) hashes[KW_SEGMENTS]; /* segment s holds KW_SEGMENT_FIRST << s hashes and then their marks */
  _Atomic(kw_bucket *) buckets;           /* [KW_OCTET_BANDS][KW_OCTET_BUCKETS] */
  kw_kept *blocks;                        /* all memory of buckets, also outgrown: a reader may still look at it */
} kw_delta;

typedef struct kw_index_path kw_index_path;

struct kw_index {
  const uint8_t *image;
  uint32_t layout;
  uint32_t count;
  uint32_t machine;
  kw_plan plan;
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
/* Ask for the buckets of a query, to be searched soon. */
void kw_delta_fetch(const kw_delta *delta, const uint8_t *query);
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

/* One probe list entry of a batch: a query sorted by one band of it. */
typedef struct {
  uint16_t key, wanted; /* for lines, the line of the key */
  uint32_t query;
} kw_asker;

/* What a batch needs besides the queries. `verified` counts per query the entries that were compared in full. */
typedef struct {
  const uint8_t *queries;
  uint32_t count;
  uint32_t *verified;
  kw_asker *askers;
  uint32_t *groups;
} kw_batch;

#define KW_BATCH_MOST 65536u

/* Beyond so many full comparisons of one query, comparing everything in sequence is cheaper: a crowded
 * neighbourhood must not cost more than about twice the plain scan. */
static inline uint32_t kw_verified_most(const kw_index *index) { return index->count / 8 + 64; }

/* One machine's way of searching; each is compiled with that machine's flags. `base` and `delta` return 1 for "too
 * crowded, compare everything instead". `batch` searches the base for a whole batch, where the layout gains by that. */
struct kw_index_path {
  void (*scan)(const uint8_t *hashes, uint64_t count, uint64_t first_slot, const uint8_t *query, unsigned radius,
               const kw_sink *sink);
  int (*base[KW_LAYOUTS])(const kw_index *index, const uint8_t *query, unsigned radius, const kw_sink *sink);
  void (*batch[KW_LAYOUTS])(const kw_index *index, const kw_batch *batch, unsigned radius, const kw_sink *sink);
  int (*delta)(const kw_index *index, const uint8_t *query, unsigned radius, const kw_sink *sink);
};

const kw_index_path *kw_index_path_of(int machine);

extern const kw_index_path kw_index_path_portable;
extern const kw_index_path kw_index_path_avx2;
extern const kw_index_path kw_index_path_avx512;

#endif
