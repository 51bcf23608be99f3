/* Tests of the index core without Python: every layout and machine path equals the plain scan, damaged files stay
 * within their memory, failing writers and empty memory are reported. Run by ctest, also under sanitizers and
 * valgrind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "index_format.h"

static int failures, checks, memory_left = -1;

#define CHECK(condition)                                                        \
  do {                                                                          \
    checks++;                                                                   \
    if (!(condition)) {                                                         \
      failures++;                                                               \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
    }                                                                           \
  } while (0)

/* The linker sends the core's allocations here, so that each of them can be made to fail. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);

static int refused(void) { return memory_left >= 0 && memory_left-- == 0; }
void *__wrap_malloc(size_t size) { return refused() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return refused() ? NULL : __real_calloc(count, size); }
void *__wrap_realloc(void *old, size_t size) { return refused() ? NULL : __real_realloc(old, size); }
void *__wrap_aligned_alloc(size_t alignment, size_t size) {
  return refused() ? NULL : __real_aligned_alloc(alignment, size);
}

static uint64_t state = 88172645463325252u;
static uint64_t noise(void) {
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}

static void fill_random(uint8_t *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)(noise() >> 32);
}

static void flip_bits(uint8_t *hash, unsigned bits) {
  for (unsigned i = 0; i < bits; i++) hash[noise() % KW_HASH_BYTES] ^= (uint8_t)(1u << noise() % 8);
}

/* Kinds of lists: independent, around a few centres, and differing in three bytes only so that buckets are crowded. */
enum { UNIFORM, CLUSTERED, CROWDED, KINDS };

static uint8_t *made(int kind, uint32_t count) {
  uint8_t *hashes = __real_malloc((size_t)count * KW_HASH_BYTES + 1);
  uint8_t centres[4][KW_HASH_BYTES];
  fill_random(&centres[0][0], sizeof centres);
  for (uint32_t i = 0; i < count; i++) {
    uint8_t *hash = hashes + (size_t)i * KW_HASH_BYTES;
    if (kind == UNIFORM) fill_random(hash, KW_HASH_BYTES);
    else memcpy(hash, centres[kind == CROWDED ? 0 : noise() % 4], KW_HASH_BYTES);
    if (kind == CLUSTERED) flip_bits(hash, (unsigned)(noise() % 40));
    if (kind == CROWDED) hash[3] = (uint8_t)noise(), hash[16] = (uint8_t)(noise() >> 8), hash[31] = (uint8_t)(i >> 4);
  }
  return hashes;
}

/* --- a file in memory --------------------------------------------------------------------------------------------- */

typedef struct {
  uint8_t *bytes;
  uint64_t size, room;
  int writes_left, reports_left; /* -1: no limit */
} memory_file;

static int write_memory(void *to, uint64_t offset, const void *bytes, size_t size) {
  memory_file *file = to;
  if (file->writes_left >= 0 && file->writes_left-- == 0) return 1;
  if (offset + size > file->room) {
    uint64_t larger = (2 * (offset + size) + KW_PAGE - 1) / KW_PAGE * KW_PAGE;
    uint8_t *moved = __real_aligned_alloc(KW_PAGE, larger);
    memset(moved + file->size, 0, larger - file->size);
    if (file->bytes) memcpy(moved, file->bytes, file->size);
    free(file->bytes);
    file->bytes = moved;
    file->room = larger;
  }
  memcpy(file->bytes + offset, bytes, size);
  if (offset + size > file->size) file->size = offset + size;
  return 0;
}

static int report(void *to, double done) {
  memory_file *file = to;
  CHECK(done >= 0 && done <= 1);
  return file->reports_left >= 0 && file->reports_left-- == 0;
}

static kw_index_status build(memory_file *file, const uint8_t *hashes, uint64_t count, int layout, uint64_t *unique) {
  kw_index_writer writer = {write_memory, report, file};
  file->bytes = NULL;
  file->size = file->room = 0;
  return kw_index_build(hashes, count, layout, &writer, unique);
}

static memory_file built(const uint8_t *hashes, uint64_t count, int layout) {
  memory_file file = {NULL, 0, 0, -1, -1};
  uint64_t unique = 0;
  CHECK(build(&file, hashes, count, layout, &unique) == KW_INDEX_OK);
  uint8_t *fitting = __real_aligned_alloc(KW_PAGE, file.size);
  memcpy(fitting, file.bytes, file.size);
  free(file.bytes);
  file.bytes = fitting;
  return file;
}

