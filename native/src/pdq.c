/* PDQ from pixels to bits. */
#include "kindward_pdq.h"

#include <stdlib.h>
#include <string.h>

#include "pdq_path.h"

static const kw_pdq_path *path_of(kw_machine machine) {
  if (!kw_machine_available(machine)) return NULL;
  switch (machine) {
    case KW_PORTABLE: return &kw_pdq_portable;
#if defined(__x86_64__)
    case KW_AVX2: return &kw_pdq_avx2;
    case KW_AVX512: return &kw_pdq_avx512;
#endif
    default: return NULL;
  }
}

static uint32_t scaled(uint32_t full, uint32_t eighths) { return (uint32_t)(((uint64_t)full * eighths + 7) / 8); }

/* The scale of libjpeg's reduced decodes: side = ceil(full * eighths / 8). 0 if none fits both sides. */
static uint32_t eighths_of(const kw_picture *p) {
  for (uint32_t k = 8; k > 0; k--)
    if (scaled(p->full_height, k) == p->height && scaled(p->full_width, k) == p->width) return k;
  return 0;
}

static kw_pdq_status check(const kw_picture *p) {
  if (!p->height || !p->width || !p->full_height || !p->full_width) return KW_PDQ_BAD_SIZE;
  if (p->full_height > KW_PDQ_MAX_SIDE || p->full_width > KW_PDQ_MAX_SIDE) return KW_PDQ_BAD_SIZE;
  if (p->channels != 1 && p->channels != 3) return KW_PDQ_BAD_CHANNELS;
  if (!eighths_of(p)) return KW_PDQ_BAD_SCALE;
  if (p->row_stride < (size_t)p->width * p->channels) return KW_PDQ_BAD_SIZE;
  return KW_PDQ_OK;
}

static int too_small(const kw_picture *p) {
  return p->full_height < KW_PDQ_MIN_SIDE || p->full_width < KW_PDQ_MIN_SIDE;
}

static kw_pdq_status plan(kw_axis *axis, uint32_t full, uint32_t eighths, uint32_t lines) {
  uint32_t common = eighths == 8 ? 8 : eighths % 4 == 0 ? 4 : eighths % 2 == 0 ? 2 : 1;
  return kw_axis_plan(axis, full, 8 / common, eighths / common, lines);
}

/* ITU-R BT.601 luma in thousandths, as the reference. */
static const uint32_t luma_weights[3] = {299, 587, 114};

static size_t padded(size_t values) { return (values + KW_LANES - 1) / KW_LANES * KW_LANES; }

/* Columns and the line they are applied to share one allocation; each column starts on a cache line of its own. */
static void *spread(kw_columns *columns, const kw_axis *axis, uint32_t channels, size_t width, int reals,
                    uint32_t **line) {
  size_t values = 0;
  for (uint32_t j = 0; j < axis->used; j++) values += padded((size_t)axis->taps[j].count * channels);
  void *memory =
      calloc(1, KW_CACHE_LINE + values * (sizeof(double) + sizeof(uint32_t)) + sizeof(uint32_t) * (width + KW_LANES));
  if (!memory) return NULL;
  double *real = (double *)(((uintptr_t)memory + KW_CACHE_LINE - 1) / KW_CACHE_LINE * KW_CACHE_LINE);
  uint32_t *whole = (uint32_t *)(real + values);
  *line = whole + values;
  columns->used = axis->used;
  for (uint32_t j = 0; j < axis->used; j++) {
    const kw_taps *taps = &axis->taps[j];
    columns->first[j] = taps->first * channels;
    columns->count[j] = taps->count * channels;
    columns->weights[j] = whole;
    columns->reals[j] = reals ? real : NULL;
    for (uint32_t k = 0; k < taps->count; k++)
      for (uint32_t c = 0; c < channels; c++)
        whole[channels * k + c] = taps->weights[k] * (channels == 3 ? luma_weights[c] : 1);
    for (uint32_t k = 0; k < columns->count[j]; k++) real[k] = (double)whole[k];
    whole += padded(columns->count[j]);
    real += padded(columns->count[j]);
  }
  return memory;
}

