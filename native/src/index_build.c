/* Write the index file: the sorted unique hashes, then the postings of every band in bucket order. */
#include <stdlib.h>
#include <string.h>

#include "index_format.h"
#include "index_sort.h"

/* The sizes from which a layout wins, measured by `benchmarks/index_search.py --layouts`. Lines cost 64 MiB whatever
 * the size and suffer when many of them overflow. */
#define KW_OCTETS_FROM 700u
#define KW_LINES_FROM 100000u
#define KW_RUNS_FROM 1500000u

typedef struct {
  const kw_index_writer *writer;
  kw_header header;
  kw_plan plan;
  kw_checksum sums[KW_SECTIONS];
  uint64_t written[KW_SECTIONS];
  int layout;
  const uint8_t *hashes; /* sorted and unique */
  uint32_t count;
  /* One band at a time. */
  uint64_t *postings, *spare;
  uint32_t *directory, *places;
  uint16_t *signatures;
  uint8_t *lines;
  uint16_t *crowded; /* of all bands so far */
  uint64_t crowded_count, crowded_room;
} kw_build;

static int kw_layout_by_size(uint64_t count) {
  if (count < KW_OCTETS_FROM) return KW_LAYOUT_PLAIN;
  if (count < KW_LINES_FROM) return KW_LAYOUT_OCTETS;
  return count < KW_RUNS_FROM ? KW_LAYOUT_LINES : KW_LAYOUT_RUNS;
}

static int kw_is_sorted_unique(const uint8_t *hashes, uint64_t count) {
  for (uint64_t i = 1; i < count; i++)
    if (memcmp(hashes + (i - 1) * KW_HASH_BYTES, hashes + i * KW_HASH_BYTES, KW_HASH_BYTES) >= 0) return 0;
  return 1;
}

/* Gather the hashes in sorted order without repetitions. */
static uint8_t *kw_sorted_unique(const uint8_t *hashes, uint64_t count, uint64_t *unique) {
  kw_ranked *ranked = malloc(count * sizeof *ranked);
  kw_ranked *spare = malloc(count * sizeof *spare);
  uint8_t *sorted = malloc(count * KW_HASH_BYTES);
  if (!ranked || !spare || !sorted) {
    free(ranked);
    free(spare);
    free(sorted);
    return NULL;
  }
  for (uint64_t i = 0; i < count; i++) ranked[i].at = i;
  kw_rank(hashes, ranked, spare, count);
  free(spare);
  uint64_t kept = 0;
  for (uint64_t i = 0; i < count; i++) {
    const uint8_t *hash = hashes + ranked[i].at * KW_HASH_BYTES;
    if (i + 16 < count) __builtin_prefetch(hashes + ranked[i + 16].at * KW_HASH_BYTES);
    if (kept && memcmp(sorted + (kept - 1) * KW_HASH_BYTES, hash, KW_HASH_BYTES) == 0) continue;
    memcpy(sorted + kept++ * KW_HASH_BYTES, hash, KW_HASH_BYTES);
  }
  free(ranked);
  *unique = kept;
  return sorted;
}

/* Append to a section. All but the last piece of a section are whole rows. */
static int kw_put(kw_build *build, unsigned section, const void *bytes, uint64_t size) {
  uint64_t at = build->header.sections[section].offset + build->written[section];
  kw_checksum_add(&build->sums[section], bytes, size);
  build->written[section] += size;
  return size == 0 || build->writer->write(build->writer->to, at, bytes, (size_t)size) == 0;
}

/* Sort one band's postings into buckets. */
static void kw_make_band(kw_build *build, unsigned band) {
  const int octets = build->layout == KW_LAYOUT_OCTETS;
  const unsigned first = octets ? band : 2 * band, next = octets ? first + 1 : first + 2;
  const uint32_t slot_bits = build->plan.slot_bits;
  for (uint32_t slot = 0; slot < build->count; slot++) {
    const uint8_t *hash = build->hashes + (uint64_t)slot * KW_HASH_BYTES;
    uint32_t tail = kw_pair_of(hash, next + 2);
    uint32_t key = octets ? hash[band] : kw_key_of(hash, band);
    uint32_t place = slot_bits < 32 ? slot | tail << slot_bits : slot;
    build->postings[slot] = kw_posting(place, kw_pair_of(hash, next), (uint16_t)key);
  }
  kw_sort_postings(build->postings, build->spare, build->count, build->plan.buckets, build->directory,
                   build->places, build->signatures);
}

