// SPDX-License-Identifier: BSD-3-Clause
//
// y[n] (+)= u[n] < threshold ? scale * x[n] : 0 with u from Philox4x32-10
#include "entries.hpp"
#include "kernels/philox.hpp"

namespace laminar::kernels::generic {
namespace {

template <class T>
void dropout(const DropoutArgs<T>& args) {
  PhiloxWords random{};
  for (int64_t i = 0; i < args.n; ++i) {
    if (i % 4 == 0) random = random_words(args.key, static_cast<uint64_t>(args.first_element + i) / 4);
    const T value = random.word[i % 4] < args.threshold ? args.scale * args.x[i] : T(0);
    args.y[i] = args.accumulate ? args.y[i] + value : value;
  }
}

}  // namespace

void fill_dropout(KernelTable& table) {
  table.f32.dropout = dropout<float>;
  table.f64.dropout = dropout<double>;
}

}  // namespace laminar::kernels::generic
