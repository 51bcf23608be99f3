/* What an index file looks like, whether one is whole, and the index over it. */
#include <stdlib.h>
#include <string.h>

#include "index_format.h"

#define KW_LANES 8u

const char *kw_layout_name(int layout) {
  static const char *const names[KW_LAYOUTS] = {"plain", "octets", "lines", "runs"};
  return layout >= 0 && layout < KW_LAYOUTS ? names[layout] : NULL;
}

static uint64_t kw_stir(uint64_t sum, uint64_t word) {
  sum = (sum ^ word) * 0x9E3779B97F4A7C15u;
  return sum ^ sum >> 29;
}

/* Eight independent lanes, so that the multiplications overlap; each step is a bijection of the lane, so that a
 * single damaged word always shows. */
void kw_checksum_start(kw_checksum *sum) {
  for (unsigned lane = 0; lane < KW_LANES; lane++) sum->lanes[lane] = lane;
  sum->size = 0;
}

void kw_checksum_add(kw_checksum *sum, const uint8_t *bytes, uint64_t size) {
  uint64_t lanes[KW_LANES], word, at = 0;
  memcpy(lanes, sum->lanes, sizeof lanes);
  for (; at + 8 * KW_LANES <= size; at += 8 * KW_LANES)
    for (unsigned lane = 0; lane < KW_LANES; lane++) {
      memcpy(&word, bytes + at + 8 * lane, 8);
      lanes[lane] = kw_stir(lanes[lane], word);
    }
  for (; at < size; at++) lanes[0] = kw_stir(lanes[0], bytes[at]);
  memcpy(sum->lanes, lanes, sizeof lanes);
  sum->size += size;
}

uint64_t kw_checksum_end(const kw_checksum *sum) {
  uint64_t end = sum->size;
  for (unsigned lane = 0; lane < KW_LANES; lane++) end = kw_stir(end, sum->lanes[lane]);
  return end;
}

static uint64_t kw_checksum_of(const uint8_t *bytes, uint64_t size) {
  kw_checksum sum;
  kw_checksum_start(&sum);
  kw_checksum_add(&sum, bytes, size);
  return kw_checksum_end(&sum);
}

/* At least 16 bits: the tail signature is no longer than a band. */
static uint32_t kw_slot_bits(uint64_t count) {
  uint32_t bits = 16;
  while (bits < 32 && count >> bits) bits++;
  return bits;
}

static uint64_t kw_rows(uint64_t numbers, uint64_t bytes_each) {
  return (numbers * bytes_each + KW_ROW - 1) / KW_ROW * KW_ROW / bytes_each;
}

void kw_plan_make(kw_plan *plan, int layout, uint64_t count) {
  memset(plan, 0, sizeof *plan);
  plan->slot_bits = kw_slot_bits(count);
  plan->size[KW_HASHES] = kw_rows(count, KW_HASH_BYTES) * KW_HASH_BYTES;
  if (layout == KW_LAYOUT_PLAIN) return;
  plan->bands = layout == KW_LAYOUT_OCTETS ? KW_OCTET_BANDS : KW_WORD_BANDS;
  plan->buckets = layout == KW_LAYOUT_OCTETS ? KW_OCTET_BUCKETS : KW_WORD_BUCKETS;
  plan->places_stride = kw_rows(count, sizeof(uint32_t));
  plan->size[KW_PLACES] = plan->bands * plan->places_stride * sizeof(uint32_t);
  if (layout == KW_LAYOUT_LINES) {
    plan->size[KW_LINES] = (uint64_t)plan->bands * plan->buckets * KW_LINE_BYTES;
    return;
  }
  plan->directory_stride = kw_rows(plan->buckets + 1, sizeof(uint32_t));
  plan->signatures_stride = kw_rows(count, sizeof(uint16_t));
  plan->size[KW_DIRECTORY] = plan->bands * plan->directory_stride * sizeof(uint32_t);
  plan->size[KW_SIGNATURES] = plan->bands * plan->signatures_stride * sizeof(uint16_t);
}