/* What one call needs besides its plan; on the heap, because stacks of threads and of WebAssembly can be small. */
typedef struct {
  double sums[KW_TAPS][KW_TAPS];
  double luma[64 * 64];
} kw_work;

/* The 64 or 65 integer sums of each axis become 64 samples; the last one joins its two filters. */
static void join(double sums[KW_TAPS][KW_TAPS], const kw_axis *rows, const kw_axis *columns, double unit,
                 double luma[64 * 64]) {
  const int last = KW_PDQ_SIDE - 1;
  if (columns->used == KW_TAPS)
    for (uint32_t i = 0; i < rows->used; i++)
      sums[i][last] = columns->last_inner * sums[i][last] + columns->last_outer * sums[i][last + 1];
  if (rows->used == KW_TAPS)
    for (int j = 0; j < KW_PDQ_SIDE; j++)
      sums[last][j] = rows->last_inner * sums[last][j] + rows->last_outer * sums[last + 1][j];
  for (int i = 0; i < KW_PDQ_SIDE; i++)
    for (int j = 0; j < KW_PDQ_SIDE; j++)
      luma[64 * i + j] = sums[i][j] / (rows->divisor[i] * columns->divisor[j] * unit);
}

static kw_pdq_status sample(const kw_picture *p, const kw_pdq_path *path, const kw_axis *rows, const kw_axis *columns,
                            kw_work *work) {
  double unit = p->channels == 3 ? 1000.0 : 1.0;
  double largest = 255.0 * unit * (double)rows->largest_sum * (double)columns->largest_sum;
  size_t width = (size_t)p->width * p->channels;
  kw_columns spread_columns;
  uint32_t *line;
  void *memory = spread(&spread_columns, columns, p->channels, width, largest < 9007199254740992.0, &line);
  if (!memory) return KW_PDQ_NO_MEMORY;
  for (uint32_t i = 0; i < rows->used; i++) {
    const kw_taps *taps = &rows->taps[i];
    path->vertical(p->pixels + p->row_stride * taps->first, p->row_stride, width, taps->weights, taps->count, line);
    path->horizontal(line, &spread_columns, work->sums[i]);
  }
  free(memory);
  join(work->sums, rows, columns, unit, work->luma);
  return KW_PDQ_OK;
}

static kw_pdq_status luma64(const kw_picture *p, const kw_pdq_path *path, kw_work *work) {
  uint32_t eighths = eighths_of(p);
  kw_axis rows = {.memory = NULL}, columns = {.memory = NULL};
  kw_pdq_status status = plan(&rows, p->full_height, eighths, p->height);
  if (status == KW_PDQ_OK) status = plan(&columns, p->full_width, eighths, p->width);
  if (status == KW_PDQ_OK) status = sample(p, path, &rows, &columns, work);
  kw_axis_free(&rows);
  kw_axis_free(&columns);
  return status;
}

/* Both public functions: sample into luma if it is wanted, hash into out if that is wanted. */
static kw_pdq_status run(const kw_picture *picture, kw_machine machine, int views, double *luma, kw_pdq *out) {
  const kw_pdq_path *path = path_of(machine);
  if (!path) return KW_PDQ_BAD_MACHINE;
  kw_pdq_status status = check(picture);
  if (status != KW_PDQ_OK || too_small(picture)) return status;
  kw_work *work = malloc(sizeof *work);
  if (!work) return KW_PDQ_NO_MEMORY;
  status = luma64(picture, path, work);
  if (status == KW_PDQ_OK && luma) memcpy(luma, work->luma, sizeof work->luma);
  if (status == KW_PDQ_OK && out) {
    out->quality = path->quality(work->luma);
    path->transform(work->luma, out->coefficients);
    kw_pdq_bits(out->coefficients, views, out->views);
  }
  free(work);
  return status;
}

kw_pdq_status kw_pdq_luma64(const kw_picture *picture, kw_machine machine, double luma[64 * 64]) {
  memset(luma, 0, sizeof(double) * 64 * 64);
  return run(picture, machine, 0, luma, NULL);
}

kw_pdq_status kw_pdq_hash(const kw_picture *picture, kw_machine machine, int views, kw_pdq *out) {
  memset(out, 0, sizeof *out);
  return run(picture, machine, views, NULL, out);
}
