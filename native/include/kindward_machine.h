/* Which machine path the kernel takes. */
#ifndef KINDWARD_MACHINE_H
#define KINDWARD_MACHINE_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  KW_PORTABLE = 0, /* plain C11 */
  KW_AVX2 = 1,     /* x86-64 with AVX2 */
  KW_AVX512 = 2,   /* x86-64 with AVX-512 F, BW, VL and BITALG */
  KW_MACHINES = 3
} kw_machine;

/* "portable", "avx2" or "avx512"; NULL for anything else. */
const char *kw_machine_name(int machine);

/* 1 if this build has the path and this CPU can run it, else 0. KW_PORTABLE is always 1. */
int kw_machine_available(int machine);

/* The fastest available path. */
kw_machine kw_machine_best(void);

#ifdef __cplusplus
}
#endif
#endif