/* --- equal to the plain scan ---------------------------------------------------------------------------------------- */

static unsigned far_apart(const uint8_t *a, const uint8_t *b) {
  static uint8_t ones[256];
  unsigned bits = 0;
  for (unsigned byte = 1; ones[255] == 0; byte++) ones[byte] = (uint8_t)(ones[byte / 2] + byte % 2);
  for (unsigned i = 0; i < KW_HASH_BYTES; i++) bits += ones[a[i] ^ b[i]];
  return bits;
}

static int ascending(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

/* What must be found: by the definition, one entry after the other. */
static size_t expected(const kw_index *index, const uint8_t *query, unsigned radius, size_t limit, uint64_t *keys) {
  uint64_t slots = kw_index_base(index) + kw_index_delta(index);
  size_t count = 0;
  for (uint64_t slot = 0; slot < slots; slot++) {
    unsigned distance = far_apart(query, kw_index_hash(index, slot));
    if (distance <= radius && !kw_index_is_withdrawn(index, slot)) keys[count++] = (uint64_t)distance << 32 | slot;
  }
  qsort(keys, count, sizeof *keys, ascending);
  return count < limit ? count : limit;
}

static void compare(const kw_index *index, const uint8_t *queries, unsigned many, unsigned radius, size_t limit) {
  uint64_t slots = kw_index_base(index) + kw_index_delta(index);
  uint64_t *keys = __real_malloc((slots + 1) * sizeof *keys);
  kw_matches matches = {NULL, 0, 0, limit, 0};
  kw_answers answers;
  CHECK(kw_index_search_many(index, queries, many, radius, limit, &answers) == KW_INDEX_OK);
  for (unsigned q = 0; q < many; q += many > 40 ? 97 : 1) {
    const uint8_t *query = queries + q * KW_HASH_BYTES;
    size_t wanted = expected(index, query, radius, limit, keys);
    CHECK(kw_index_search(index, query, radius, &matches) == KW_INDEX_OK);
    CHECK(matches.count == wanted && (wanted == 0 || memcmp(matches.keys, keys, wanted * sizeof *keys) == 0));
    CHECK(answers.offsets[q + 1] - answers.offsets[q] == wanted);
    CHECK(wanted == 0 || memcmp(answers.keys + answers.offsets[q], keys, wanted * sizeof *keys) == 0);
  }
  kw_answers_free(&answers);
  kw_matches_free(&matches);
  free(keys);
}

static uint8_t *asked(const uint8_t *hashes, uint32_t count, unsigned many) {
  uint8_t *queries = __real_malloc((size_t)many * KW_HASH_BYTES);
  fill_random(queries, (size_t)many * KW_HASH_BYTES);
  for (unsigned q = 0; count && q < many; q++) {
    if (q % 4 == 3) continue;
    memcpy(queries + q * KW_HASH_BYTES, hashes + noise() % count * KW_HASH_BYTES, KW_HASH_BYTES);
    flip_bits(queries + q * KW_HASH_BYTES, q % 37);
  }
  return queries;
}

static void test_every_layout_and_machine_equals_the_plain_scan(void) {
  static const uint32_t sizes[] = {0, 1, 2, 65, 4000};
  static const unsigned radii[] = {31, 0, 11, 15, 16, 24, 256};
  for (int kind = 0; kind < KINDS; kind++)
    for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++) {
      uint8_t *hashes = made(kind, sizes[s]), *queries = asked(hashes, sizes[s], 16);
      for (int layout = 0; layout < KW_LAYOUTS; layout++) {
        memory_file file = built(hashes, sizes[s], layout);
        for (int machine = 0; machine < KW_MACHINES; machine++) {
          kw_index *index;
          if (!kw_machine_available(machine)) continue;
          CHECK(kw_index_open(file.bytes, file.size, machine, &index) == KW_INDEX_OK);
          CHECK(kw_index_verify(index) == KW_INDEX_OK);
          for (unsigned r = 0; r < sizeof radii / sizeof *radii; r++) compare(index, queries, 16, radii[r], 7);
          compare(index, queries, 16, 31, 100000);
          kw_index_close(index);
        }
        free(file.bytes);
      }
      free(hashes);
      free(queries);
    }
}

