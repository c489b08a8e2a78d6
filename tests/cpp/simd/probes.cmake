# probe.cpp for each instruction set, with the flags of its kernels.

foreach(isa IN LISTS LAMINAR_ISAS)
  set(kernels laminar_kernels_${isa})
  add_library(laminar_probe_${isa} OBJECT "${CMAKE_CURRENT_LIST_DIR}/probe.cpp")
  target_compile_features(laminar_probe_${isa} PRIVATE cxx_std_20)
  foreach(property IN ITEMS COMPILE_OPTIONS COMPILE_DEFINITIONS INCLUDE_DIRECTORIES)
    set_property(TARGET laminar_probe_${isa} PROPERTY ${property} $<TARGET_PROPERTY:${kernels},${property}>)
  endforeach()
  target_sources(laminar_tests PRIVATE $<TARGET_OBJECTS:laminar_probe_${isa}>)
  string(TOUPPER ${isa} ISA)
  target_compile_definitions(laminar_tests PRIVATE LAMINAR_HAVE_PROBE_${ISA})
endforeach()
