/* Tests of the PDQ core without Python: paths agree, edges of memory are kept, wrong input and empty memory are
 * refused. Run by ctest, also under AddressSanitizer and valgrind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kindward_pdq.h"

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

static int refused(void) { return memory_left >= 0 && memory_left-- == 0; }
void *__wrap_malloc(size_t size) { return refused() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return refused() ? NULL : __real_calloc(count, size); }

/* A picture with structure that every language can draw; tests/kernel/test_pdq_known.py draws the same. */
static uint8_t drawn(uint32_t y, uint32_t x, uint32_t c) {
  return (uint8_t)(y * 7 / 5 + x * 3 / 4 + c * 50 + ((x / 23) ^ (y / 19)) * 37);
}

static uint8_t noise(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return (uint8_t)(*state >> 24);
}

static uint32_t part(uint32_t side, uint32_t eighths) { return (side * eighths + 7) / 8; }

/* Exactly as many bytes as the picture has, so that a reader beyond its end is caught. */
static kw_picture made(uint32_t full_height, uint32_t full_width, uint32_t eighths, uint32_t channels, size_t gap) {
  kw_picture p = {NULL, 0, part(full_height, eighths), part(full_width, eighths), full_height, full_width, channels};
  size_t row = (size_t)p.width * channels;
  p.row_stride = row + gap;
  p.pixels = __real_malloc(p.row_stride * (p.height - 1) + row);
  return p;
}

static void fill_noise(const kw_picture *p, uint32_t seed) {
  uint8_t *pixels = (uint8_t *)p->pixels;
  for (uint32_t y = 0; y < p->height; y++)
    for (size_t x = 0; x < (size_t)p->width * p->channels; x++) pixels[p->row_stride * y + x] = noise(&seed);
}

static void fill_drawn(const kw_picture *p) {
  uint8_t *pixels = (uint8_t *)p->pixels;
  for (uint32_t y = 0; y < p->height; y++)
    for (uint32_t x = 0; x < p->width; x++)
      for (uint32_t c = 0; c < p->channels; c++)
        pixels[p->row_stride * y + (size_t)x * p->channels + c] = drawn(y, x, c);
}

static void every_path_agrees(const kw_picture *p) {
  kw_pdq plain, other;
  CHECK(kw_pdq_hash(p, KW_PORTABLE, 8, &plain) == KW_PDQ_OK);
  for (int m = 1; m < KW_MACHINES; m++) {
    if (!kw_machine_available(m)) continue;
    CHECK(kw_pdq_hash(p, (kw_machine)m, 8, &other) == KW_PDQ_OK);
    CHECK(memcmp(plain.coefficients, other.coefficients, sizeof plain.coefficients) == 0);
    CHECK(memcmp(plain.views, other.views, sizeof plain.views) == 0);
    CHECK(plain.quality == other.quality);
  }
}

static void all_paths_agree_on_noise_of_many_sizes(void) {
  static const uint32_t sides[] = {5, 7, 21, 22, 63, 64, 65, 127, 128, 129, 256, 257, 300, 513};
  const uint32_t count = sizeof sides / sizeof *sides;
  for (uint32_t a = 0; a < count; a++)
    for (uint32_t b = 0; b < count; b++) {
      kw_picture p = made(sides[a], sides[b], 8 - (a + b) % 8, b & 1 ? 3 : 1, a % 5);
      fill_noise(&p, a * 100 + b);
      every_path_agrees(&p);
      free((void *)p.pixels);
    }
}

static void all_paths_agree_on_the_longest_sides(void) {
  static const uint32_t sizes[][3] = {{65535, 5, 8}, {6, 65535, 8}, {17000, 130, 8}, {9000, 2100, 3}, {131, 16300, 7}};
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
    for (uint32_t channels = 1; channels <= 3; channels += 2) {
      kw_picture p = made(sizes[k][0], sizes[k][1], sizes[k][2], channels, 1);
      fill_noise(&p, (uint32_t)k);
      every_path_agrees(&p);
      free((void *)p.pixels);
    }
}

static void sums_beyond_fifty_three_bits_are_rounded_alike(void) {
  double luma[64 * 64];
  kw_picture p = made(65535, 65535, 1, 3, 0);
  memset((void *)p.pixels, 201, p.row_stride * p.height);
  for (int m = 0; m < KW_MACHINES; m++) {
    if (!kw_machine_available(m)) continue;
    CHECK(kw_pdq_luma64(&p, (kw_machine)m, luma) == KW_PDQ_OK);
    for (int k = 0; k < 64 * 64; k++) CHECK(luma[k] > 201 - 1e-9 && luma[k] < 201 + 1e-9);
  }
  uint32_t seed = 1;
  for (size_t k = 0; k < p.row_stride * p.height; k++) ((uint8_t *)p.pixels)[k] = noise(&seed) | 0xc0;
  every_path_agrees(&p);
  free((void *)p.pixels);
}

static void a_flat_picture_is_exactly_its_grey(void) {
  double luma[64 * 64];
  for (uint32_t side = 5; side < 700; side += 31) {
    kw_picture p = made(side, 700 - side, 8, side & 1 ? 3 : 1, 0);
    memset((void *)p.pixels, 77, p.row_stride * p.height);
    CHECK(kw_pdq_luma64(&p, kw_machine_best(), luma) == KW_PDQ_OK);
    for (int k = 0; k < 64 * 64; k++) CHECK(luma[k] == 77.0);
    free((void *)p.pixels);
  }
}