static void test_batches_large_enough_to_walk_the_file_equal_the_plain_scan(void) {
  for (int kind = 0; kind < KINDS; kind++)
    for (int layout = KW_LAYOUT_LINES; layout <= KW_LAYOUT_RUNS; layout++) {
      uint8_t *hashes = made(kind, 3000), *queries = asked(hashes, 3000, 1600);
      memory_file file = built(hashes, 800, layout);
      for (int machine = 0; machine < KW_MACHINES; machine++) {
        kw_index *index;
        if (!kw_machine_available(machine)) continue;
        CHECK(kw_index_open(file.bytes, file.size, machine, &index) == KW_INDEX_OK);
        compare(index, queries, 1600, 31, 50);
        compare(index, queries, 1600, 12, 50);
        kw_index_close(index);
      }
      free(file.bytes);
      free(hashes);
      free(queries);
    }
}

/* --- additions and withdrawals -------------------------------------------------------------------------------------- */

static void test_adds_and_withdrawals_in_any_order_equal_the_plain_scan(void) {
  for (int kind = 0; kind < KINDS; kind++)
    for (int machine = 0; machine < KW_MACHINES; machine++) {
      uint8_t *hashes = made(kind, 2500), *queries = asked(hashes, 2500, 12);
      memory_file file = built(hashes, 1000, KW_LAYOUT_OCTETS);
      kw_index *index;
      uint64_t slot, again;
      if (!kw_machine_available(machine)) {
        free(file.bytes), free(hashes), free(queries);
        continue;
      }
      CHECK(kw_index_open(file.bytes, file.size, machine, &index) == KW_INDEX_OK);
      for (uint32_t i = 500; i < 2500; i++) {
        CHECK(kw_index_add(index, hashes + (size_t)i * KW_HASH_BYTES, &slot) == KW_INDEX_OK);
        CHECK(memcmp(kw_index_hash(index, slot), hashes + (size_t)i * KW_HASH_BYTES, KW_HASH_BYTES) == 0);
        if (i % 3 == 0) CHECK(kw_index_withdraw(index, noise() % (slot + 1)) == KW_INDEX_OK);
        if (i % 7 == 0) CHECK(kw_index_restore(index, noise() % (slot + 1)) == KW_INDEX_OK);
        if (i == 520 || i == 1100 || i == 2000) compare(index, queries, 12, 31, 100);
      }
      compare(index, queries, 12, 31, 100000);
      compare(index, queries, 12, 200, 10);
      CHECK(kw_index_withdraw(index, slot) == KW_INDEX_OK && kw_index_is_withdrawn(index, slot));
      CHECK(kw_index_add(index, kw_index_hash(index, slot), &again) == KW_INDEX_OK);
      CHECK(again == slot && !kw_index_is_withdrawn(index, slot));
      CHECK(kw_index_slot_of(index, kw_index_hash(index, slot)) == (int64_t)slot);
      slot = kw_index_base(index) + kw_index_delta(index);
      CHECK(kw_index_withdraw(index, slot) == KW_INDEX_NO_SLOT && kw_index_restore(index, slot) == KW_INDEX_NO_SLOT);
      CHECK(kw_index_hash(index, slot) == NULL && !kw_index_is_withdrawn(index, slot));
      kw_index_close(index);
      free(file.bytes), free(hashes), free(queries);
    }
}

/* --- the file ------------------------------------------------------------------------------------------------------- */

static void test_the_same_set_gives_the_same_bytes(void) {
  uint8_t *hashes = made(CLUSTERED, 2000), *mixed = __real_malloc(2500 * KW_HASH_BYTES);
  for (uint32_t i = 0; i < 2000; i++) memcpy(mixed + (1999 - i) * KW_HASH_BYTES, hashes + i * KW_HASH_BYTES, KW_HASH_BYTES);
  memcpy(mixed + 2000 * KW_HASH_BYTES, hashes + 300 * KW_HASH_BYTES, 500 * KW_HASH_BYTES);
  for (int layout = KW_LAYOUT_BY_SIZE; layout < KW_LAYOUTS; layout++) {
    memory_file one = built(hashes, 2000, layout), other = built(mixed, 2500, layout);
    CHECK(one.size == other.size && memcmp(one.bytes, other.bytes, one.size) == 0);
    free(one.bytes), free(other.bytes);
  }
  free(hashes), free(mixed);
}