/* Keep the signatures of a bucket that no line can hold; 0 if memory ran out. */
static int kw_crowd(kw_build *build, const uint16_t *signatures, uint32_t count) {
  while (build->crowded_count + count > build->crowded_room) {
    uint64_t room = build->crowded_room ? build->crowded_room * 2 : 1024;
    uint16_t *crowded = realloc(build->crowded, room * sizeof *crowded);
    if (!crowded) return 0;
    memset(crowded + build->crowded_room, 0, (room - build->crowded_room) * sizeof *crowded);
    build->crowded = crowded;
    build->crowded_room = room;
  }
  memcpy(build->crowded + build->crowded_count, signatures, count * sizeof *signatures);
  build->crowded_count += count;
  return 1;
}

static int kw_make_lines(kw_build *build) {
  memset(build->lines, 0, (size_t)KW_WORD_BUCKETS * KW_LINE_BYTES);
  for (uint32_t key = 0; key < KW_WORD_BUCKETS; key++) {
    uint32_t first = build->directory[key], count = build->directory[key + 1] - first;
    uint8_t *line = build->lines + (size_t)kw_line_of(key) * KW_LINE_BYTES;
    uint32_t head = first << 6 | (count <= KW_LINE_MOST ? count : KW_LINE_CROWDED);
    uint32_t where[2] = {(uint32_t)build->crowded_count, count};
    memcpy(line, &head, sizeof head);
    if (count <= KW_LINE_MOST) {
      memcpy(line + sizeof head, build->signatures + first, count * sizeof(uint16_t));
    } else {
      memcpy(line + sizeof head, where, sizeof where);
      if (!kw_crowd(build, build->signatures + first, count)) return 0;
    }
  }
  return 1;
}

static kw_index_status kw_put_band(kw_build *build, unsigned band) {
  const kw_plan *plan = &build->plan;
  kw_make_band(build, band);
  if (build->layout == KW_LAYOUT_LINES) {
    if (!kw_make_lines(build)) return KW_INDEX_NO_MEMORY;
    if (!kw_put(build, KW_LINES, build->lines, (uint64_t)plan->buckets * KW_LINE_BYTES)) return KW_INDEX_NOT_WRITTEN;
  } else if (!kw_put(build, KW_DIRECTORY, build->directory, plan->directory_stride * sizeof(uint32_t)) ||
             !kw_put(build, KW_SIGNATURES, build->signatures, plan->signatures_stride * sizeof(uint16_t))) {
    return KW_INDEX_NOT_WRITTEN;
  }
  if (!kw_put(build, KW_PLACES, build->places, plan->places_stride * sizeof(uint32_t))) return KW_INDEX_NOT_WRITTEN;
  return KW_INDEX_OK;
}

static void kw_start_header(kw_build *build) {
  kw_header *header = &build->header;
  memcpy(header->magic, KW_MAGIC, 8);
  header->version = KW_FORMAT_VERSION;
  header->layout = (uint32_t)build->layout;
  header->count = build->count;
  header->slot_bits = build->plan.slot_bits;
  uint64_t end = KW_PAGE;
  for (unsigned s = 0; s < KW_SECTIONS; s++) {
    header->sections[s].offset = end;
    header->sections[s].size = build->plan.size[s];
    end += (build->plan.size[s] + KW_PAD + KW_PAGE - 1) / KW_PAGE * KW_PAGE;
    kw_checksum_start(&build->sums[s]);
  }
  header->file_size = end;
}

/* The crowded section comes last in the file, so its size can be known last. */
static kw_index_status kw_finish(kw_build *build) {
  static const uint8_t zeros[KW_PAD];
  kw_header *header = &build->header;
  kw_section *crowded = &header->sections[KW_CROWDED];
  crowded->size = (build->crowded_count * sizeof(uint16_t) + KW_ROW - 1) / KW_ROW * KW_ROW;
  header->file_size = crowded->offset + (crowded->size + KW_PAD + KW_PAGE - 1) / KW_PAGE * KW_PAGE;
  if (!kw_put(build, KW_CROWDED, build->crowded, crowded->size)) return KW_INDEX_NOT_WRITTEN;
  for (unsigned s = 0; s < KW_SECTIONS; s++) header->sections[s].checksum = kw_checksum_end(&build->sums[s]);
  kw_checksum sum;
  kw_checksum_start(&sum);
  kw_checksum_add(&sum, (const uint8_t *)header, sizeof *header);
  header->checksum = kw_checksum_end(&sum);
  const kw_index_writer *writer = build->writer;
  if (writer->write(writer->to, header->file_size - KW_PAD, zeros, KW_PAD)) return KW_INDEX_NOT_WRITTEN;
  return writer->write(writer->to, 0, header, sizeof *header) ? KW_INDEX_NOT_WRITTEN : KW_INDEX_OK;
}

