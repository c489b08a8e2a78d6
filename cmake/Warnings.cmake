# Third-party headers are system headers everywhere, so these are about our own code only.

function(laminar_set_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic
    -Wcast-align -Wdouble-promotion -Wimplicit-fallthrough -Wnon-virtual-dtor -Wold-style-cast
    -Woverloaded-virtual -Wunused
    # A constructor's parameter may bear its member's name.
    $<IF:$<CXX_COMPILER_ID:GNU>,-Wshadow=local,-Wshadow>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 suspects its own std::string (bug 105651) and its own AVX-512 intrinsics (bug 105593).
    target_compile_options(${target} PRIVATE -Wno-restrict -Wno-uninitialized -Wno-maybe-uninitialized)
  endif()
  if(LAMINAR_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
