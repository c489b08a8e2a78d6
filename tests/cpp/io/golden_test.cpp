// SPDX-License-Identifier: BSD-3-Clause
//
// Files that Python wrote, of every layer and optimizer: read here, they are written again byte for byte.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "io/byte_source.hpp"
#include "io/safetensors.hpp"
#include "laminar/error.hpp"
#include "laminar/io.hpp"
#include "support/temporary_folder.hpp"

namespace laminar::test {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

template <class T>
std::string again(const fs::path& path) {
  const TemporaryFolder folder;
  const fs::path copy = folder.path() / "copy";
  save_model(load_model<T>(path), copy);
  return bytes_of(copy);
}

TEST_CASE("golden files: read and written in C++ as in Python") {
  int files = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(LAMINAR_GOLDEN_FILES)) {
    if (entry.path().extension() != ".safetensors") continue;
    CAPTURE(entry.path().filename().string());
    const auto header = safetensors::Header::read(FileSource(entry.path()));
    const std::string* architecture = header.metadata("architecture");
    REQUIRE(architecture != nullptr);
    const bool wide = architecture->find("\"dtype\":\"float64\"") != std::string::npos;
    CHECK((wide ? again<double>(entry.path()) : again<float>(entry.path())) == bytes_of(entry.path()));
    ++files;
  }
  CHECK(files > 15);
}

}  // namespace
}  // namespace laminar::test
