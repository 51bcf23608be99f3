# One static library; a machine path is a translation unit of its own, chosen at run time.
add_library(kindward_core STATIC
  native/src/machine.c)
target_include_directories(kindward_core PUBLIC native/include PRIVATE native/src)

# The C tests: configure with -DKINDWARD_NATIVE_TESTS=ON, run ctest; with -DKINDWARD_SANITIZE=ON under sanitizers.
option(KINDWARD_NATIVE_TESTS "Build the tests of the C core" OFF)
option(KINDWARD_SANITIZE "Build the C core with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
if(KINDWARD_NATIVE_TESTS)
  enable_testing()
endif()
if(KINDWARD_SANITIZE)
  target_compile_options(kindward_core PUBLIC -fsanitize=address,undefined -fno-sanitize-recover=all -g)
  target_link_options(kindward_core PUBLIC -fsanitize=address,undefined)
endif()

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
if(KINDWARD_NATIVE_TESTS)
  add_executable(test_pdq native/tests/test_pdq.c)
  target_link_libraries(test_pdq PRIVATE kindward_core)
  target_link_options(test_pdq PRIVATE -Wl,--wrap=malloc -Wl,--wrap=calloc)
  add_test(NAME pdq COMMAND test_pdq)
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
if(KINDWARD_NATIVE_TESTS)
  add_executable(test_index native/tests/test_index.c)
  target_include_directories(test_index PRIVATE native/src)
  target_link_libraries(test_index PRIVATE kindward_core)
  target_link_options(test_index PRIVATE -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc
    -Wl,--wrap=aligned_alloc)
  add_test(NAME index COMMAND test_index)
endif()