static void use(const memory_file *file, const uint8_t *queries) {
  for (int machine = 0; machine < KW_MACHINES; machine++) {
    kw_index *index;
    kw_answers answers;
    if (!kw_machine_available(machine)) continue;
    if (kw_index_open(file->bytes, file->size, machine, &index) != KW_INDEX_OK) return;
    checks++;
    (void)kw_index_verify(index);
    (void)kw_index_slot_of(index, queries);
    for (unsigned q = 0; q < 12; q++) {
      kw_matches matches = {NULL, 0, 0, 20, 0};
      (void)kw_index_search(index, queries + q * KW_HASH_BYTES, q % 2 ? 31 : 9, &matches);
      for (size_t m = 0; m < matches.count; m++) CHECK(kw_index_hash(index, (uint32_t)matches.keys[m]) != NULL);
      kw_matches_free(&matches);
    }
    CHECK(kw_index_search_many(index, queries, 1600, 31, 5, &answers) == KW_INDEX_OK);
    kw_answers_free(&answers);
    kw_index_close(index);
  }
}

static void sign_header(uint8_t *image) {
  kw_header header;
  kw_checksum sum;
  memcpy(&header, image, sizeof header);
  header.checksum = 0;
  kw_checksum_start(&sum);
  kw_checksum_add(&sum, (const uint8_t *)&header, sizeof header);
  header.checksum = kw_checksum_end(&sum);
  memcpy(image, &header, sizeof header);
}

/* Overwrite some numbers of a section with extreme ones. */
static void spoil(memory_file *file, unsigned section, unsigned times) {
  static const uint32_t extremes[] = {0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFC0, 63, 0xFFFFFFFE};
  kw_header header;
  memcpy(&header, file->bytes, sizeof header);
  for (unsigned i = 0; i < times; i++) {
    uint32_t value = noise() % 3 ? extremes[noise() % 8] : (uint32_t)noise();
    uint64_t at = noise() % (header.sections[section].size / 4) * 4;
    memcpy(file->bytes + header.sections[section].offset + at, &value, sizeof value);
  }
}

static void test_damaged_sections_never_lead_out_of_the_file(void) {
  for (int layout = 0; layout < KW_LAYOUTS; layout++)
    for (int kind = 0; kind < KINDS; kind++) {
      uint8_t *hashes = made(kind, 600), *queries = asked(hashes, 600, 1600);
      memory_file file = built(hashes, 600, layout);
      for (unsigned section = 0; section < KW_SECTIONS; section++) {
        kw_header header;
        kw_index *index;
        memcpy(&header, file.bytes, sizeof header);
        if (header.sections[section].size == 0) continue;
        uint8_t *kept = __real_malloc(header.sections[section].size);
        memcpy(kept, file.bytes + header.sections[section].offset, header.sections[section].size);
        spoil(&file, section, 20000);
        use(&file, queries);
        CHECK(kw_index_open(file.bytes, file.size, KW_PORTABLE, &index) == KW_INDEX_OK);
        CHECK(kw_index_verify(index) == KW_INDEX_DAMAGED);
        kw_index_close(index);
        memcpy(file.bytes + header.sections[section].offset, kept, header.sections[section].size);
        free(kept);
      }
      free(file.bytes), free(hashes), free(queries);
    }
}

static void test_damaged_headers_are_refused_or_harmless(void) {
  uint8_t *hashes = made(CROWDED, 400), *queries = asked(hashes, 400, 1600);
  for (int layout = 0; layout < KW_LAYOUTS; layout++) {
    memory_file file = built(hashes, 400, layout);
    uint8_t kept[sizeof(kw_header)];
    kw_index *index;
    memcpy(kept, file.bytes, sizeof kept);
    for (unsigned at = 0; at < sizeof kept; at++) {
      file.bytes[at] ^= 1;
      CHECK(kw_index_open(file.bytes, file.size, KW_PORTABLE, &index) != KW_INDEX_OK);
      memcpy(file.bytes, kept, sizeof kept);
    }
    /* With a header checksum that fits, what contradicts itself must still be noticed. */
    for (unsigned i = 0; i < 3000; i++) {
      uint64_t value = noise() >> noise() % 64;
      unsigned at = 8 + (unsigned)(noise() % (sizeof kept - 16));
      memcpy(file.bytes + at, &value, 1u << noise() % 4);
      sign_header(file.bytes);
      if (i % 500 == 0) use(&file, queries);
      else if (kw_index_open(file.bytes, file.size, KW_PORTABLE, &index) == KW_INDEX_OK) kw_index_close(index);
      memcpy(file.bytes, kept, sizeof kept);
    }
    for (uint64_t size = 0; size < file.size; size += size < 200 ? 1 : 1 + size / 3) {
      memory_file shorter = {__real_aligned_alloc(64, (size + 64) / 64 * 64), size, size, -1, -1};
      memcpy(shorter.bytes, file.bytes, size);
      CHECK(kw_index_open(shorter.bytes, size, KW_PORTABLE, &index) != KW_INDEX_OK);
      free(shorter.bytes);
    }
    free(file.bytes);
  }
  free(hashes), free(queries);
}

