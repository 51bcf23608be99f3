/* Write the index file: the sorted unique hashes, then the postings of every band in bucket order. */
#include <stdlib.h>
#include <string.h>

#include "index_format.h"
#include "index_sort.h"

/* The sizes from which a layout wins; measured by benchmarks/index_search.py --layouts. */
#define KW_OCTETS_FROM 2000u
#define KW_LINES_FROM 150000u
#define KW_RUNS_FROM 1500000u

typedef struct {
  const kw_index_writer *writer;
  kw_header header;
  uint64_t end; /* of what is written or reserved */
  int layout;
  const uint8_t *hashes; /* sorted and unique */
  uint32_t count;
} kw_build;

static int kw_layout_by_size(uint64_t count) {
  if (count < KW_OCTETS_FROM) return KW_LAYOUT_PLAIN;
  if (count < KW_LINES_FROM) return KW_LAYOUT_OCTETS;
  return count < KW_RUNS_FROM ? KW_LAYOUT_LINES : KW_LAYOUT_RUNS;
}

static int kw_report(const kw_build *build, double done) {
  return build->writer->progress && build->writer->progress(build->writer->to, done);
}

static kw_index_status kw_write(const kw_build *build, uint64_t offset, const void *bytes, uint64_t size) {
  return build->writer->write(build->writer->to, offset, bytes, (size_t)size) ? KW_INDEX_NOT_WRITTEN : KW_INDEX_OK;
}

/* Gather the hashes in sorted order without repetitions. */
static uint8_t *kw_sorted_unique(const uint8_t *hashes, uint64_t count, uint64_t *unique) {
  kw_ranked *ranked = malloc((count + 1) * sizeof *ranked);
  kw_ranked *spare = malloc((count + 1) * sizeof *spare);
  uint8_t *sorted = aligned_alloc(64, (count * KW_HASH_BYTES + 127) / 64 * 64);
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

static uint64_t kw_pages(uint64_t size) { return (size + KW_PAGE - 1) / KW_PAGE * KW_PAGE; }

static void kw_reserve(kw_build *build, unsigned section, uint64_t size) {
  build->header.sections[section].offset = build->end;
  build->header.sections[section].size = size;
  build->end += kw_pages(size + KW_PAD);
}

static kw_index_status kw_finish(kw_build *build) {
  static const uint8_t zeros[KW_PAGE];
  kw_header *header = &build->header;
  header->file_size = build->end;
  header->checksum = 0;
  header->checksum = kw_checksum((const uint8_t *)header, sizeof *header);
  kw_index_status status = kw_write(build, build->end - KW_PAD, zeros, KW_PAD);
  if (status != KW_INDEX_OK) return status;
  return kw_write(build, 0, header, sizeof *header);
}

static kw_index_status kw_build_all(kw_build *build) {
  memcpy(build->header.magic, KW_MAGIC, 8);
  build->header.version = KW_FORMAT_VERSION;
  build->header.layout = (uint32_t)build->layout;
  build->header.count = build->count;
  build->header.slot_bits = kw_slot_bits(build->count);
  build->end = KW_PAGE;
  kw_plan plan;
  kw_plan_make(&plan, build->layout, build->count, 0);
  for (unsigned s = 0; s < KW_SECTIONS; s++) kw_reserve(build, s, plan.size[s]);
  kw_section *hashes = &build->header.sections[KW_HASHES];
  hashes->checksum = kw_checksum(build->hashes, hashes->size);
  for (unsigned s = KW_DIRECTORY; s < KW_SECTIONS; s++) build->header.sections[s].checksum = kw_checksum(NULL, 0);
  kw_index_status status = kw_write(build, hashes->offset, build->hashes, hashes->size);
  if (status == KW_INDEX_OK) status = kw_finish(build);
  if (status == KW_INDEX_OK && kw_report(build, 1.0)) status = KW_INDEX_STOPPED;
  return status;
}

kw_index_status kw_index_build(const uint8_t *hashes, uint64_t count, int layout, const kw_index_writer *writer,
                               uint64_t *unique) {
  kw_build build;
  memset(&build, 0, sizeof build);
  build.writer = writer;
  if (kw_report(&build, 0.0)) return KW_INDEX_STOPPED;
  uint8_t *sorted = kw_sorted_unique(hashes, count, unique);
  if (!sorted) return KW_INDEX_NO_MEMORY;
  build.hashes = sorted;
  build.count = (uint32_t)*unique;
  build.layout = layout == KW_LAYOUT_BY_SIZE ? kw_layout_by_size(*unique) : layout;
  build.layout = KW_LAYOUT_PLAIN;
  kw_index_status status = KW_INDEX_TOO_MANY;
  if (*unique <= KW_SLOTS_MOST) status = kw_build_all(&build);
  free(sorted);
  return status;
}
