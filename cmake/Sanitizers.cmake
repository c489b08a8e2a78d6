# Everything of ours is instrumented, the kernels too: reading past the end of a row is just the
# mistake that a hand-written kernel makes.

if(LAMINAR_SANITIZE)
  add_compile_options(-fsanitize=${LAMINAR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  add_link_options(-fsanitize=${LAMINAR_SANITIZE})
endif()
