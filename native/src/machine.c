#include "kindward_machine.h"

#include <stddef.h>

const char *kw_machine_name(int machine) {
  switch (machine) {
    case KW_PORTABLE: return "portable";
    case KW_AVX2: return "avx2";
    case KW_AVX512: return "avx512";
    default: return NULL;
  }
}

int kw_machine_available(int machine) {
  if (machine == KW_PORTABLE) return 1;
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
  __builtin_cpu_init();
  if (machine == KW_AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
  if (machine == KW_AVX512)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bitalg");
#endif
  return 0;
}

kw_machine kw_machine_best(void) {
  if (kw_machine_available(KW_AVX512)) return KW_AVX512;
  if (kw_machine_available(KW_AVX2)) return KW_AVX2;
  return KW_PORTABLE;
}
