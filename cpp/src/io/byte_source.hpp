// SPDX-License-Identifier: BSD-3-Clause
//
// Where bytes come from: a file, or memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace laminar {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size() const = 0;
  /// Fills `out` with the bytes from `offset` on. FormatError where they end too early.
  virtual void read(std::uint64_t offset, std::span<std::byte> out) const = 0;
};

/// A file that was opened once: what is put in its place later is not seen.
class FileSource final : public ByteSource {
 public:
  /// FileError when it cannot be opened; FormatError when it is no regular file.
  explicit FileSource(const std::string& path);
  ~FileSource() override;
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  std::uint64_t size() const override { return size_; }
  void read(std::uint64_t offset, std::span<std::byte> out) const override;

 private:
  std::string path_;
  int descriptor_;
  std::uint64_t size_ = 0;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::uint64_t size() const override { return bytes_.size(); }
  void read(std::uint64_t offset, std::span<std::byte> out) const override;

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace laminar
