// SPDX-License-Identifier: BSD-3-Clause
//
// X[i, indices[k]] += data[k] for indptr[i] <= k < indptr[i + 1], a batch of rows i at a time.
#include "model/sparse_source.hpp"

#include <algorithm>
#include <functional>
#include <span>
#include <type_traits>
#include <vector>

#include "core/config.hpp"
#include "core/parallel.hpp"
#include "model/conversion.hpp"

namespace laminar {
namespace {

/// Calls body.operator()<Index>() with the type of the indices.
template <class Body>
decltype(auto) dispatch_index(DType dtype, Body&& body) {
  return dtype == DType::kInt64 ? body.template operator()<std::int64_t>() : body.template operator()<std::int32_t>();
}

/// What numbers of one place add up in. Floats do in their own type, as they do when SciPy makes the matrix dense, so
/// that training has the same bits; whole numbers do without overflow.
template <class From>
using Sum = std::conditional_t<std::is_floating_point_v<From>, From,
                               std::conditional_t<std::is_unsigned_v<From>, std::uint64_t, std::int64_t>>;

/// What is stored of one row.
template <class From, class Index>
struct Entries {
  const From* data;
  const Index* columns;
  std::int64_t count;
};

/// The door has found every number right; one that isn't now was changed since, by a callback or another thread.
[[noreturn]] void throw_changed() {
  throw StateError("x: the sparse matrix was changed while it was in use; change a copy");
}

/// Writes a row of zeros whose columns rise, as almost all do; where they don't it gives up and returns false.
template <class From, class Index, class To>
bool write_rising(const Entries<From, Index>& entries, std::int64_t width, To* row) {
  Index last = -1;
  for (std::int64_t k = 0; k < entries.count; ++k) {
    const Index column = entries.columns[k];
    if (column <= last || column >= width) return false;
    last = column;
    row[column] = static_cast<To>(Sum<From>(0) + entries.data[k]);  // -0 becomes 0, as in a sum
  }
  return true;
}

/// Writes a row in any order. `sums`, one a column, are zero before.
template <class From, class Index, class To>
void write_sums(const Entries<From, Index>& entries, std::span<Sum<From>> sums, To* row) {
  const auto width = static_cast<std::int64_t>(sums.size());
  for (std::int64_t k = 0; k < entries.count; ++k) {
    const Index column = entries.columns[k];
    if (column < 0 || column >= width) throw_changed();
    sums[static_cast<std::size_t>(column)] += entries.data[k];
    row[column] = static_cast<To>(sums[static_cast<std::size_t>(column)]);
  }
}

template <class From, class Index>
Entries<From, Index> entries_of(const SparseView& matrix, std::int64_t row) {
  const auto* indptr = static_cast<const Index*>(matrix.indptr);
  const std::int64_t first = indptr[row], end = indptr[row + 1];
  if (first < 0 || end < first || end > matrix.stored) throw_changed();
  return {static_cast<const From*>(matrix.data) + first, static_cast<const Index*>(matrix.indices) + first,
          end - first};
}

template <class RowAt>
void write_rows(const Context& context, const SparseView& matrix, std::int64_t count, const Tensor& batch,
                RowAt row_at) {
  const std::int64_t width = matrix.shape[1];
  const auto write = [&]<class From, class Index, class To>() {
    parallel_for(context, count, conversion_grain(width), [&](std::int64_t begin, std::int64_t end) {
      std::vector<Sum<From>> sums;  // for the rare rows that are out of order
      for (std::int64_t i = begin; i < end; ++i) {
        const auto entries = entries_of<From, Index>(matrix, row_at(i));
        To* row = batch.as<To>() + i * width;
        std::fill_n(row, width, To(0));
        if (write_rising(entries, width, row)) continue;
        sums.assign(static_cast<std::size_t>(width), 0);
        write_sums(entries, std::span(sums), row);
      }
    });
  };
  dispatch_element(matrix.dtype, [&]<class From>() {
    dispatch_index(matrix.index_dtype, [&]<class Index>() {
      dispatch_float(batch.dtype(), [&]<class To>() { write.template operator()<From, Index, To>(); });
    });
  });
}

template <class Index>
std::string fault_of(const Context& context, const SparseView& matrix, const Interval& numbers) {
  const std::span<const Index> indptr(static_cast<const Index*>(matrix.indptr),
                                      static_cast<std::size_t>(matrix.indptr_length));
  if (indptr[0] != 0) return "expected an indptr that starts at 0, got " + std::to_string(indptr[0]);
  const auto falls = std::adjacent_find(indptr.begin(), indptr.end(), std::greater<>());
  if (falls != indptr.end()) {
    return "expected an indptr that never falls, got " + std::to_string(falls[1]) + " after " +
           std::to_string(falls[0]) + " at [" + std::to_string(falls - indptr.begin() + 1) + "]";
  }
  const std::int64_t used = indptr.back();
  if (used > matrix.stored) {
    return "expected an indptr that ends within the " + std::to_string(matrix.stored) +
           " entries of data and indices, got " + std::to_string(used);
  }
  const View columns(matrix.indices, matrix.index_dtype, Shape{used});
  const View data(matrix.data, matrix.dtype, Shape{used});
  const auto row_of = [&](std::int64_t entry) {
    return std::upper_bound(indptr.begin(), indptr.end(), static_cast<Index>(entry)) - indptr.begin() - 1;
  };
  const auto column_of = [&](std::int64_t entry) {
    return static_cast<std::int64_t>(static_cast<const Index*>(matrix.indices)[entry]);
  };
  const std::int64_t last_column = matrix.shape[1] - 1;
  if (const std::int64_t found = find_outside(context, columns, {0.0, static_cast<double>(last_column)}); found >= 0) {
    return "expected columns from 0 to " + std::to_string(last_column) + " in indices, got " +
           std::to_string(column_of(found)) + " in row " + std::to_string(row_of(found));
  }
  if (!is_float(matrix.dtype)) return {};
  if (const std::int64_t found = find_outside(context, data, numbers); found >= 0) {
    return "expected finite numbers, got " + describe(Config(element(data, found))) + " at [" +
           std::to_string(row_of(found)) + ", " + std::to_string(column_of(found)) + "]";
  }
  return {};
}

}  // namespace

void SparseSource::gather(const Context& context, std::span<const std::int64_t> rows, const Tensor& batch) const {
  write_rows(context, matrix_, static_cast<std::int64_t>(rows.size()), batch,
             [&](std::int64_t i) { return rows[static_cast<std::size_t>(i)]; });
}

void SparseSource::copy(const Context& context, std::int64_t first, const Tensor& batch) const {
  write_rows(context, matrix_, batch.shape()[0], batch, [&](std::int64_t i) { return first + i; });
}

std::string find_fault(const Context& context, const SparseView& matrix, const Interval& numbers) {
  const bool has_entries = matrix.data != nullptr && matrix.indices != nullptr;
  if (matrix.indptr == nullptr || (matrix.stored > 0 && !has_entries)) {
    return "expected data, indices and indptr, got a null pointer";
  }
  return dispatch_index(matrix.index_dtype, [&]<class Index>() { return fault_of<Index>(context, matrix, numbers); });
}

TypeError array_expected(const std::string& argument) {
  return TypeError(argument + ": expected an array, got a sparse matrix, which only inputs may be");
}

}  // namespace laminar
