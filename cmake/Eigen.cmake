# laminar_eigen: Eigen's headers, fit for use inside liblaminar.
#
# Looked for in this order, the first that is at least 3.4 wins:
#   1. wherever find_package looks: Eigen3_DIR, CMAKE_PREFIX_PATH, the system;
#   2. the cmeel-eigen package of the Python that runs the build (pip's isolated environment).
# Nothing is downloaded.

# Eigen's own version files call 5.x incompatible with a request for 3.4, so the check is ours.
macro(laminar_check_eigen)
  if(Eigen3_FOUND AND Eigen3_VERSION VERSION_LESS 3.4)
    message(STATUS "Ignoring Eigen ${Eigen3_VERSION} in ${Eigen3_DIR}: 3.4 or newer is needed")
    set(Eigen3_FOUND FALSE)
  endif()
endmacro()

find_package(Eigen3 CONFIG QUIET)
laminar_check_eigen()

if(NOT Eigen3_FOUND)
  find_package(Python 3.11 QUIET COMPONENTS Interpreter)
  if(Python_Interpreter_FOUND)
    execute_process(
      COMMAND "${Python_EXECUTABLE}" -c
        "from importlib.metadata import distribution as d; print(d('cmeel-eigen').locate_file('cmeel.prefix'))"
      OUTPUT_VARIABLE laminar_eigen_prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(laminar_eigen_prefix)
      # An isolated environment is gone after the build: search anew, and never below a remembered one.
      unset(Eigen3_DIR CACHE)
      find_package(Eigen3 CONFIG QUIET NO_DEFAULT_PATH PATHS "${laminar_eigen_prefix}/share/eigen3/cmake")
      laminar_check_eigen()
    endif()
  endif()
endif()

if(NOT Eigen3_FOUND)
  message(FATAL_ERROR "Eigen 3.4 or newer is needed: install it (libeigen3-dev, eigen3-devel, eigen), "
                      "`pip install cmeel-eigen`, or set Eigen3_DIR")
endif()
message(STATUS "Eigen ${Eigen3_VERSION}: ${Eigen3_DIR}")

add_library(laminar_eigen INTERFACE)
target_include_directories(laminar_eigen SYSTEM INTERFACE
  $<TARGET_PROPERTY:Eigen3::Eigen,INTERFACE_INCLUDE_DIRECTORIES>)
target_compile_definitions(laminar_eigen INTERFACE
  # A program may bring an Eigen of its own, of another version or for another instruction set. Were
  # both called Eigen, the linker would keep one copy of each function for the two.
  Eigen=laminar_eigen
  EIGEN_MPL2_ONLY
  # Blocks and alignment, and with them the bits of a result, may depend neither on the machine nor
  # on the number of threads.
  EIGEN_DONT_PARALLELIZE
  EIGEN_NO_CPUID
  EIGEN_DEFAULT_L1_CACHE_SIZE=32768
  EIGEN_DEFAULT_L2_CACHE_SIZE=524288
  EIGEN_DEFAULT_L3_CACHE_SIZE=4194304
  EIGEN_MAX_ALIGN_BYTES=64)
