/* PDQ from pixels to bits. */
#include "kindward_pdq.h"

#include <stdlib.h>
#include <string.h>

#include "pdq_path.h"

#if defined(__x86_64__)
#define KW_HAS_X86_PATHS 1
#endif

static const kw_pdq_path *path_of(kw_machine machine) {
  if (!kw_machine_available(machine)) return NULL;
  switch (machine) {
    case KW_PORTABLE: return &kw_pdq_portable;
#ifdef KW_HAS_X86_PATHS
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

/* Everything of one call lives in one allocation: the weights per value, as integers and as doubles, and a line. */
static void *spread(kw_columns *columns, const kw_axis *axis, uint32_t channels, size_t line, int reals,
                    uint32_t **sums) {
  size_t values = 0;
  for (uint32_t j = 0; j < axis->used; j++) values += axis->taps[j].count * channels + KW_LANES;
  size_t line_bytes = sizeof(uint32_t) * (line + KW_LANES);
  line_bytes = (line_bytes + 63) / 64 * 64;
  char *memory = calloc(1, line_bytes + values * (sizeof(double) + sizeof(uint32_t)));
  if (!memory) return NULL;
  *sums = (uint32_t *)memory;
  double *real = (double *)(memory + line_bytes);
  uint32_t *whole = (uint32_t *)(real + values);
  columns->used = axis->used;
  for (uint32_t j = 0; j < axis->used; j++) {
    const kw_taps *taps = &axis->taps[j];
    columns->first[j] = taps->first * channels;
    columns->count[j] = taps->count * channels;
    columns->weights[j] = whole;
    columns->reals[j] = reals ? real : NULL;
    for (uint32_t k = 0; k < taps->count * channels; k++) {
      whole[k] = taps->weights[k / channels] * (channels == 3 ? luma_weights[k % 3] : 1);
      real[k] = (double)whole[k];
    }
    whole += columns->count[j] + KW_LANES;
    real += columns->count[j] + KW_LANES;
  }
  return memory;
}

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
                            double luma[64 * 64]) {
  double sums[KW_TAPS][KW_TAPS];
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
    path->horizontal(line, &spread_columns, sums[i]);
  }
  free(memory);
  join(sums, rows, columns, unit, luma);
  return KW_PDQ_OK;
}

static kw_pdq_status luma64(const kw_picture *p, const kw_pdq_path *path, double luma[64 * 64]) {
  uint32_t eighths = eighths_of(p);
  kw_axis rows = {.memory = NULL}, columns = {.memory = NULL};
  kw_pdq_status status = plan(&rows, p->full_height, eighths, p->height);
  if (status == KW_PDQ_OK) status = plan(&columns, p->full_width, eighths, p->width);
  if (status == KW_PDQ_OK) status = sample(p, path, &rows, &columns, luma);
  kw_axis_free(&rows);
  kw_axis_free(&columns);
  return status;
}

kw_pdq_status kw_pdq_luma64(const kw_picture *picture, kw_machine machine, double luma[64 * 64]) {
  memset(luma, 0, sizeof(double) * 64 * 64);
  const kw_pdq_path *path = path_of(machine);
  if (!path) return KW_PDQ_BAD_MACHINE;
  kw_pdq_status status = check(picture);
  if (status != KW_PDQ_OK || too_small(picture)) return status;
  return luma64(picture, path, luma);
}

/* Gradients between neighbours in whole hundredths of the range; single precision and truncation as the reference. */
static int step(float u, float v) {
  int d = (int)((u - v) * 100.0f / 255.0f);
  return d < 0 ? -d : d;
}

static int quality_of(const double luma[64 * 64]) {
  float a[64 * 64];
  int sum = 0;
  for (int k = 0; k < 64 * 64; k++) a[k] = (float)luma[k];
  for (int i = 0; i < 63; i++)
    for (int j = 0; j < 64; j++) sum += step(a[64 * i + j], a[64 * i + 64 + j]);
  for (int i = 0; i < 64; i++)
    for (int j = 0; j < 63; j++) sum += step(a[64 * i + j], a[64 * i + j + 1]);
  sum /= 90;
  return sum > 100 ? 100 : sum;
}

/* The 128th smallest of 256, by Hoare's selection; this is the lower median that Torben's method gives. */
static double lower_median(const double values[256]) {
  double v[256];
  int low = 0, high = 255;
  const int want = 127;
  memcpy(v, values, sizeof v);
  while (low < high) {
    double pivot = v[(low + high) / 2];
    int i = low, j = high;
    while (i <= j) {
      while (v[i] < pivot) i++;
      while (v[j] > pivot) j--;
      if (i <= j) {
        double t = v[i];
        v[i++] = v[j];
        v[j--] = t;
      }
    }
    if (want <= j) high = j;
    else if (want >= i) low = i;
    else break;
  }
  return v[want];
}

/* A view is the coefficients with the sign of odd rows, odd columns or both turned, transposed or not. */
typedef struct {
  int rows, columns; /* sign of even vertical and of even horizontal positions */
  int transposed;
} view;

static const view views_in_order[KW_PDQ_VIEWS] = {
    {1, 1, 0},   /* original */
    {1, -1, 1},  /* rotated by 90 degrees */
    {-1, -1, 0}, /* rotated by 180 degrees */
    {-1, 1, 1},  /* rotated by 270 degrees */
    {-1, 1, 0},  /* top-bottom flip */
    {1, -1, 0},  /* left-right mirror */
    {1, 1, 1},   /* transpose */
    {-1, -1, 1}, /* anti-transpose */
};

/* Four patterns of signs, each with its own median; a transpose has the median of its untransposed pattern. */
static void bits(const double coefficients[256], int count, uint8_t out[KW_PDQ_VIEWS][KW_PDQ_BYTES]) {
  double turned[256];
  memset(out, 0, (size_t)KW_PDQ_VIEWS * KW_PDQ_BYTES);
  for (int first = 0; first < count; first++) {
    const view *v = &views_in_order[first];
    int known = 0;
    for (int k = 0; k < first; k++)
      known |= views_in_order[k].rows == v->rows && views_in_order[k].columns == v->columns;
    if (known) continue;
    for (int k = 0; k < 256; k++) {
      int sign = (k & 16 ? 1 : v->rows) * (k & 1 ? 1 : v->columns);
      turned[k] = sign * coefficients[k];
    }
    double median = lower_median(turned);
    for (int n = first; n < count; n++) {
      if (views_in_order[n].rows != v->rows || views_in_order[n].columns != v->columns) continue;
      for (int k = 0; k < 256; k++) {
        int at = views_in_order[n].transposed ? (k % 16) * 16 + k / 16 : k;
        out[n][31 - at / 8] |= (uint8_t)((turned[k] > median) << (at % 8));
      }
    }
  }
}

kw_pdq_status kw_pdq_hash(const kw_picture *picture, kw_machine machine, int views, kw_pdq *out) {
  double luma[64 * 64];
  memset(out, 0, sizeof *out);
  const kw_pdq_path *path = path_of(machine);
  if (!path) return KW_PDQ_BAD_MACHINE;
  kw_pdq_status status = check(picture);
  if (status != KW_PDQ_OK || too_small(picture)) return status;
  status = luma64(picture, path, luma);
  if (status != KW_PDQ_OK) return status;
  out->quality = quality_of(luma);
  path->transform(luma, out->coefficients);
  bits(out->coefficients, views < 1 ? 1 : views > KW_PDQ_VIEWS ? KW_PDQ_VIEWS : views, out->views);
  return KW_PDQ_OK;
}
