/* Many queries at once against lines and runs. Included by index_path.h.
 *
 * Per band, the queries are sorted into groups by the high bits of their key, and the band's buckets are walked group
 * by group in the order of the file. A bucket is asked for by the queries of its own group, whose low key bits may be
 * flipped, and by those of the groups that differ in one high bit. So a whole batch reads each band once, in sequence,
 * and all random access stays within one group's part, which fits into the first caches. */

typedef struct {
  kw_hunt hunt;
  const kw_asker *askers;
  const uint32_t *groups; /* askers of group g: groups[g] .. groups[g + 1] - 1 */
  unsigned low_bits;      /* of a key, within a group */
  unsigned probes;
  kw_bound whole, less; /* for signatures, of probes without and with a flip */
} kw_walk;

static void kw_sort_askers(const kw_batch *batch, unsigned band, unsigned low_bits, int lines) {
  const uint32_t groups = KW_WORD_BUCKETS >> low_bits;
  memset(batch->groups, 0, (groups + 1) * sizeof *batch->groups);
  for (uint32_t q = 0; q < batch->count; q++)
    batch->groups[kw_key_of(batch->queries + (size_t)q * KW_HASH_BYTES, band) >> low_bits]++;
  uint32_t next = 0;
  for (uint32_t group = 0; group <= groups; group++) {
    uint32_t here = batch->groups[group];
    batch->groups[group] = next;
    next += here;
  }
  for (uint32_t q = 0; q < batch->count; q++) {
    const uint8_t *query = batch->queries + (size_t)q * KW_HASH_BYTES;
    uint32_t key = kw_key_of(query, band);
    kw_asker *asker = &batch->askers[batch->groups[key >> low_bits]++];
    asker->key = (uint16_t)(lines ? kw_line_of(key) : key);
    asker->wanted = kw_pair_of(query, 2 * band + 2);
    asker->query = q;
  }
  /* Each start has moved to the next group's; move them back. */
  memmove(batch->groups + 1, batch->groups, groups * sizeof *batch->groups);
  batch->groups[0] = 0;
}

/* Ask for one part of the data of the group that comes next. */
KW_INLINE void kw_fetch_part(const uint8_t *from, size_t size, unsigned part, unsigned parts) {
  const uint8_t *at = from + size * part / parts, *to = from + size * (part + 1) / parts;
  for (; at < to; at += KW_CACHE_LINE) KW_FETCH_FAR(at);
}

KW_INLINE void kw_ask_line(kw_walk *walk, const uint8_t *lines, const kw_asker *asker, kw_wanted vector,
                           unsigned probe) {
  kw_probe_line(&walk->hunt, lines + ((uint32_t)asker->key * KW_LINE_BYTES ^ kw_line_apart[probe]), vector,
                probe ? walk->less : walk->whole, asker->query, probe > 0);
}

static void kw_walk_lines(kw_walk *walk) {
  const uint8_t *lines = kw_lines_of(walk->hunt.index, walk->hunt.band);
  const uint32_t groups = KW_WORD_BUCKETS >> walk->low_bits;
  const size_t size = (size_t)KW_LINE_BYTES << walk->low_bits;
  const unsigned near = walk->probes > 1 ? walk->low_bits + 1 : 1, parts = 1 + 16 - walk->low_bits;
  for (uint32_t group = 0; group < groups; group++) {
    const uint8_t *next = lines + size * (group + 1 < groups ? group + 1 : group);
    kw_fetch_part(next, size, 0, parts);
    for (uint32_t i = walk->groups[group]; i < walk->groups[group + 1]; i++) {
      const kw_wanted vector = kw_want(walk->askers[i].wanted);
      for (unsigned probe = 0; probe < near; probe++) kw_ask_line(walk, lines, &walk->askers[i], vector, probe);
    }
    for (unsigned probe = walk->low_bits + 1; probe < walk->probes; probe++) {
      const uint32_t other = group ^ 1u << (probe - 1 - walk->low_bits);
      kw_fetch_part(next, size, probe - walk->low_bits, parts);
      for (uint32_t i = walk->groups[other]; i < walk->groups[other + 1]; i++)
        kw_ask_line(walk, lines, &walk->askers[i], kw_want(walk->askers[i].wanted), probe);
    }
  }
}

