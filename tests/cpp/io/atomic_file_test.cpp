// SPDX-License-Identifier: BSD-3-Clause
#include "io/atomic_file.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "io/byte_source.hpp"
#include "laminar/error.hpp"
#include "support/temporary_folder.hpp"

namespace laminar::test {
namespace {

namespace fs = std::filesystem;

void put(const std::string& path, const std::string& text) {
  write_atomically(path, [&](const ByteSink& sink) { sink(std::as_bytes(std::span(text))); });
}

std::string text_in(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

int code_of(const std::string& path) {
  try {
    put(path, "new");
  } catch (const FileError& error) {
    return error.code();
  }
  return 0;
}

TEST_CASE("atomic file: writes, replaces, keeps permissions, follows links") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "a file";
  put(path, "one");
  CHECK(text_in(path) == "one");
  fs::permissions(path, fs::perms(0640));
  put(path, "two, longer");
  CHECK(text_in(path) == "two, longer");
  CHECK(fs::status(path).permissions() == fs::perms(0640));
  const fs::path link = folder.path() / "link";
  fs::create_symlink("a file", link);
  put(link, "three");
  CHECK(fs::is_symlink(link));
  CHECK(text_in(path) == "three");
  CHECK(files_in(folder.path()) == 2);
}

TEST_CASE("atomic file: after an error the old file is there and nothing else") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "file";
  put(path, "old");
  CHECK_THROWS_AS(write_atomically(path,
                                   [](const ByteSink& sink) {
                                     sink(std::as_bytes(std::span("half", 4)));
                                     throw std::runtime_error("no more");
                                   }),
                  std::runtime_error);
  CHECK(text_in(path) == "old");
  CHECK(files_in(folder.path()) == 1);
  CHECK(code_of(folder.path()) == EISDIR);
  CHECK(code_of(folder.path() / "none" / "file") == ENOENT);
  CHECK(code_of(path / "file") == ENOTDIR);
  CHECK(code_of("") == ENOENT);
  CHECK(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
  CHECK(code_of(folder.path() / "pipe") == EINVAL);
  CHECK(fs::is_fifo(folder.path() / "pipe"));
}

TEST_CASE("atomic file: a left-over is taken over, another writer's is not") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "file";
  std::ofstream(folder.path() / ".file.partial") << "what a killed process left, longer than the rest";
  put(path, "new");
  CHECK(text_in(path) == "new");
  CHECK(files_in(folder.path()) == 1);
  write_atomically(path, [&](const ByteSink& sink) {
    CHECK(code_of(path) == EBUSY);
    sink(std::as_bytes(std::span("mine", 4)));
  });
  CHECK(text_in(path) == "mine");
}

TEST_CASE("byte source: files, and what is none") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "file";
  put(path, "0123456789");
  const FileSource source(path);
  std::string text(4, ' ');
  source.read(3, std::as_writable_bytes(std::span(text)));
  CHECK(text == "3456");
  CHECK_THROWS_AS(source.read(7, std::as_writable_bytes(std::span(text))), FormatError);
  CHECK_THROWS_AS(source.read(~std::uint64_t{0}, std::as_writable_bytes(std::span(text))), FormatError);
  CHECK_THROWS_AS(FileSource(folder.path()), FileError);
  CHECK_THROWS_AS(FileSource(folder.path() / "none"), FileError);
  const fs::path pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_AS(FileSource{pipe}, FormatError);
}

}  // namespace
}  // namespace laminar::test
