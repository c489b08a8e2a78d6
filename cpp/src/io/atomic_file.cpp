// SPDX-License-Identifier: BSD-3-Clause
#include "io/atomic_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "laminar/error.hpp"

namespace laminar {
namespace {

namespace fs = std::filesystem;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return number_; }
  bool valid() const { return number_ >= 0; }

 private:
  int number_;
};

/// The file that a link leads to, else the path itself.
fs::path target_of(const std::string& path) {
  std::error_code error;
  if (!fs::is_symlink(fs::symlink_status(path, error))) return path;
  fs::path target = fs::weakly_canonical(path, error);
  if (error) throw FileError(error.value(), path);
  return target;
}

bool same_file(int descriptor, const fs::path& path) {
  struct stat open {};
  struct stat there {};
  return ::fstat(descriptor, &open) == 0 && ::lstat(path.c_str(), &there) == 0 && open.st_dev == there.st_dev &&
         open.st_ino == there.st_ino;
}

/// The partial file, empty and locked. Another process may rename it between opening and locking. `path` is what the
/// caller calls the file.
int open_partial(const fs::path& partial, const std::string& path) {
  for (;;) {
    const int file = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (file < 0) throw FileError(errno, path);
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      ::close(file);
      if (error == EINTR) continue;
      throw FileError(error == EWOULDBLOCK ? EBUSY : error, path);
    }
    if (!same_file(file, partial)) {
      ::close(file);
      continue;
    }
    if (::ftruncate(file, 0) == 0) return file;
    const int error = errno;
    ::close(file);
    throw FileError(error, path);
  }
}

void write_all(int file, std::span<const std::byte> bytes, const std::string& path) {
  constexpr std::size_t kMost = std::size_t{1} << 30;
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), std::min(bytes.size(), kMost));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw FileError(errno, path);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

/// After it the new name outlives a loss of power. Some file systems know no such call; there it is up to them.
void sync_folder(const fs::path& folder) {
  const Descriptor file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.valid()) ::fsync(file.get());
}

}  // namespace

void write_atomically(const std::string& path, const std::function<void(const ByteSink&)>& fill) {
  const fs::path target = target_of(path);
  if (!target.has_filename()) throw FileError(path.empty() ? ENOENT : EISDIR, path);
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  const fs::path partial = folder / ("." + target.filename().string() + ".partial");
  struct stat before {};
  const bool replaces = ::stat(target.c_str(), &before) == 0;
  if (replaces && S_ISDIR(before.st_mode)) throw FileError(EISDIR, path);
  // A file would take the place of what others know as a device or a pipe.
  if (replaces && !S_ISREG(before.st_mode)) throw FileError(EINVAL, path);
  const Descriptor file(open_partial(partial, path));
  try {
    if (replaces && ::fchmod(file.get(), before.st_mode & 07777U) != 0) throw FileError(errno, path);
    fill([&](std::span<const std::byte> bytes) { write_all(file.get(), bytes, path); });
    if (::fsync(file.get()) != 0) throw FileError(errno, path);
    if (::rename(partial.c_str(), target.c_str()) != 0) throw FileError(errno, path);
  } catch (...) {
    ::unlink(partial.c_str());
    throw;
  }
  sync_folder(folder);
}

}  // namespace laminar
