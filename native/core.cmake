# One static library; a machine path is a translation unit of its own, chosen at run time.
add_library(kindward_core STATIC
  native/src/machine.c)
target_include_directories(kindward_core PUBLIC native/include PRIVATE native/src)
