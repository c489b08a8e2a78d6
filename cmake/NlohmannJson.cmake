# laminar_json: the headers of nlohmann-json, with which liblaminar reads and writes the JSON of model files.
#
# Looked for in this order:
#   1. wherever find_package looks: nlohmann_json_DIR, CMAKE_PREFIX_PATH, the system;
#   2. the nlohmann-json package of the Python that runs the build (pip's isolated environment).
# Nothing is downloaded.

find_package(nlohmann_json 3.9 CONFIG QUIET)
if(nlohmann_json_FOUND)
  get_target_property(laminar_json_include nlohmann_json::nlohmann_json INTERFACE_INCLUDE_DIRECTORIES)
else()
  find_package(Python 3.11 QUIET COMPONENTS Interpreter)
  if(Python_Interpreter_FOUND)
    execute_process(
      COMMAND "${Python_EXECUTABLE}" -c
        "from importlib.metadata import distribution as d; print(d('nlohmann-json').locate_file('nlohmann_json/include'))"
      OUTPUT_VARIABLE laminar_json_include OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
  if(NOT EXISTS "${laminar_json_include}/nlohmann/json.hpp")
    message(FATAL_ERROR "nlohmann-json 3.9 or newer is needed: install it (nlohmann-json3-dev, json-devel, "
                        "nlohmann-json), `pip install nlohmann-json`, or set nlohmann_json_DIR")
  endif()
endif()
message(STATUS "nlohmann-json: ${laminar_json_include}")

add_library(laminar_json INTERFACE)
target_include_directories(laminar_json SYSTEM INTERFACE ${laminar_json_include})
