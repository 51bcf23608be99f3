/* PDQ: 256 bits, quality and all eight views of a picture from one pass over its pixels.
 *
 * Definition: Meta, "PDQ & TMK + PDQF" (2019) and its C++ reference. A picture becomes luma, is blurred by two passes
 * of a box filter, sampled at 64x64, transformed by a 16x64 DCT on both sides, and each of the 256 coefficients is
 * compared with their median.
 *
 * Blur and sampling are linear and separable, and their weights are integers over a common denominator. They are summed
 * in exact integer arithmetic here, so that every machine path gives the same bits whatever its order of summation. */
#ifndef KINDWARD_PDQ_H
#define KINDWARD_PDQ_H

#include <stddef.h>
#include <stdint.h>

#include "kindward_machine.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  KW_PDQ_SIDE = 64,      /* side of the sampled luma */
  KW_PDQ_BYTES = 32,     /* bytes of a hash */
  KW_PDQ_VIEWS = 8,      /* four rotations and their mirrors */
  KW_PDQ_MIN_SIDE = 5,   /* below: zero hash, quality 0, as the reference */
  KW_PDQ_MAX_SIDE = 65535
};

typedef enum {
  KW_PDQ_OK = 0,
  KW_PDQ_NO_MEMORY = 1,
  KW_PDQ_BAD_SIZE = 2,    /* a side is 0 or above KW_PDQ_MAX_SIDE */
  KW_PDQ_BAD_SCALE = 3,   /* full size and size are not one of the scales 1/8 to 8/8 */
  KW_PDQ_BAD_CHANNELS = 4,
  KW_PDQ_BAD_MACHINE = 5  /* this CPU or build lacks the path */
} kw_pdq_status;

/* Pixels the caller keeps. A scaled decode names the size of the full picture; otherwise full equals height, width. */
typedef struct {
  const uint8_t *pixels;  /* top row first */
  size_t row_stride;      /* bytes from a row to the next, at least width * channels */
  uint32_t height, width;
  uint32_t full_height, full_width;
  uint32_t channels;      /* 1 luma, 3 RGB interleaved */
} kw_picture;

typedef struct {
  double coefficients[256];                   /* 16x16, vertical frequency first */
  uint8_t views[KW_PDQ_VIEWS][KW_PDQ_BYTES];  /* most significant bit first, as the standard hexadecimal form */
  int quality;                                /* 0 to 100 */
} kw_pdq;

/* Blur and sample to 64x64 luma, 0.0 to 255.0; row-major. Needs KW_PDQ_MIN_SIDE, else all zero. */
kw_pdq_status kw_pdq_luma64(const kw_picture *picture, kw_machine machine, double luma[64 * 64]);

/* Hash a picture. Order of views: original, rotated by 90, 180, 270 degrees, top-bottom flip, left-right mirror,
 * transpose, anti-transpose. Only the first `views` are written, the others are zero. */
kw_pdq_status kw_pdq_hash(const kw_picture *picture, kw_machine machine, int views, kw_pdq *out);

#ifdef __cplusplus
}
#endif
#endif
