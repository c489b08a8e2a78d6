// SPDX-License-Identifier: BSD-3-Clause
#include "io/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/bytes.hpp"
#include "laminar/error.hpp"

namespace laminar {
namespace {

[[noreturn]] void throw_short(std::uint64_t offset, std::size_t wanted, std::uint64_t size) {
  throw FormatError("expected " + std::to_string(wanted) + " bytes from byte " + std::to_string(offset) +
                    " on, got a file of " + std::to_string(size) + " bytes");
}

}  // namespace

FileSource::FileSource(const std::string& path)
    // Without O_NONBLOCK opening a pipe would wait for somebody to write to it.
    : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) throw FileError(errno, path);
  struct stat about {};
  const bool known = ::fstat(descriptor_, &about) == 0;
  const int error = errno;
  if (known && S_ISREG(about.st_mode)) {
    size_ = static_cast<std::uint64_t>(about.st_size);
    return;
  }
  ::close(descriptor_);
  if (!known) throw FileError(error, path);
  if (S_ISDIR(about.st_mode)) throw FileError(EISDIR, path);
  throw FormatError("expected a regular file, got a device or a pipe");
}

FileSource::~FileSource() { ::close(descriptor_); }

void FileSource::read(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset > size_ || out.size() > size_ - offset) throw_short(offset, out.size(), size_);
  constexpr std::size_t kMost = std::size_t{1} << 30;  // one call reads no more on some systems
  while (!out.empty()) {
    const ssize_t got = ::pread(descriptor_, out.data(), std::min(out.size(), kMost), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw FileError(errno, path_);
    if (got == 0) throw_short(offset, out.size(), offset);
    out = out.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
}

void MemorySource::read(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset > bytes_.size() || out.size() > bytes_.size() - offset) throw_short(offset, out.size(), bytes_.size());
  copy_bytes(out.data(), bytes_.data() + offset, out.size());
}

}  // namespace laminar
