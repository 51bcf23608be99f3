/* One machine's search, written once and compiled per machine. Private to the core.
 *
 * The including file defines
 *   kw_wanted, kw_want(uint16_t)  a signature to compare with, in every lane of a vector,
 *   kw_bound, kw_bind(int)        the most bits (0..16) a signature may differ in, in every lane,
 *   kw_near(signatures, count, wanted, bound)
 *                                 which of the 32 signatures at this address (64 bytes may be read, only the first
 *                                 `count`, which may be over 32, matter) differ in at most so many bits, as a mask whose bits from `count`
 *                                 on are undefined,
 *   kw_low(count)                 a mask of `count` (0..64) ones,
 *   kw_scan                       the plain scan, unless KW_SCAN_HERE is defined to have the simple one of this file,
 * then includes this file, and then lists the functions in its kw_index_path.
 *
 * Bounds: if a hash is within r bits of the query, then, going around the ring of m bands, there is a band from which
 * every chain of l bands differs in at most floor(l * r / m) bits (Qin and Xiao, VLDB 12(1), 2018, strong form of the
 * pigeonring principle). So a bucket needs to be looked at only if its band differs in at most floor(r / m) bits, its
 * signature is tested with the chains of the next one or two bands, and the tail with one more. */
#ifndef KINDWARD_INDEX_PATH_H
#define KINDWARD_INDEX_PATH_H

#include <string.h>

#include "index_format.h"

#define KW_INLINE static inline __attribute__((always_inline))

#define KW_CACHE_LINE 64u
/* Candidates and comparisons wait here until what was prefetched for them has arrived. */
#define KW_WAITING 1024u
/* So many steps with near signatures wait to be taken apart. A run is searched in pieces that never overfill it. */
#define KW_FINDS 512u
#define KW_STEP 64u
#define KW_PIECE (128u * KW_STEP)

/* The chain bounds of a radius. */
typedef struct {
  int key, signature, tail;
} kw_bounds;

KW_INLINE kw_bounds kw_word_bounds(unsigned radius) {
  kw_bounds bounds = {(int)(radius / 16), (int)(2 * radius / 16), (int)(3 * radius / 16)};
  return bounds;
}

/* The signature holds two bands of eight bits and the tail two more. */
KW_INLINE kw_bounds kw_octet_bounds(unsigned radius) {
  kw_bounds bounds = {(int)(radius / 32), (int)(3 * radius / 32), (int)(5 * radius / 32)};
  return bounds;
}

