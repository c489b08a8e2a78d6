// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/table.hpp"

namespace laminar {

class Team;

/// What every computation is handed: the kernels of the chosen instruction set and the threads it
/// may use. There is no global one.
struct Context {
  const kernels::KernelTable* table = nullptr;
  int threads = 1;
  Team* team = nullptr;  ///< set inside `with_team` where there are several threads
  bool busy = false;     ///< so much is to be done that sleeping threads are worth waking at once
  bool inside = false;   ///< set inside `with_team`: denormals are flushed already

  template <class T>
  const kernels::Kernels<T>& kernels() const {
    return table->of<T>();
  }
};

}  // namespace laminar
