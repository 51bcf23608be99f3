/* One query against each layout and against the delta. Included by index_path.h. */

/* A bucket's part of a run, made to lie inside the band whatever the file says. */
KW_INLINE uint32_t kw_clamp_run(uint32_t begin, uint32_t end, uint32_t count) {
  if (end > count) end = count;
  return begin < end ? end - begin : 0;
}

static int kw_single_octets(const kw_index *index, const uint8_t *query, unsigned radius, const kw_sink *sink) {
  kw_hunt hunt;
  uint32_t verified = 0;
  uint32_t begins[KW_OCTET_BANDS], counts[KW_OCTET_BANDS];
  kw_hunt_start(&hunt, index, query, &verified, radius, 1, sink);
  const kw_bound bound = kw_bind(hunt.bounds.signature);
  for (unsigned band = 0; band < KW_OCTET_BANDS; band++) {
    const uint32_t *directory = index->directory + band * index->plan.directory_stride + query[band];
    begins[band] = directory[0];
    counts[band] = kw_clamp_run(directory[0], directory[1], index->count);
    if (counts[band] == 0) begins[band] = 0;
    KW_FETCH(index->signatures + band * index->plan.signatures_stride + begins[band]);
  }
  for (unsigned band = 0; band < KW_OCTET_BANDS; band++) {
    hunt.band = band;
    kw_find *find = kw_probe_run(&hunt, hunt.find, index->signatures + band * index->plan.signatures_stride,
                                 begins[band], counts[band], kw_want(kw_pair_of(query, band + 1)), bound, 0);
    kw_take_runs(&hunt, find);
  }
  kw_sift(&hunt);
  return verified > hunt.verified_most;
}

/* --- lines -------------------------------------------------------------------------------------------------------- */

/* Byte distances of the lines of a key's 17 probes: itself, then its flips. */
#define KW_APART(j) (((1u << (j)) ^ KW_TURN(j)) * KW_LINE_BYTES)
static const uint32_t kw_line_apart[KW_PROBES] = {
    0,           KW_APART(0), KW_APART(1), KW_APART(2),  KW_APART(3),  KW_APART(4),  KW_APART(5),  KW_APART(6), KW_APART(7),
    KW_APART(8), KW_APART(9), KW_APART(10), KW_APART(11), KW_APART(12), KW_APART(13), KW_APART(14), KW_APART(15)};

#define KW_LINES_AHEAD 2u

/* A bucket that no line can hold: its signatures are in the crowded section. */
static __attribute__((noinline)) void kw_take_crowded(kw_hunt *hunt, const uint8_t *line, uint32_t query, int flipped) {
  const kw_index *index = hunt->index;
  uint32_t head, where[2];
  memcpy(&head, line, sizeof head);
  memcpy(where, line + sizeof head, sizeof where);
  const uint32_t first = head >> 6, count = where[1];
  if ((uint64_t)where[0] + count > index->crowded_count || (uint64_t)first + count > index->count) return;
  const uint16_t *signatures = index->crowded + where[0];
  const uint32_t *places = index->places + hunt->band * index->plan.places_stride + first;
  const kw_wanted vector = kw_want(kw_wanted_of(hunt, query));
  const kw_bound bound = kw_bind(hunt->bounds.signature - flipped);
  for (uint32_t at = 0; at < count; at += KW_STEP) {
    uint64_t hits = kw_step(signatures + at, count - at, vector, bound);
    if (hits) kw_take(hunt, hits, signatures + at, places + at, query, flipped);
  }
}

KW_INLINE const uint8_t *kw_lines_of(const kw_index *index, unsigned band) {
  return index->lines + (size_t)band * KW_WORD_BUCKETS * KW_LINE_BYTES;
}

