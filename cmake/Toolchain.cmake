# What every target of the project is compiled with.

if(NOT CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  message(FATAL_ERROR "laminar needs GCC or Clang, got ${CMAKE_CXX_COMPILER_ID}")
endif()

get_property(laminar_multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(NOT CMAKE_BUILD_TYPE AND NOT laminar_multi_config)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(LAMINAR_CCACHE ccache)
  mark_as_advanced(LAMINAR_CCACHE)
  if(LAMINAR_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${LAMINAR_CCACHE}")
  endif()
endif()

# Results must be the same in every build of one source, so the compiler may not contract a * b + c
# by its own taste. The other two change no result; they let loops with branches and square roots
# vectorize. There is no architecture flag: the kernels that need one get it in IsaKernels.cmake.
set(LAMINAR_FLOAT_FLAGS -ffp-contract=off -fno-math-errno -fno-trapping-math)

# C++20, hidden symbols, position-independent code and the floating-point flags.
function(laminar_set_defaults target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_compile_options(${target} PRIVATE ${LAMINAR_FLOAT_FLAGS})
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON)
  laminar_set_warnings(${target})
endfunction()