/* Windows of 16 and 64 rows are the last whose sums fit 16 and whose products fit 15 bits. */
static void white_does_not_overflow_at_any_window(void) {
  static const uint32_t heights[] = {1920, 2048, 2049, 2176, 4096, 8192, 8193, 8320, 16256, 16257, 16385, 32768};
  double luma[64 * 64];
  for (size_t a = 0; a < sizeof heights / sizeof *heights; a++) {
    kw_picture p = made(heights[a], 70, 8, 1, 0);
    memset((void *)p.pixels, 255, p.row_stride * p.height);
    for (int m = 0; m < KW_MACHINES; m++) {
      if (!kw_machine_available(m)) continue;
      CHECK(kw_pdq_luma64(&p, (kw_machine)m, luma) == KW_PDQ_OK);
      for (int k = 0; k < 64 * 64; k++) CHECK(luma[k] == 255.0);
    }
    free((void *)p.pixels);
  }
}

static void known_pictures_have_known_hashes(void) {
  static const struct {
    uint32_t height, width, channels;
    int quality;
    const char *hash;
  } known[] = {
#include "pdq_known.h"
  };
  for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
    kw_picture p = made(known[k].height, known[k].width, 8, known[k].channels, 0);
    kw_pdq out;
    char hexadecimal[65];
    fill_drawn(&p);
    CHECK(kw_pdq_hash(&p, kw_machine_best(), 8, &out) == KW_PDQ_OK);
    for (int i = 0; i < 32; i++) snprintf(hexadecimal + 2 * i, 3, "%02x", out.views[0][i]);
    CHECK(strcmp(known[k].hash, hexadecimal) == 0);
    CHECK(known[k].quality == out.quality);
    free((void *)p.pixels);
  }
}

static void fewer_views_are_the_first_views(void) {
  kw_picture p = made(200, 300, 8, 3, 0);
  kw_pdq all, some;
  static const uint8_t none[KW_PDQ_BYTES];
  fill_drawn(&p);
  CHECK(kw_pdq_hash(&p, kw_machine_best(), 8, &all) == KW_PDQ_OK);
  for (int views = 1; views <= 8; views++) {
    CHECK(kw_pdq_hash(&p, kw_machine_best(), views, &some) == KW_PDQ_OK);
    for (int k = 0; k < 8; k++)
      CHECK(memcmp(k < views ? all.views[k] : none, some.views[k], KW_PDQ_BYTES) == 0);
  }
  free((void *)p.pixels);
}

static void a_picture_under_five_pixels_has_the_zero_hash(void) {
  kw_picture p = made(4, 300, 8, 1, 0);
  kw_pdq out, zero;
  memset(&zero, 0, sizeof zero);
  fill_noise(&p, 1);
  CHECK(kw_pdq_hash(&p, kw_machine_best(), 8, &out) == KW_PDQ_OK);
  CHECK(memcmp(zero.views, out.views, sizeof zero.views) == 0 && out.quality == 0);
  free((void *)p.pixels);
}

static void what_cannot_be_a_picture_is_refused(void) {
  kw_pdq out;
  kw_picture good = made(40, 50, 8, 1, 0), p;
  fill_noise(&good, 1);
  p = good, p.height = 0;
  CHECK(kw_pdq_hash(&p, KW_PORTABLE, 8, &out) == KW_PDQ_BAD_SIZE);
  p = good, p.full_width = 65536;
  CHECK(kw_pdq_hash(&p, KW_PORTABLE, 8, &out) == KW_PDQ_BAD_SIZE);
  p = good, p.row_stride = 49;
  CHECK(kw_pdq_hash(&p, KW_PORTABLE, 8, &out) == KW_PDQ_BAD_SIZE);
  p = good, p.full_height = 60;
  CHECK(kw_pdq_hash(&p, KW_PORTABLE, 8, &out) == KW_PDQ_BAD_SCALE);
  p = good, p.channels = 4;
  CHECK(kw_pdq_hash(&p, KW_PORTABLE, 8, &out) == KW_PDQ_BAD_CHANNELS);
  CHECK(kw_pdq_hash(&good, (kw_machine)99, 8, &out) == KW_PDQ_BAD_MACHINE);
  free((void *)good.pixels);
}

static void a_refused_allocation_is_reported_and_nothing_leaks(void) {
  kw_picture p = made(300, 200, 8, 3, 0);
  kw_pdq out;
  int refusals = 0;
  fill_noise(&p, 5);
  for (int n = 0; n < 20; n++) {
    memory_left = n;
    kw_pdq_status status = kw_pdq_hash(&p, KW_PORTABLE, 8, &out);
    int happened = memory_left < 0;
    memory_left = -1;
    CHECK(status == (happened ? KW_PDQ_NO_MEMORY : KW_PDQ_OK));
    refusals += happened;
  }
  CHECK(refusals > 2 && refusals < 20);
  free((void *)p.pixels);
}

int main(void) {
  for (int m = 0; m < KW_MACHINES; m++)
    printf("%s: %s\n", kw_machine_name(m), kw_machine_available(m) ? "tested" : "skipped, this processor lacks it");
  known_pictures_have_known_hashes();
  all_paths_agree_on_noise_of_many_sizes();
  all_paths_agree_on_the_longest_sides();
  sums_beyond_fifty_three_bits_are_rounded_alike();
  a_flat_picture_is_exactly_its_grey();
  white_does_not_overflow_at_any_window();
  fewer_views_are_the_first_views();
  a_picture_under_five_pixels_has_the_zero_hash();
  what_cannot_be_a_picture_is_refused();
  a_refused_allocation_is_reported_and_nothing_leaks();
  printf("%d checks, %d failures\n", checks, failures);
  return failures ? 1 : 0;
}
