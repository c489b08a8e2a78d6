// SPDX-License-Identifier: BSD-3-Clause
#include "model/batch_source.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include "core/bytes.hpp"
#include "core/parallel.hpp"
#include "model/conversion.hpp"

namespace laminar {
namespace {

std::int64_t row_elements(const View& view) {
  std::int64_t n = 1;
  for (int axis = 1; axis < view.shape.rank(); ++axis) n *= view.shape[axis];
  return n;
}

/// Calls body(pointer, n, stride) for stretches of equal stride that make up the axes from `axis` on, in order.
template <class Body>
void for_each_stretch(const View& view, const std::byte* base, int axis, Body&& body) {
  const int rank = view.shape.rank();
  const auto size = static_cast<std::int64_t>(size_bytes(view.dtype));
  // Axes that lie next to each other in memory are one stretch.
  int last = rank - 1;
  std::int64_t n = 1;
  std::int64_t stride = size;
  if (last >= axis) {
    n = view.shape[last];
    stride = view.strides_bytes[static_cast<std::size_t>(last)];
    while (last > axis && view.strides_bytes[static_cast<std::size_t>(last - 1)] == n * stride) n *= view.shape[--last];
  }
  if (last <= axis) {
    body(base, n, stride);
    return;
  }
  std::int64_t index[Shape::kMaxRank] = {};
  for (int a = axis; a < last; ++a) {
    if (view.shape[a] == 0) return;
  }
  for (;;) {
    const std::byte* start = base;
    for (int a = axis; a < last; ++a) start += index[a] * view.strides_bytes[static_cast<std::size_t>(a)];
    body(start, n, stride);
    int a = last - 1;
    while (a >= axis && ++index[a] == view.shape[a]) index[a--] = 0;
    if (a < axis) return;
  }
}

template <class From, class To>
void convert_row(const View& view, const std::byte* row, To* out) {
  for_each_stretch(view, row, 1, [&](const std::byte* from, std::int64_t n, std::int64_t stride) {
    if (stride == static_cast<std::int64_t>(sizeof(From))) {
      if constexpr (std::is_same_v<From, To>) {
        copy_bytes(out, from, static_cast<std::size_t>(n) * sizeof(To));
      } else {
        for (std::int64_t i = 0; i < n; ++i) {
          From value;
          std::memcpy(&value, from + i * static_cast<std::int64_t>(sizeof(From)), sizeof(From));
          out[i] = static_cast<To>(value);
        }
      }
    } else {
      for (std::int64_t i = 0; i < n; ++i) {
        From value;
        std::memcpy(&value, from + i * stride, sizeof(From));
        out[i] = static_cast<To>(value);
      }
    }
    out += n;
  });
}

// Rows in a random order lie where no processor looks by itself, and each would be waited for.
constexpr std::int64_t kRowsAhead = 3;
constexpr std::int64_t kLineBytes = 64, kBytesAhead = 8 * kLineBytes;

void fetch_ahead(const std::byte* row, std::int64_t row_bytes) {
  for (std::int64_t at = 0; at < std::min(row_bytes, kBytesAhead); at += kLineBytes) __builtin_prefetch(row + at);
}

template <class RowAt>
void convert_rows(const Context& context, const View& view, std::int64_t count, const Tensor& batch, RowAt row_at) {
  const std::int64_t width = row_elements(view);
  const auto* base = static_cast<const std::byte*>(view.data);
  const std::int64_t row_stride = view.strides_bytes[0];
  const std::int64_t row_bytes = width * static_cast<std::int64_t>(size_bytes(view.dtype));
  dispatch_element(view.dtype, [&]<class From>() {
    dispatch_batch(batch.dtype(), [&]<class To>() {
      parallel_for(context, count, conversion_grain(width), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          if (i + kRowsAhead < end) fetch_ahead(base + row_at(i + kRowsAhead) * row_stride, row_bytes);
          convert_row<From>(view, base + row_at(i) * row_stride, batch.as<To>() + i * width);
        }
      });
    });
  });
}

