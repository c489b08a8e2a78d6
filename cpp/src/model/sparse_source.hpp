// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "laminar/error.hpp"
#include "model/batch_source.hpp"

namespace laminar {

/// Rows of a sparse matrix, which are made dense one by one as batches ask for them.
class SparseSource final : public BatchSource {
 public:
  /// `find_fault` has found none.
  explicit SparseSource(const SparseView& matrix) : matrix_(matrix) {}

  const Shape& shape() const override { return matrix_.shape; }
  const void* direct(std::int64_t, std::int64_t, DType) const override { return nullptr; }
  void gather(const Context& context, std::span<const std::int64_t> rows, const Tensor& batch) const override;
  void copy(const Context& context, std::int64_t first, const Tensor& batch) const override;

 private:
  SparseView matrix_;
};

/// What cannot be read or is outside `numbers`, as "expected ..., got ..."; empty where all is well. The caller has
/// checked that there are two axes and the length of indptr.
std::string find_fault(const Context& context, const SparseView& matrix, const Interval& numbers);

/// For arguments that a sparse matrix cannot be.
TypeError array_expected(const std::string& argument);

}  // namespace laminar