static __attribute__((noinline)) void kw_take_line(kw_hunt *hunt, const uint8_t *line, uint32_t hits, uint32_t query,
                                                   int flipped) {
  const kw_index *index = hunt->index;
  uint32_t head;
  memcpy(&head, line, sizeof head);
  const uint32_t count = head & KW_LINE_CROWDED, first = head >> 6;
  if (head & KW_LINE_CROWDED_BIT) kw_take_crowded(hunt, line, query, flipped);
  else if ((uint64_t)first + count <= index->count)
    kw_take(hunt, hits, (const uint16_t *)line + 2, index->places + hunt->band * index->plan.places_stride + first,
            query, flipped);
}

/* One probe of a line. Finds are rarer here than in a run, so that a branch is guessed right. */
KW_INLINE void kw_probe_line(kw_hunt *hunt, const uint8_t *line, kw_wanted vector, kw_bound bound, uint32_t query,
                             int flipped) {
  uint32_t head;
  memcpy(&head, line, sizeof head);
  uint32_t hits = kw_near((const uint16_t *)line, 32, vector, bound) >> 2;
  hits &= (uint32_t)kw_low(head & KW_LINE_CROWDED);
  if (__builtin_expect(hits | (head & KW_LINE_CROWDED_BIT), 0)) kw_take_line(hunt, line, hits, query, flipped);
}

static int kw_single_lines(const kw_index *index, const uint8_t *query, unsigned radius, const kw_sink *sink) {
  kw_hunt hunt;
  uint32_t verified = 0;
  uint32_t at[KW_WORD_BANDS];
  kw_hunt_start(&hunt, index, query, &verified, radius, 0, sink);
  const unsigned probes = hunt.bounds.key ? KW_PROBES : 1;
  const kw_bound whole = kw_bind(hunt.bounds.signature), less = kw_bind(hunt.bounds.signature - 1);
  for (unsigned band = 0; band < KW_WORD_BANDS; band++) {
    at[band] = kw_line_of(kw_key_of(query, band)) * KW_LINE_BYTES;
    if (band >= KW_LINES_AHEAD) continue;
    for (unsigned probe = 0; probe < probes; probe++)
      KW_FETCH(kw_lines_of(index, band) + (at[band] ^ kw_line_apart[probe]));
  }
  for (unsigned band = 0; band < KW_WORD_BANDS; band++) {
    const unsigned ahead = band + KW_LINES_AHEAD < KW_WORD_BANDS ? band + KW_LINES_AHEAD : band;
    const uint8_t *lines = kw_lines_of(index, band), *later = kw_lines_of(index, ahead);
    const kw_wanted vector = kw_want(kw_pair_of(query, 2 * band + 2));
    hunt.band = band;
    KW_FETCH(later + at[ahead]);
    kw_probe_line(&hunt, lines + at[band], vector, whole, 0, 0);
    for (unsigned probe = 1; probe < probes; probe++) {
      KW_FETCH(later + (at[ahead] ^ kw_line_apart[probe]));
      kw_probe_line(&hunt, lines + (at[band] ^ kw_line_apart[probe]), vector, less, 0, 1);
    }
  }
  kw_sift(&hunt);
  return verified > hunt.verified_most;
}

/* --- runs --------------------------------------------------------------------------------------------------------- */

/* So many lines of a run are asked for beforehand; the processor sees by itself that a longer one goes on. */
#define KW_RUN_FETCHED 12u

typedef struct {
  uint32_t begin, count;
} kw_run;

KW_INLINE kw_run kw_run_of(const kw_index *index, unsigned band, uint32_t key) {
  const uint32_t *directory = index->directory + band * index->plan.directory_stride + key;
  kw_run run = {directory[0], kw_clamp_run(directory[0], directory[1], index->count)};
  if (run.count == 0) run.begin = 0;
  return run;
}

KW_INLINE uint32_t kw_flipped(uint32_t key, unsigned probe) { return probe ? key ^ 1u << (probe - 1) : key; }

KW_INLINE void kw_fetch_directory(const kw_index *index, unsigned band, uint32_t key, unsigned probes) {
  const uint32_t *directory = index->directory + band * index->plan.directory_stride;
  KW_FETCH(directory + key);
  /* Flips of the low four bits lie in the same line. */
  for (unsigned probe = 5; probe < probes; probe++) KW_FETCH(directory + kw_flipped(key, probe));
}