/* --- what can fail --------------------------------------------------------------------------------------------------- */

static void test_failing_writers_and_stopped_builds_are_reported(void) {
  uint8_t *hashes = made(UNIFORM, 300);
  uint64_t unique;
  for (int layout = 0; layout < KW_LAYOUTS; layout++)
    for (int left = 0; left < 4; left++) {
      memory_file broken = {NULL, 0, 0, left, -1}, stopped = {NULL, 0, 0, -1, left};
      kw_index_status status = build(&broken, hashes, 300, layout, &unique);
      CHECK(status == KW_INDEX_NOT_WRITTEN || (layout == KW_LAYOUT_PLAIN && left == 3));
      status = build(&stopped, hashes, 300, layout, &unique);
      CHECK(status == KW_INDEX_STOPPED || (layout == KW_LAYOUT_PLAIN && left >= 2));
      free(broken.bytes), free(stopped.bytes);
    }
  free(hashes);
}

static void test_empty_memory_is_reported_wherever_it_strikes(void) {
  uint8_t *hashes = made(CROWDED, 800), *queries = asked(hashes, 800, 1600);
  for (int layout = 0; layout < KW_LAYOUTS; layout++) {
    memory_file file = {NULL, 0, 0, -1, -1};
    kw_index *index = NULL;
    kw_index_status status;
    kw_answers answers;
    uint64_t unique, slot;
    unsigned failed = 0;
    for (int left = 0; left < 16; left++) {
      memory_left = left;
      status = build(&file, hashes, 800, layout, &unique);
      memory_left = -1;
      CHECK(status == KW_INDEX_OK || status == KW_INDEX_NO_MEMORY);
      failed += status != KW_INDEX_OK;
      free(file.bytes);
    }
    CHECK(failed >= 3);
    file = built(hashes, 800, layout);
    memory_left = 0;
    CHECK(kw_index_open(file.bytes, file.size, KW_PORTABLE, &index) == KW_INDEX_NO_MEMORY);
    memory_left = -1;
    CHECK(kw_index_open(file.bytes, file.size, KW_PORTABLE, &index) == KW_INDEX_OK);
    memory_left = 0;
    CHECK(kw_index_withdraw(index, 5) == KW_INDEX_NO_MEMORY);
    for (int left = 0; left < 12; left++) {
      memory_left = left;
      status = kw_index_search_many(index, queries, 1600, 31, 100, &answers);
      memory_left = -1;
      CHECK(status == KW_INDEX_OK || status == KW_INDEX_NO_MEMORY);
      kw_answers_free(&answers);
    }
    for (unsigned i = 0; i < 300; i++) {
      memory_left = (int)(i % 70);
      status = kw_index_add(index, queries + i * KW_HASH_BYTES, &slot);
      memory_left = -1;
      CHECK(status == KW_INDEX_OK || status == KW_INDEX_NO_MEMORY);
      if (status != KW_INDEX_OK) CHECK(kw_index_slot_of(index, queries + i * KW_HASH_BYTES) == -1);
    }
    compare(index, queries, 24, 31, 100);
    kw_index_close(index);
    free(file.bytes);
  }
  free(hashes), free(queries);
}

static void run(const char *name, void (*test)(void)) {
  clock_t start = clock();
  test();
  printf("%6.2f s  %s\n", (double)(clock() - start) / CLOCKS_PER_SEC, name);
}
#define RUN(test) run(#test, test)

int main(void) {
  RUN(test_every_layout_and_machine_equals_the_plain_scan);
  RUN(test_batches_large_enough_to_walk_the_file_equal_the_plain_scan);
  RUN(test_adds_and_withdrawals_in_any_order_equal_the_plain_scan);
  RUN(test_the_same_set_gives_the_same_bytes);
  RUN(test_damaged_sections_never_lead_out_of_the_file);
  RUN(test_damaged_headers_are_refused_or_harmless);
  RUN(test_failing_writers_and_stopped_builds_are_reported);
  RUN(test_empty_memory_is_reported_wherever_it_strikes);
  for (int machine = 0; machine < KW_MACHINES; machine++)
    if (!kw_machine_available(machine)) printf("not tested here: %s\n", kw_machine_name(machine));
  printf("index: %d checks, %d failures\n", checks, failures);
  return failures != 0;
}
