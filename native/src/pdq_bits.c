/* From coefficients to the bits of all views. */
#include <string.h>

#include "pdq_path.h"

/* The 128th smallest of 256, by Hoare's selection; this is the lower median that the reference finds. */
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

/* Turning a picture turns the signs of even rows, even columns or both, and may transpose. Two views share each of the
 * four patterns of signs, and with it the median. */
typedef struct {
  double rows, columns; /* sign of even vertical and of even horizontal positions */
  int plain, transposed; /* which views have it; see kw_pdq_hash for their order */
} pattern;

static const pattern patterns[4] = {{1, 1, 0, 6}, {1, -1, 5, 1}, {-1, -1, 2, 7}, {-1, 1, 4, 3}};

/* Bit 0 is the last bit of the last byte. */
static void pack(const double values[256], double median, uint8_t out[KW_PDQ_BYTES]) {
  for (int byte = 0; byte < KW_PDQ_BYTES; byte++) {
    const double *v = values + 8 * (KW_PDQ_BYTES - 1 - byte);
    unsigned bits = 0;
    for (int k = 0; k < 8; k++) bits |= (unsigned)(v[k] > median) << k;
    out[byte] = (uint8_t)bits;
  }
}

static void transpose(double values[256]) {
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < i; j++) {
      double t = values[16 * i + j];
      values[16 * i + j] = values[16 * j + i];
      values[16 * j + i] = t;
    }
}

void kw_pdq_bits(const double coefficients[256], int count, uint8_t out[KW_PDQ_VIEWS][KW_PDQ_BYTES]) {
  for (int n = 0; n < 4; n++) {
    const pattern *p = &patterns[n];
    double turned[256];
    if (p->plain >= count && p->transposed >= count) continue;
    for (int k = 0; k < 256; k++)
      turned[k] = (k & 16 ? 1 : p->rows) * (k & 1 ? 1 : p->columns) * coefficients[k];
    double median = lower_median(turned);
    if (p->plain < count) pack(turned, median, out[p->plain]);
    if (p->transposed >= count) continue;
    transpose(turned);
    pack(turned, median, out[p->transposed]);
  }
}