static int kw_bench_ready(kw_build *build) {
  const kw_plan *plan = &build->plan;
  if (plan->bands == 0) return 1;
  uint64_t rows = (uint64_t)build->count + KW_ROW;
  build->postings = malloc(rows * sizeof *build->postings);
  build->spare = malloc(rows * sizeof *build->spare);
  build->directory = calloc(plan->buckets + KW_ROW, sizeof *build->directory);
  build->places = calloc(rows, sizeof *build->places);
  build->signatures = calloc(rows, sizeof *build->signatures);
  build->lines = build->layout == KW_LAYOUT_LINES ? malloc((size_t)plan->buckets * KW_LINE_BYTES) : NULL;
  return build->postings && build->spare && build->directory && build->places && build->signatures &&
         (build->lines || build->layout != KW_LAYOUT_LINES);
}

static kw_index_status kw_put_hashes(kw_build *build) {
  static const uint8_t zeros[KW_ROW];
  uint64_t size = (uint64_t)build->count * KW_HASH_BYTES, rest = size % KW_ROW;
  uint8_t last[KW_ROW];
  memcpy(last, zeros, sizeof last);
  if (rest) memcpy(last, build->hashes + size - rest, rest);
  if (!kw_put(build, KW_HASHES, build->hashes, size - rest)) return KW_INDEX_NOT_WRITTEN;
  return kw_put(build, KW_HASHES, last, rest ? KW_ROW : 0) ? KW_INDEX_OK : KW_INDEX_NOT_WRITTEN;
}

static kw_index_status kw_build_all(kw_build *build) {
  const kw_index_writer *writer = build->writer;
  kw_plan_make(&build->plan, build->layout, build->count);
  kw_start_header(build);
  kw_index_status status = kw_bench_ready(build) ? kw_put_hashes(build) : KW_INDEX_NO_MEMORY;
  for (unsigned band = 0; band < build->plan.bands && status == KW_INDEX_OK; band++) {
    if (writer->progress && writer->progress(writer->to, 0.2 + 0.8 * band / build->plan.bands))
      return KW_INDEX_STOPPED;
    status = kw_put_band(build, band);
  }
  if (status == KW_INDEX_OK) status = kw_finish(build);
  if (status == KW_INDEX_OK && writer->progress && writer->progress(writer->to, 1.0)) status = KW_INDEX_STOPPED;
  return status;
}

kw_index_status kw_index_build(const uint8_t *hashes, uint64_t count, int layout, const kw_index_writer *writer,
                               uint64_t *unique) {
  kw_build build;
  uint8_t *sorted = NULL;
  kw_index_status status = KW_INDEX_TOO_MANY;
  memset(&build, 0, sizeof build);
  build.writer = writer;
  build.hashes = hashes;
  *unique = count;
  if (writer->progress && writer->progress(writer->to, 0.0)) return KW_INDEX_STOPPED;
  if (!kw_is_sorted_unique(hashes, count)) {
    build.hashes = sorted = kw_sorted_unique(hashes, count, unique);
    if (!sorted) return KW_INDEX_NO_MEMORY;
  }
  build.count = (uint32_t)*unique;
  build.layout = layout == KW_LAYOUT_BY_SIZE ? kw_layout_by_size(*unique) : layout;
  if (*unique <= KW_SLOTS_MOST && (build.layout != KW_LAYOUT_LINES || *unique < KW_LINE_ENTRIES_MOST))
    status = kw_build_all(&build);
  free(sorted);
  free(build.postings);
  free(build.spare);
  free(build.directory);
  free(build.places);
  free(build.signatures);
  free(build.lines);
  free(build.crowded);
  return status;
}
