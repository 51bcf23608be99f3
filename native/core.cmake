# One static library; a machine path is a translation unit of its own, chosen at run time.
add_library(kindward_core STATIC
  native/src/machine.c)
target_include_directories(kindward_core PUBLIC native/include PRIVATE native/src)

# PDQ.
target_sources(kindward_core PRIVATE
  native/src/pdq.c
  native/src/pdq_bits.c
  native/src/pdq_plan.c
  native/src/pdq_portable.c)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  target_sources(kindward_core PRIVATE native/src/pdq_avx2.c native/src/pdq_avx512.c)
  set_source_files_properties(native/src/pdq_avx2.c PROPERTIES COMPILE_OPTIONS "-mavx2;-mpopcnt")
  set_source_files_properties(native/src/pdq_avx512.c PROPERTIES COMPILE_OPTIONS
    "-mavx512f;-mavx512bw;-mavx512vl;-mavx512bitalg")
endif()

# Index.
target_sources(kindward_core PRIVATE
  native/src/index_build.c
  native/src/index_delta.c
  native/src/index_file.c
  native/src/index_matches.c
  native/src/index_portable.c
  native/src/index_search.c
  native/src/index_sort.c)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  target_sources(kindward_core PRIVATE native/src/index_avx2.c native/src/index_avx512.c)
  target_compile_definitions(kindward_core PRIVATE KW_X86_INDEX)
  set_source_files_properties(native/src/index_avx2.c PROPERTIES COMPILE_OPTIONS "-mavx2;-mpopcnt")
  set_source_files_properties(native/src/index_avx512.c PROPERTIES COMPILE_OPTIONS
    "-mavx512f;-mavx512bw;-mavx512vl;-mavx512bitalg;-mavx2;-mbmi;-mbmi2;-mpopcnt")
endif()
