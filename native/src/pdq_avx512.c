/* The AVX-512 path. */
#include "pdq_plain.h"
#include "pdq_transform.h"

const kw_pdq_path kw_pdq_avx512 = {kw_plain_vertical, kw_plain_horizontal, kw_transform};