/// The least and the largest T of an interval: comparing with them is comparing with the interval's own limits, and
/// needs no conversion of elements. The first is above the second where no T lies inside.
template <class T>
std::pair<T, T> limits_as(const Interval& interval) {
  constexpr T kLowest = std::numeric_limits<T>::lowest();
  constexpr T kHighest = std::numeric_limits<T>::max();
  // 2^63 - 1 and the like become the power of two above, which is an element's no more than it.
  constexpr auto kBelow = static_cast<double>(kLowest);
  constexpr auto kAbove = static_cast<double>(kHighest);
  if (interval.high < kBelow || interval.low > kAbove) return {kHighest, kLowest};
  T low = interval.low >= kAbove ? kHighest : kLowest;
  if (interval.low > kBelow && interval.low < kAbove) {
    low = static_cast<T>(std::is_integral_v<T> ? std::ceil(interval.low) : interval.low);
    if constexpr (!std::is_integral_v<T>) {
      if (static_cast<double>(low) < interval.low) low = std::nextafter(low, kHighest);
    }
  }
  T high = interval.high <= kBelow ? kLowest : kHighest;
  if (interval.high > kBelow && interval.high < kAbove) {
    high = static_cast<T>(std::is_integral_v<T> ? std::floor(interval.high) : interval.high);
    if constexpr (!std::is_integral_v<T>) {
      if (static_cast<double>(high) > interval.high) high = std::nextafter(high, kLowest);
    }
  }
  return {low, high};
}

/// Calls outside(i) for 0 <= i < n, which gives a number of type Bits other than 0 (in its highest bit, for 64 bits)
/// for an element outside, and says whether all are inside: passes without a branch, which the compiler turns into
/// vector code for any processor, and a look between them.
template <class Bits, class Outside>
bool none_outside(std::int64_t n, const Outside& outside) {
  constexpr std::int64_t kBlock = 4096;
  for (std::int64_t begin = 0; begin < n; begin += kBlock) {
    const std::int64_t end = std::min(begin + kBlock, n);
    Bits found = 0;
    for (std::int64_t i = begin; i < end; ++i) found |= outside(i);
    if (sizeof(Bits) == 8 ? (found >> 63) != 0 : found != 0) return false;
  }
  return true;
}

template <class T>
bool all_between(const T* x, std::int64_t n, T low, T high) {
  if constexpr (sizeof(T) < 8) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, T>;
    return none_outside<Bits>(n, [=](std::int64_t i) { return static_cast<Bits>(!(x[i] >= low) | !(x[i] <= high)); });
  } else if constexpr (std::is_integral_v<T>) {
    // The baseline cannot compare 64 bits at a time, but it can subtract them: negative is outside.
    const std::uint64_t range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    if (range >> 63 != 0) return std::all_of(x, x + n, [=](T value) { return value >= low && value <= high; });
    return none_outside<std::uint64_t>(n, [=](std::int64_t i) {
      const std::uint64_t above_low = static_cast<std::uint64_t>(x[i]) - static_cast<std::uint64_t>(low);
      return above_low | (range - above_low);
    });
  } else {
    if (low != -high) return std::all_of(x, x + n, [=](T value) { return value >= low && value <= high; });
    // The bits of numbers without a sign are in the order of the numbers, with infinity and NaN at the end.
    const auto limit = std::bit_cast<std::uint64_t>(high);
    return none_outside<std::uint64_t>(
        n, [=](std::int64_t i) { return limit - (std::bit_cast<std::uint64_t>(x[i]) & ~(std::uint64_t{1} << 63)); });
  }
}

/// Whether n elements that lie next to each other are all inside.
template <class T>
bool stretch_inside(const Context& context, const Interval& interval, const T* x, std::int64_t n) {
  if constexpr (std::is_floating_point_v<T>) {
    if (interval.whole || interval.or_nan)
      return std::all_of(x, x + n, [&](T value) { return interval.contains(static_cast<double>(value)); });
    constexpr auto kLargest = static_cast<double>(std::numeric_limits<T>::max());
    if (interval.low <= -kLargest && interval.high >= kLargest) return context.kernels<T>().all_finite(n, x);
  }
  const auto [low, high] = limits_as<T>(interval);
  return low <= high && all_between(x, n, low, high);
}

