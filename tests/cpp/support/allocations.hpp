// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace laminar::test {

/// Counts what all threads ask of malloc and its kin while it lives. Only one at a time.
class CountAllocations {
 public:
  CountAllocations();
  ~CountAllocations();
  CountAllocations(const CountAllocations&) = delete;
  CountAllocations& operator=(const CountAllocations&) = delete;

  /// False where something else has taken malloc's place, as a sanitizer does.
  static bool works();
  long count() const;
};

}  // namespace laminar::test
