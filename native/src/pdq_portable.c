/* The plain C path: the one to read, and the one WebAssembly gets. */
#include "pdq_plain.h"
#include "pdq_finish.h"

static void transform(double luma[64 * 64], double coefficients[256]) {
  kw_transform(luma, coefficients, kw_plain_rows);
}

const kw_pdq_path kw_pdq_portable = {kw_plain_vertical, kw_plain_horizontal, kw_quality, transform};
