// SPDX-License-Identifier: BSD-3-Clause
//
// The safetensors container: 8 bytes with the length of a JSON header, the header, and the tensors' bytes
// (little-endian, row-major) one after the other. https://huggingface.co/docs/safetensors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/tensor.hpp"
#include "io/atomic_file.hpp"
#include "io/byte_source.hpp"

namespace laminar::safetensors {

using Metadata = std::vector<std::pair<std::string, std::string>>;

/// One tensor of a file. `dtype` is the file's own name for it: "F32".
struct Entry {
  std::string name;
  std::string_view dtype;
  Shape shape;
  std::uint64_t begin = 0, end = 0;  ///< bytes of the file
};

/// What a header says, checked against the file's length before anything is believed.
class Header {
 public:
  /// FormatError that says what is wrong and where. Takes at most four bytes of memory
  /// for each of the header.
  static Header read(const ByteSource& source);

  /// By name.
  const std::vector<Entry>& entries() const { return entries_; }
  const Entry* find(std::string_view name) const;  ///< null: there is none
  const std::string* metadata(std::string_view key) const;

 private:
  std::vector<Entry> entries_;
  Metadata metadata_;
};

/// The name of a dtype in a file; nothing where laminar computes with no such numbers.
std::optional<std::string_view> file_name_of(DType dtype);

/// Fills a tensor of the same dtype and shape, or of another floating dtype, with what the file has.
void read_tensor(const ByteSource& source, const Entry& entry, const Tensor& tensor);

/// Writes a whole file. ValueError when two tensors have one name, or the header would be longer than one may be.
void write(const ByteSink& sink, const std::vector<std::pair<std::string, Tensor>>& tensors, const Metadata& metadata);

}  // namespace laminar::safetensors