template <class T>
bool all_inside(const Context& context, const View& view, const Interval& interval) {
  if (view.is_contiguous()) {
    std::atomic<bool> all{true};
    const T* data = static_cast<const T*>(view.data);
    parallel_for_elements(context, view.shape.size(), kConversionGrain, [&](std::int64_t begin, std::int64_t end) {
      if (!stretch_inside(context, interval, data + begin, end - begin)) all.store(false, std::memory_order_relaxed);
    });
    return all.load();
  }
  bool all = true;
  for_each_stretch(view, static_cast<const std::byte*>(view.data), 0,
                   [&](const std::byte* from, std::int64_t n, std::int64_t stride) {
                     if (stride == static_cast<std::int64_t>(sizeof(T))) {
                       all = all && stretch_inside(context, interval, reinterpret_cast<const T*>(from), n);
                       return;
                     }
                     for (std::int64_t i = 0; i < n && all; ++i) {
                       all = interval.contains(static_cast<double>(*reinterpret_cast<const T*>(from + i * stride)));
                     }
                   });
  return all;
}

/// The first element outside: a slow look, for the message of an error.
template <class T>
std::int64_t first_outside(const View& view, const Interval& interval) {
  std::int64_t flat = 0;
  std::int64_t found = -1;
  for_each_stretch(view, static_cast<const std::byte*>(view.data), 0,
                   [&](const std::byte* from, std::int64_t n, std::int64_t stride) {
                     for (std::int64_t i = 0; i < n && found < 0; ++i) {
                       T value;
                       std::memcpy(&value, from + i * stride, sizeof(T));
                       if (!interval.contains(static_cast<double>(value))) found = flat + i;
                     }
                     flat += n;
                   });
  return found;
}

}  // namespace

bool Interval::contains(double number) const {
  if (std::isnan(number)) return or_nan;
  return number >= low && number <= high && (!whole || number == std::floor(number));
}

const void* ArraySource::direct(std::int64_t first, std::int64_t count, DType dtype) const {
  if (!contiguous_ || view_.dtype != dtype || count == 0) return nullptr;
  return static_cast<const std::byte*>(view_.data) + first * view_.strides_bytes[0];
}

void ArraySource::gather(const Context& context, std::span<const std::int64_t> rows, const Tensor& batch) const {
  convert_rows(context, view_, static_cast<std::int64_t>(rows.size()), batch,
               [&](std::int64_t i) { return rows[static_cast<std::size_t>(i)]; });
}

void ArraySource::copy(const Context& context, std::int64_t first, const Tensor& batch) const {
  convert_rows(context, view_, batch.shape()[0], batch, [&](std::int64_t i) { return first + i; });
}

void copy_array(const Context& context, View view, Tensor tensor) {
  if (view.shape.rank() == 0) view.shape = tensor.spec.shape = {1};  // a single number is one row
  ArraySource(view).copy(context, 0, tensor);
}

std::int64_t find_outside(const Context& context, const View& view, Interval interval) {
  if (view.shape.size() == 0) return -1;
  return dispatch_element(view.dtype, [&]<class T>() -> std::int64_t {
    return all_inside<T>(context, view, interval) ? -1 : first_outside<T>(view, interval);
  });
}

double element(const View& view, std::int64_t flat_index) {
  const auto* at = static_cast<const std::byte*>(view.data);
  for (int axis = view.shape.rank() - 1; axis >= 0; --axis) {
    at += flat_index % view.shape[axis] * view.strides_bytes[static_cast<std::size_t>(axis)];
    flat_index /= view.shape[axis];
  }
  return dispatch_element(view.dtype, [&]<class T>() {
    T value;
    std::memcpy(&value, at, sizeof(T));
    return static_cast<double>(value);
  });
}

std::string position(const Shape& shape, std::int64_t flat_index) {
  std::string text;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    text = std::to_string(flat_index % shape[axis]) + (text.empty() ? "" : ", " + text);
    flat_index /= shape[axis];
  }
  return "[" + text + "]";
}

}  // namespace laminar