/* Without the instruction the compiler calls a function that looks up eight bytes one by one. */
KW_INLINE unsigned kw_ones_of_long(uint64_t word) {
#if defined(__x86_64__) && !defined(__POPCNT__)
  word -= word >> 1 & UINT64_C(0x5555555555555555);
  word = (word & UINT64_C(0x3333333333333333)) + (word >> 2 & UINT64_C(0x3333333333333333));
  word = (word + (word >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
  return (unsigned)(word * UINT64_C(0x0101010101010101) >> 56);
#else
  return (unsigned)__builtin_popcountll(word);
#endif
}

KW_INLINE unsigned kw_ones(uint32_t word) { return kw_ones_of_long(word); }

KW_INLINE unsigned kw_distance(const uint8_t *a, const uint8_t *b) {
  uint64_t left[4], right[4];
  memcpy(left, a, sizeof left);
  memcpy(right, b, sizeof right);
  unsigned distance = 0;
  for (unsigned w = 0; w < 4; w++) distance += kw_ones_of_long(left[w] ^ right[w]);
  return distance;
}

#ifdef KW_SCAN_HERE
static void kw_scan(const uint8_t *hashes, uint64_t count, uint64_t first_slot, const uint8_t *query,
                    unsigned radius, const kw_sink *sink) {
  for (uint64_t i = 0; i < count; i++) {
    unsigned distance = kw_distance(hashes + i * KW_HASH_BYTES, query);
    if (__builtin_expect(distance <= radius, 0)) kw_offer(sink, 0, first_slot + i, distance);
  }
}
#endif

/* A step of a run with near signatures: which, where in the band's row, and for whom: query << 1 | whether the key was
 * flipped. Every step is written and kept only if there was one, since a branch that must wait for memory would, when
 * guessed wrong, throw away the work already begun on what follows. */
typedef struct {
  uint64_t hits;
  uint32_t at, who;
} kw_find;

/* A posting that passed the signature. `rest` is how many bits its tail may differ in. */
typedef struct {
  const uint32_t *place;
  uint32_t query;
  uint8_t band, rest;
} kw_candidate;

/* An entry to compare in full. */
typedef struct {
  uint32_t slot, query;
  uint8_t band;
} kw_suspect;

typedef struct {
  const kw_index *index;
  const uint8_t *queries;
  const kw_sink *sink;
  uint32_t *verified; /* per query */
  uint32_t verified_most;
  unsigned radius;
  kw_bounds bounds;
  uint32_t tail_mask;
  int octets;
  unsigned band; /* that is being looked at */
  unsigned candidates, suspects;
  kw_find find[KW_FINDS];
  kw_candidate candidate[KW_WAITING];
  kw_suspect suspect[KW_WAITING];
} kw_hunt;

KW_INLINE void kw_hunt_start(kw_hunt *hunt, const kw_index *index, const uint8_t *queries, uint32_t *verified,
                             unsigned radius, int octets, const kw_sink *sink) {
  hunt->index = index;
  hunt->queries = queries;
  hunt->sink = sink;
  hunt->verified = verified;
  hunt->verified_most = kw_verified_most(index);
  hunt->radius = radius;
  hunt->octets = octets;
  hunt->bounds = octets ? kw_octet_bounds(radius) : kw_word_bounds(radius);
  hunt->tail_mask = index->plan.slot_bits < 32 ? 0xFFFFFFFFu >> index->plan.slot_bits : 0;
  hunt->band = 0;
  hunt->candidates = hunt->suspects = 0;
}

/* A match is met in every band whose chains fit; it is reported from the first of them only. */
static int kw_is_first_band(const kw_hunt *hunt, const uint8_t *query, const uint8_t *hash, unsigned band) {
  const unsigned step = hunt->octets ? 1 : 2;
  for (unsigned earlier = 0; earlier < band; earlier++) {
    unsigned at = earlier * step;
    int key = hunt->octets ? (int)kw_ones(query[at] ^ hash[at])
                           : (int)kw_ones((uint32_t)kw_pair_of(query, at) ^ kw_pair_of(hash, at));
    if (key > hunt->bounds.key) continue;
    int chain = key + (int)kw_ones((uint32_t)kw_pair_of(query, at + step) ^ kw_pair_of(hash, at + step));
    if (chain > hunt->bounds.signature) continue;
    uint32_t tail = ((uint32_t)kw_pair_of(query, at + step + 2) ^ kw_pair_of(hash, at + step + 2)) & hunt->tail_mask;
    if (chain + (int)kw_ones(tail) <= hunt->bounds.tail) return 0;
  }
  return 1;
}

static __attribute__((noinline)) void kw_compare_suspects(kw_hunt *hunt) {
  for (unsigned i = 0; i < hunt->suspects; i++) {
    const kw_suspect *suspect = &hunt->suspect[i];
    const uint8_t *hash = hunt->index->hashes + (uint64_t)suspect->slot * KW_HASH_BYTES;
    const uint8_t *query = hunt->queries + (uint64_t)suspect->query * KW_HASH_BYTES;
    unsigned distance = kw_distance(hash, query);
    if (distance <= hunt->radius && kw_is_first_band(hunt, query, hash, suspect->band))
      kw_offer(hunt->sink, suspect->query, suspect->slot, distance);
  }
  hunt->suspects = 0;
}

/* Test the tails of the waiting candidates and compare those that pass. */
static __attribute__((noinline)) void kw_sift(kw_hunt *hunt) {
  const uint32_t slot_bits = hunt->index->plan.slot_bits;
  const uint32_t slot_mask = slot_bits < 32 ? (1u << slot_bits) - 1 : 0xFFFFFFFFu;
  for (unsigned i = 0; i < hunt->candidates; i++) {
    const kw_candidate *candidate = &hunt->candidate[i];
    const uint8_t *query = hunt->queries + (uint64_t)candidate->query * KW_HASH_BYTES;
    const unsigned after = hunt->octets ? candidate->band + 3u : 2u * candidate->band + 4u;
    uint32_t place = *candidate->place, slot = place & slot_mask;
    uint32_t tail = slot_bits < 32 ? place >> slot_bits : 0;
    if (kw_ones((tail ^ kw_pair_of(query, after)) & hunt->tail_mask) > candidate->rest) continue;
    if (slot >= hunt->index->count) continue;
    /* One past the limit tells that it was reached. */
    if (hunt->verified[candidate->query] > hunt->verified_most) continue;
    if (++hunt->verified[candidate->query] > hunt->verified_most) continue;
    KW_FETCH(hunt->index->hashes + (uint64_t)slot * KW_HASH_BYTES);
    kw_suspect *suspect = &hunt->suspect[hunt->suspects++];
    suspect->slot = slot;
    suspect->query = candidate->query;
    suspect->band = candidate->band;
  }
  hunt->candidates = 0;
  kw_compare_suspects(hunt);
}

KW_INLINE uint16_t kw_wanted_of(const kw_hunt *hunt, uint32_t query) {
  const uint8_t *hash = hunt->queries + (uint64_t)query * KW_HASH_BYTES;
  return kw_pair_of(hash, hunt->octets ? hunt->band + 1 : 2 * hunt->band + 2);
}

/* Postings that are near enough: `hits` are bits over signatures[0..63] and places[0..63]. */
KW_INLINE void kw_take(kw_hunt *hunt, uint64_t hits, const uint16_t *signatures, const uint32_t *places,
                       uint32_t query, int flipped) {
  const int most = hunt->bounds.tail - flipped;
  const uint16_t wanted = kw_wanted_of(hunt, query);
  if (hunt->candidates > KW_WAITING - KW_STEP) kw_sift(hunt);
  for (; hits; hits &= hits - 1) {
    unsigned at = (unsigned)__builtin_ctzll(hits);
    kw_candidate *candidate = &hunt->candidate[hunt->candidates++];
    candidate->place = places + at;
    candidate->query = query;
    candidate->band = (uint8_t)hunt->band;
    candidate->rest = (uint8_t)(most - (int)kw_ones((uint32_t)signatures[at] ^ wanted));
    KW_FETCH(candidate->place);
  }
}

KW_INLINE kw_find *kw_note(kw_find *find, uint64_t hits, uint32_t at, uint32_t who) {
  find->hits = hits;
  find->at = at;
  find->who = who;
  return find + (hits != 0);
}

/* Take the finds in runs apart; gives where to note the next. */
static __attribute__((noinline)) kw_find *kw_take_runs(kw_hunt *hunt, const kw_find *end) {
  const kw_index *index = hunt->index;
  const uint16_t *signatures = index->signatures + hunt->band * index->plan.signatures_stride;
  const uint32_t *places = index->places + hunt->band * index->plan.places_stride;
  for (const kw_find *find = hunt->find; find < end; find++)
    kw_take(hunt, find->hits, signatures + find->at, places + find->at, find->who >> 1, (int)(find->who & 1));
  return hunt->find;
}

/* One step of a run. Two vectors: fewer branches, and their number is easier to foresee. */
KW_INLINE uint64_t kw_step(const uint16_t *signatures, uint32_t left, kw_wanted vector, kw_bound bound) {
  uint64_t hits = kw_near(signatures, left, vector, bound) |
                  (uint64_t)kw_near(signatures + 32, left > 32 ? left - 32 : 0, vector, bound) << 32;
  return hits & kw_low(left < KW_STEP ? left : KW_STEP);
}

/* One probe of a run of the band's signatures. */
KW_INLINE kw_find *kw_probe_run(kw_hunt *hunt, kw_find *find, const uint16_t *signatures, uint32_t begin,
                                uint32_t count, kw_wanted vector, kw_bound bound, uint32_t who) {
  const uint32_t end = begin + count;
  for (uint32_t piece = begin; __builtin_expect(end - piece > KW_PIECE, 0); begin = piece) {
    for (piece += KW_PIECE; begin < piece; begin += KW_STEP)
      find = kw_note(find, kw_step(signatures + begin, piece - begin, vector, bound), begin, who);
    find = kw_take_runs(hunt, find);
  }
  for (; begin < end; begin += KW_STEP)
    find = kw_note(find, kw_step(signatures + begin, end - begin, vector, bound), begin, who);
  if (__builtin_expect(find > hunt->find + KW_FINDS - 2 * KW_PIECE / KW_STEP, 0)) find = kw_take_runs(hunt, find);
  return find;
}

#include "index_single.h"
#include "index_batch.h"

#endif
