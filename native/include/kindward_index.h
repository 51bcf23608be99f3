/* Exact Hamming index: every known 256-bit fingerprint within a radius of a query, best first.
 *
 * A frozen base lives in one file image that the caller maps (this core opens no files), a growing delta and the
 * withdrawals live in memory beside it. Any number of threads may search while one thread at a time changes the
 * delta or the withdrawals: readers take no lock.
 *
 * Slots number the entries: 0 .. base-1 are the ranks in the sorted base, later ones the order of adding. */
#ifndef KINDWARD_INDEX_H
#define KINDWARD_INDEX_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KW_HASH_BYTES 32
#define KW_RADIUS_MOST 256
/* Up to here the band structures answer; beyond, every entry is compared. */
#define KW_RADIUS_BANDED 31

typedef struct kw_index kw_index;

typedef enum {
  KW_LAYOUT_BY_SIZE = -1,
  KW_LAYOUT_PLAIN = 0,  /* hashes only */
  KW_LAYOUT_OCTETS = 1, /* 32 bands of 8 bits */
  KW_LAYOUT_LINES = 2,  /* 16 bands of 16 bits, one cache line per bucket */
  KW_LAYOUT_RUNS = 3,   /* 16 bands of 16 bits, one run of signatures per bucket */
  KW_LAYOUTS = 4
} kw_layout;

typedef enum {
  KW_INDEX_OK = 0,
  KW_INDEX_NO_MEMORY,
  KW_INDEX_NOT_WRITTEN, /* the writer reported a failure */
  KW_INDEX_STOPPED,     /* the progress callback asked to stop */
  KW_INDEX_FOREIGN,     /* not an index file */
  KW_INDEX_VERSION,     /* an index file of another version */
  KW_INDEX_DAMAGED,     /* truncated or contradictory */
  KW_INDEX_TOO_MANY,    /* more entries than slots or than the layout holds */
  KW_INDEX_NO_SLOT,     /* no such slot */
  KW_INDEX_STATUSES
} kw_index_status;

/* "plain", "octets", "lines", "runs"; NULL for anything else. */
const char *kw_layout_name(int layout);

/* --- build ------------------------------------------------------------------------------------------------------ */

/* Where the file goes. Both return 0 to go on. `progress` may be NULL; `done` runs from 0 to 1. */
typedef struct {
  int (*write)(void *to, uint64_t offset, const void *bytes, size_t size);
  int (*progress)(void *to, double done);
  void *to;
} kw_index_writer;

/* Sort and de-duplicate `count` hashes of 32 bytes and write the index file; `unique` gets the number of slots.
 * The same set gives the same bytes, whatever its order. */
kw_index_status kw_index_build(const uint8_t *hashes, uint64_t count, int layout, const kw_index_writer *writer,
                               uint64_t *unique);

/* --- open ------------------------------------------------------------------------------------------------------- */

/* Look at a file image of `size` bytes, aligned to 64, which must outlive the index. Only the header is read and
 * checked; a damaged body can give wrong answers but is never read out of bounds. `machine` is a kw_machine. */
kw_index_status kw_index_open(const uint8_t *image, uint64_t size, int machine, kw_index **index);
void kw_index_close(kw_index *index);

/* Read every section and compare its stored checksum: KW_INDEX_OK or KW_INDEX_DAMAGED. It finds damage, not forgery. */
kw_index_status kw_index_verify(const kw_index *index);

uint64_t kw_index_base(const kw_index *index);      /* slots of the file */
uint64_t kw_index_delta(const kw_index *index);     /* slots added since opening */
uint64_t kw_index_withdrawn(const kw_index *index); /* slots that are withdrawn now */
int kw_index_layout(const kw_index *index);
int kw_index_machine(const kw_index *index);

/* The 32 bytes of a slot, or NULL. */
const uint8_t *kw_index_hash(const kw_index *index, uint64_t slot);
/* The slot of exactly this hash, withdrawn or not, or -1. */
int64_t kw_index_slot_of(const kw_index *index, const uint8_t *hash);
/* 1 if the slot exists and is withdrawn. */
int kw_index_is_withdrawn(const kw_index *index, uint64_t slot);

/* --- change: one thread at a time --------------------------------------------------------------------------------- */

/* Make a hash known from the next query on; a known one keeps its slot and is no longer withdrawn. */
kw_index_status kw_index_add(kw_index *index, const uint8_t *hash, uint64_t *slot);
kw_index_status kw_index_withdraw(kw_index *index, uint64_t slot);
kw_index_status kw_index_restore(kw_index *index, uint64_t slot);

/* --- search ----------------------------------------------------------------------------------------------------- */

/* The best matches of one query: key = distance << 32 | slot, at most `limit` of them. Zero it, set `limit`, and
 * reuse it; after a search `keys` ascend. `failed` is set when memory ran out. */
typedef struct {
  uint64_t *keys;
  size_t count, capacity, limit;
  int failed;
} kw_matches;

void kw_matches_free(kw_matches *matches);

/* Find the entries within `radius` (0..256) of the query. */
kw_index_status kw_index_search(const kw_index *index, const uint8_t *query, unsigned radius, kw_matches *matches);

/* The same for many queries at once, which is cheaper per query. The answers of query q are
 * keys[offsets[q]] .. keys[offsets[q + 1] - 1]. Free with kw_answers_free. */
typedef struct {
  uint64_t *keys;
  uint64_t *offsets;
  size_t capacity;
} kw_answers;

kw_index_status kw_index_search_many(const kw_index *index, const uint8_t *queries, size_t count, unsigned radius,
                                     size_t limit, kw_answers *answers);
void kw_answers_free(kw_answers *answers);

/* Compare the query with every one of `count` hashes: the plain scan. Slots are positions in `hashes`. */
kw_index_status kw_hamming_scan(const uint8_t *hashes, uint64_t count, const uint8_t *query, unsigned radius,
                                int machine, kw_matches *matches);

#ifdef __cplusplus
}
#endif
#endif