/* Ask for the lines of a run of usual length: as many for each, because a count that varies from probe to probe costs
 * more in wrong guesses of the processor than a line too many. */
KW_INLINE void kw_fetch_run(const uint16_t *run, unsigned lines) {
  for (unsigned line = 0; line < lines; line++) KW_FETCH((const uint8_t *)run + line * KW_CACHE_LINE);
}

static int kw_single_runs(const kw_index *index, const uint8_t *query, unsigned radius, const kw_sink *sink) {
  kw_hunt hunt;
  uint32_t verified = 0;
  uint32_t keys[KW_WORD_BANDS];
  kw_run runs[2][KW_PROBES];
  uint64_t usual = (uint64_t)index->count * sizeof(uint16_t) / (KW_WORD_BUCKETS * KW_CACHE_LINE) + 2;
  const unsigned lines = usual < KW_RUN_FETCHED ? (unsigned)usual : KW_RUN_FETCHED;
  kw_hunt_start(&hunt, index, query, &verified, radius, 0, sink);
  const unsigned probes = hunt.bounds.key ? KW_PROBES : 1;
  const kw_bound whole = kw_bind(hunt.bounds.signature), less = kw_bind(hunt.bounds.signature - 1);
  for (unsigned band = 0; band < KW_WORD_BANDS; band++) keys[band] = kw_key_of(query, band);
  kw_fetch_directory(index, 0, keys[0], probes);
  kw_fetch_directory(index, 1, keys[1], probes);
  for (unsigned probe = 0; probe < probes; probe++) {
    runs[0][probe] = kw_run_of(index, 0, kw_flipped(keys[0], probe));
    kw_fetch_run(index->signatures + runs[0][probe].begin, lines);
  }
  for (unsigned band = 0; band < KW_WORD_BANDS; band++) {
    const kw_wanted vector = kw_want(kw_pair_of(query, 2 * band + 2));
    const uint16_t *signatures = index->signatures + band * index->plan.signatures_stride;
    kw_find *find = hunt.find;
    hunt.band = band;
    if (band + 2 < KW_WORD_BANDS) kw_fetch_directory(index, band + 2, keys[band + 2], probes);
    for (unsigned probe = 0; probe < probes; probe++) {
      if (band + 1 < KW_WORD_BANDS) {
        kw_run next = kw_run_of(index, band + 1, kw_flipped(keys[band + 1], probe));
        kw_fetch_run(signatures + index->plan.signatures_stride + next.begin, lines);
        runs[(band + 1) & 1][probe] = next;
      }
      kw_run run = runs[band & 1][probe];
      find = kw_probe_run(&hunt, find, signatures, run.begin, run.count, vector, probe ? less : whole, probe > 0);
    }
    kw_take_runs(&hunt, find);
  }
  kw_sift(&hunt);
  return verified > hunt.verified_most;
}

/* --- the delta ---------------------------------------------------------------------------------------------------- */

/* A posting of the delta that passed the signature; `rest` is how many bits its tail may differ in. */
typedef struct {
  const uint32_t *place;
  uint8_t band, rest;
} kw_late;

#define KW_LATE 128u

typedef struct {
  const kw_index *index;
  const uint8_t *query;
  const kw_sink *sink;
  unsigned radius;
  int signature, tail; /* bounds of the chains of three and four bands */
  uint64_t compared;
  unsigned waiting;
  kw_late late[KW_LATE];
} kw_delta_hunt;

/* A match is met in every band whose chains fit; it is reported from the first of them only. */
static int kw_is_first_octet(const kw_delta_hunt *hunt, const uint8_t *hash, unsigned band) {
  const uint8_t *query = hunt->query;
  for (unsigned earlier = 0; earlier < band; earlier++) {
    if (query[earlier] != hash[earlier]) continue;
    int chain = (int)kw_ones((uint32_t)kw_pair_of(query, earlier + 1) ^ kw_pair_of(hash, earlier + 1));
    const unsigned after = (earlier + 3) % KW_HASH_BYTES;
    if (chain <= hunt->signature && chain + (int)kw_ones(query[after] ^ hash[after]) <= hunt->tail) return 0;
  }
  return 1;
}