KW_INLINE kw_find *kw_ask_run(kw_walk *walk, kw_find *find, const uint16_t *signatures, const kw_asker *asker,
                              kw_wanted vector, unsigned probe) {
  kw_run run = kw_run_of(walk->hunt.index, walk->hunt.band, kw_flipped(asker->key, probe));
  return kw_probe_run(&walk->hunt, find, signatures, run.begin, run.count, vector, probe ? walk->less : walk->whole,
                      asker->query << 1 | (probe > 0));
}

static void kw_walk_runs(kw_walk *walk) {
  const kw_index *index = walk->hunt.index;
  const unsigned band = walk->hunt.band;
  const uint32_t *directory = index->directory + band * index->plan.directory_stride;
  const uint16_t *signatures = index->signatures + band * index->plan.signatures_stride;
  const uint32_t groups = KW_WORD_BUCKETS >> walk->low_bits;
  const unsigned near = walk->probes > 1 ? walk->low_bits + 1 : 1, parts = 1 + 16 - walk->low_bits;
  kw_find *find = walk->hunt.find;
  for (uint32_t group = 0; group < groups; group++) {
    const uint32_t after = group + 1 < groups ? group + 1 : group;
    const uint32_t begin = directory[after << walk->low_bits], end = directory[(after + 1) << walk->low_bits];
    const size_t size = (size_t)kw_clamp_run(begin, end, index->count) * sizeof(uint16_t);
    const uint8_t *next = (const uint8_t *)(signatures + (size ? begin : 0));
    kw_fetch_part(next, size, 0, parts);
    for (uint32_t i = walk->groups[group]; i < walk->groups[group + 1]; i++) {
      const kw_wanted vector = kw_want(walk->askers[i].wanted);
      for (unsigned probe = 0; probe < near; probe++)
        find = kw_ask_run(walk, find, signatures, &walk->askers[i], vector, probe);
    }
    for (unsigned probe = walk->low_bits + 1; probe < walk->probes; probe++) {
      const uint32_t other = group ^ 1u << (probe - 1 - walk->low_bits);
      kw_fetch_part(next, size, probe - walk->low_bits, parts);
      for (uint32_t i = walk->groups[other]; i < walk->groups[other + 1]; i++)
        find = kw_ask_run(walk, find, signatures, &walk->askers[i], kw_want(walk->askers[i].wanted), probe);
    }
  }
  kw_take_runs(&walk->hunt, find);
}

/* Groups are chosen so that their part of a band is about this large. */
#define KW_GROUP_BYTES (16u << 10)

static unsigned kw_low_bits(const kw_index *index) {
  uint64_t each = KW_LINE_BYTES;
  if (index->layout == KW_LAYOUT_RUNS) each = sizeof(uint16_t) * (uint64_t)index->count / KW_WORD_BUCKETS + 4;
  unsigned low_bits = 4;
  while (low_bits < 12 && (each << (low_bits + 1)) <= KW_GROUP_BYTES) low_bits++;
  return low_bits;
}

static void kw_batch_words(const kw_index *index, const kw_batch *batch, unsigned radius, const kw_sink *sink) {
  kw_walk walk;
  kw_hunt_start(&walk.hunt, index, batch->queries, batch->verified, radius, 0, sink);
  walk.low_bits = kw_low_bits(index);
  walk.probes = walk.hunt.bounds.key ? KW_PROBES : 1;
  walk.whole = kw_bind(walk.hunt.bounds.signature);
  walk.less = kw_bind(walk.hunt.bounds.signature - 1);
  walk.askers = batch->askers;
  walk.groups = batch->groups;
  for (unsigned band = 0; band < KW_WORD_BANDS; band++) {
    walk.hunt.band = band;
    kw_sort_askers(batch, band, walk.low_bits, index->layout == KW_LAYOUT_LINES);
    if (index->layout == KW_LAYOUT_LINES) kw_walk_lines(&walk);
    else kw_walk_runs(&walk);
  }
  kw_sift(&walk.hunt);
}
