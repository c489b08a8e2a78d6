// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/context.hpp"
#include "core/tensor.hpp"
#include "laminar/view.hpp"

namespace laminar {

/// Where the rows of one input or target come from: an array or, in model/sparse_source.hpp, a sparse matrix. Files and
/// generators are further kinds of it.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  /// Of all rows.
  virtual const Shape& shape() const = 0;

  /// The rows [first, first + count) where they already lie in memory as the model wants them, else null.
  virtual const void* direct(std::int64_t first, std::int64_t count, DType dtype) const = 0;
  /// Writes the given rows one after another, converted to the batch's dtype.
  virtual void gather(const Context& context, std::span<const std::int64_t> rows, const Tensor& batch) const = 0;
  /// The same for the rows [first, first + count of batch).
  virtual void copy(const Context& context, std::int64_t first, const Tensor& batch) const = 0;
};

/// Rows of an array in memory, of any dtype and strides; never copied as a whole.
class ArraySource final : public BatchSource {
 public:
  ArraySource() = default;
  explicit ArraySource(const View& view) : view_(view), contiguous_(view.is_contiguous()) {}

  const View& view() const { return view_; }
  const Shape& shape() const override { return view_.shape; }
  const void* direct(std::int64_t first, std::int64_t count, DType dtype) const override;
  void gather(const Context& context, std::span<const std::int64_t> rows, const Tensor& batch) const override;
  void copy(const Context& context, std::int64_t first, const Tensor& batch) const override;

 private:
  View view_;
  bool contiguous_ = false;
};

/// Writes a whole array, also one without axes, into a tensor of its shape.
void copy_array(const Context& context, View view, Tensor tensor);

/// Numbers from low to high, both included.
struct Interval {
  double low;
  double high;
  bool whole = false;   ///< without a fraction
  bool or_nan = false;  ///< NaN too; else never
  bool contains(double number) const;
};

/// Flat index, in row-major order, of the first element that is not in the interval; -1 when all are.
std::int64_t find_outside(const Context& context, const View& view, Interval interval);

/// The element at a flat index, as a double.
double element(const View& view, std::int64_t flat_index);

/// "[3, 5]" for a flat index into a view.
std::string position(const Shape& shape, std::int64_t flat_index);

}  // namespace laminar
