# laminar_add_isa_kernels(<isa> <flag>...): compiles cpp/src/kernels/*.cpp for one instruction set and
# adds the objects to liblaminar. Does nothing where processor or compiler doesn't know the flags.
# Appends <isa> to LAMINAR_ISAS in the caller's scope.

include(CheckCXXSourceCompiles)

function(laminar_add_isa_kernels isa)
  string(TOUPPER ${isa} ISA)
  list(JOIN ARGN " " CMAKE_REQUIRED_FLAGS)
  check_cxx_source_compiles("
    #ifndef __x86_64__
    #error
    #endif
    #include <immintrin.h>
    int main() {}" LAMINAR_COMPILER_HAS_${ISA})
  if(NOT LAMINAR_COMPILER_HAS_${ISA})
    return()
  endif()

  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/cpp/src/kernels/*.cpp")
  set(kernels laminar_kernels_${isa})
  add_library(${kernels} OBJECT ${sources})
  laminar_set_defaults(${kernels})
  target_include_directories(${kernels} PRIVATE "${PROJECT_SOURCE_DIR}/cpp/include" "${PROJECT_SOURCE_DIR}/cpp/src")
  target_compile_definitions(${kernels} PRIVATE LAMINAR_ISA=${isa} LAMINAR_ISA_HEADER="simd/${isa}.hpp")
  # Optimised in every build type: unoptimised intrinsics take minutes where tests should take seconds,
  # and an inline function that stays out of line becomes a symbol which the linker may give to others.
  # No link-time optimisation for the same reason: it would let these flags reach the baseline code.
  # Under sanitizers -O3 only multiplies their checks, and with them the time to compile.
  set(level -O3)
  if(LAMINAR_SANITIZE)
    set(level -O1 -fno-sanitize=vptr)  # vptr would need run-time type information
  endif()
  target_compile_options(${kernels} PRIVATE ${ARGN} ${level} -fno-exceptions -fno-rtti -fno-lto)
  set_target_properties(${kernels} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)

  target_sources(laminar PRIVATE $<TARGET_OBJECTS:${kernels}>)
  target_compile_definitions(laminar PRIVATE LAMINAR_HAVE_${ISA})
  set(LAMINAR_ISAS ${LAMINAR_ISAS} ${isa} PARENT_SCOPE)
endfunction()
