// SPDX-License-Identifier: BSD-3-Clause
//
// What the machine can do at most, measured at the start of the program
#pragma once

#include <string>
#include <vector>

#include "cases.hpp"

namespace laminar::bench {

/// Of one instruction set, dtype and number of threads
struct Roofline {
  std::string isa, dtype;
  int threads;
  double peak_flops;  ///< multiply-adds a second, each counted as 2
  /// Bytes a second, read and written, over 2^(kFirstExponent + i) bytes in all: the better of copy and triad, and
  /// update in place, which spares the machine fetching lines only to overwrite them
  std::vector<double> streaming, in_place;

  static constexpr int kFirstExponent = 13;
  static constexpr int kLastExponent = 27;

  /// No kernel can take less: its products at the peak, or its traffic at the bandwidth of so large a working set.
  double least_seconds(const Case& measured) const;
};

Roofline measure_roofline(const std::string& isa, const std::string& dtype, int threads);

/// "117 GFLOP/s; 118 GB/s in 32 KiB, ..."
std::string summary(const Roofline& roofline);

}  // namespace laminar::bench
