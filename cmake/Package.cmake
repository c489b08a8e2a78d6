# The C++ package: `cmake --install <build> --component dev`. The wheel takes the component `python` only.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(LAMINAR_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/laminar")

install(TARGETS laminar EXPORT laminarTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT dev
  INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/cpp/include/laminar" "${PROJECT_BINARY_DIR}/include/laminar"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT dev FILES_MATCHING PATTERN "*.hpp")
install(EXPORT laminarTargets NAMESPACE laminar:: DESTINATION "${LAMINAR_CMAKE_DIR}" COMPONENT dev)

configure_package_config_file(cmake/laminarConfig.cmake.in "${PROJECT_BINARY_DIR}/laminarConfig.cmake"
  INSTALL_DESTINATION "${LAMINAR_CMAKE_DIR}")
# Before 1.0 a minor version may break things.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/laminarConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/laminarConfig.cmake" "${PROJECT_BINARY_DIR}/laminarConfigVersion.cmake"
  DESTINATION "${LAMINAR_CMAKE_DIR}" COMPONENT dev)

# Paths relative to the .pc file itself, so that the package can be moved; a directory given as
# absolute stays.
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_LIBDIR BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" OUTPUT_VARIABLE libdir)
file(RELATIVE_PATH LAMINAR_PC_PREFIX "${libdir}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
set(LAMINAR_PC_LIBDIR "\${prefix}")
set(LAMINAR_PC_INCLUDEDIR "\${prefix}")
cmake_path(APPEND LAMINAR_PC_LIBDIR "${CMAKE_INSTALL_LIBDIR}")
cmake_path(APPEND LAMINAR_PC_INCLUDEDIR "${CMAKE_INSTALL_INCLUDEDIR}")
configure_file(cmake/laminar.pc.in "${PROJECT_BINARY_DIR}/laminar.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/laminar.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT dev)