static kw_index_status kw_header_check(const uint8_t *image, uint64_t size) {
  kw_header header;
  if (size < 12) return KW_INDEX_FOREIGN;
  if (memcmp(image, KW_MAGIC, 8) != 0) return KW_INDEX_FOREIGN;
  memcpy(&header.version, image + offsetof(kw_header, version), sizeof header.version);
  if (header.version != KW_FORMAT_VERSION) return KW_INDEX_VERSION;
  if (size < KW_PAGE) return KW_INDEX_DAMAGED;
  memcpy(&header, image, sizeof header);
  uint64_t stored = header.checksum;
  header.checksum = 0;
  if (kw_checksum_of((const uint8_t *)&header, sizeof header) != stored) return KW_INDEX_DAMAGED;
  if (header.file_size != size || header.layout >= KW_LAYOUTS || header.count > KW_SLOTS_MOST)
    return KW_INDEX_DAMAGED;
  if (header.layout == KW_LAYOUT_LINES && header.count >= KW_LINE_ENTRIES_MOST) return KW_INDEX_DAMAGED;
  kw_plan plan;
  kw_plan_make(&plan, (int)header.layout, header.count);
  if (header.layout == KW_LAYOUT_LINES) plan.size[KW_CROWDED] = header.sections[KW_CROWDED].size;
  if (header.slot_bits != plan.slot_bits) return KW_INDEX_DAMAGED;
  for (unsigned s = 0; s < KW_SECTIONS; s++) {
    const kw_section *section = &header.sections[s];
    if (section->size != plan.size[s] || section->size % KW_ROW || section->offset % KW_PAGE ||
        section->offset < KW_PAGE || section->offset > size || section->size > size ||
        size - section->offset < section->size + KW_PAD)
      return KW_INDEX_DAMAGED;
  }
  return KW_INDEX_OK;
}

const kw_index_path *kw_index_path_of(int machine) {
#if defined(KW_X86_INDEX)
  if (machine == KW_AVX512) return &kw_index_path_avx512;
  if (machine == KW_AVX2) return &kw_index_path_avx2;
#endif
  (void)machine;
  return &kw_index_path_portable;
}

kw_index_status kw_index_open(const uint8_t *image, uint64_t size, int machine, kw_index **opened) {
  kw_index_status status = kw_header_check(image, size);
  if (status != KW_INDEX_OK) return status;
  kw_header header;
  memcpy(&header, image, sizeof header);
  kw_index *index = calloc(1, sizeof *index);
  if (!index) return KW_INDEX_NO_MEMORY;
  index->image = image;
  index->layout = header.layout;
  index->count = (uint32_t)header.count;
  kw_plan_make(&index->plan, (int)header.layout, header.count);
  index->machine = (uint32_t)machine;
  index->path = kw_index_path_of(machine);
  index->hashes = image + header.sections[KW_HASHES].offset;
  index->directory = (const uint32_t *)(image + header.sections[KW_DIRECTORY].offset);
  index->signatures = (const uint16_t *)(image + header.sections[KW_SIGNATURES].offset);
  index->places = (const uint32_t *)(image + header.sections[KW_PLACES].offset);
  index->lines = image + header.sections[KW_LINES].offset;
  index->crowded = (const uint16_t *)(image + header.sections[KW_CROWDED].offset);
  index->crowded_count = header.sections[KW_CROWDED].size / sizeof(uint16_t);
  *opened = index;
  return KW_INDEX_OK;
}

kw_index_status kw_index_verify(const kw_index *index) {
  kw_header header;
  memcpy(&header, index->image, sizeof header);
  for (unsigned s = 0; s < KW_SECTIONS; s++) {
    const kw_section *section = &header.sections[s];
    if (kw_checksum_of(index->image + section->offset, section->size) != section->checksum) return KW_INDEX_DAMAGED;
  }
  return KW_INDEX_OK;
}

void kw_index_close(kw_index *index) {
  if (!index) return;
  free((void *)atomic_load(&index->marks));
  kw_delta_free(&index->delta);
  free(index);
}