static __attribute__((noinline)) void kw_delta_sift(kw_delta_hunt *hunt) {
  for (unsigned i = 0; i < hunt->waiting; i++) {
    const kw_late *late = &hunt->late[i];
    const uint32_t place = *late->place, number = place & KW_DELTA_MOST;
    const uint8_t tail = (uint8_t)(place >> KW_DELTA_BITS);
    if (kw_ones(tail ^ hunt->query[(late->band + 3u) % KW_HASH_BYTES]) > late->rest) continue;
    const uint8_t *hash = kw_delta_hash(&hunt->index->delta, number);
    const unsigned distance = kw_distance(hash, hunt->query);
    hunt->compared++;
    if (distance <= hunt->radius && kw_is_first_octet(hunt, hash, late->band))
      kw_offer(hunt->sink, 0, (uint64_t)hunt->index->count + number, distance);
  }
  hunt->waiting = 0;
}

static __attribute__((noinline)) void kw_delta_take(kw_delta_hunt *hunt, uint64_t hits, const uint16_t *signatures,
                                                    const uint32_t *places, unsigned band) {
  const uint16_t wanted = kw_pair_of(hunt->query, band + 1);
  if (hunt->waiting > KW_LATE - KW_STEP) kw_delta_sift(hunt);
  for (; hits; hits &= hits - 1) {
    const unsigned at = (unsigned)__builtin_ctzll(hits);
    kw_late *late = &hunt->late[hunt->waiting++];
    late->place = places + at;
    late->band = (uint8_t)band;
    late->rest = (uint8_t)(hunt->tail - (int)kw_ones((uint32_t)signatures[at] ^ wanted));
    KW_FETCH(late->place);
  }
}

static int kw_single_delta(const kw_index *index, const uint8_t *query, unsigned radius, const kw_sink *sink) {
  const kw_bucket *buckets = atomic_load_explicit(&index->delta.buckets, memory_order_acquire);
  const uint64_t most = atomic_load_explicit(&index->delta.count, memory_order_relaxed) / 8 + 64;
  kw_delta_hunt hunt;
  hunt.index = index;
  hunt.query = query;
  hunt.sink = sink;
  hunt.radius = radius;
  hunt.signature = (int)(3 * radius / 32);
  hunt.tail = (int)(4 * radius / 32);
  hunt.compared = hunt.waiting = 0;
  const kw_bound bound = kw_bind(hunt.signature);
  if (!buckets) return 0;
  for (unsigned band = 0; band < KW_OCTET_BANDS && hunt.compared <= most; band++) {
    const kw_bucket *bucket = &buckets[band * KW_OCTET_BUCKETS + query[band]];
    const uint32_t count = atomic_load_explicit(&bucket->count, memory_order_acquire);
    const uint32_t own = count < KW_BUCKET_OWN ? count : KW_BUCKET_OWN;
    const kw_wanted vector = kw_want(kw_pair_of(query, band + 1));
    uint64_t hits = kw_near((const uint16_t *)bucket, KW_BUCKET_HEAD + own, vector, bound) >> KW_BUCKET_HEAD;
    hits |= (uint64_t)kw_near((const uint16_t *)bucket + 32, own < 20 ? 0 : own - 20, vector, bound) << 20;
    hits &= kw_low(own);
    if (__builtin_expect(hits == 0 && count == own, 1)) continue;
    const uint32_t *places = atomic_load_explicit(&bucket->places, memory_order_acquire);
    const uint16_t *more = atomic_load_explicit(&bucket->more, memory_order_acquire);
    kw_delta_take(&hunt, hits, bucket->own, places, band);
    for (uint32_t at = own; at < count; at += KW_STEP) {
      hits = kw_step(more + at - own, count - at, vector, bound);
      if (hits) kw_delta_take(&hunt, hits, more + at - own, places + at, band);
    }
  }
  kw_delta_sift(&hunt);
  return hunt.compared > most;
}
