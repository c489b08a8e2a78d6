// SPDX-License-Identifier: BSD-3-Clause
#include "core/cpu.hpp"

#include <cstdlib>
#include <memory>

#include "laminar/error.hpp"

namespace laminar {
namespace {

struct InstructionSet {
  const char* name;
  bool (*cpu_and_system_have_it)();
  void (*fill)(kernels::KernelTable&);
};

// Best first. __builtin_cpu_supports looks at XGETBV too, so it answers for the operating system as well.
const InstructionSet kBuilt[] = {
#ifdef LAMINAR_HAVE_AVX512
    {"avx512",
     [] {
       return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
              __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
     },
     kernels::avx512::fill},
#endif
#ifdef LAMINAR_HAVE_AVX2
    {"avx2", [] { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }, kernels::avx2::fill},
#endif
    {"generic", [] { return true; }, [](kernels::KernelTable&) {}},
};

struct Tables {
  std::vector<std::string> names;
  std::vector<kernels::KernelTable> tables;

  Tables() {
    for (const InstructionSet& isa : kBuilt) {
      if (!isa.cpu_and_system_have_it()) continue;
      kernels::KernelTable table{};
      kernels::generic::fill(table);
      isa.fill(table);
      table.isa = isa.name;
      names.emplace_back(isa.name);
      tables.push_back(table);
    }
  }
};

const Tables& tables() {
  static const Tables instance;
  return instance;
}

}  // namespace

const std::vector<std::string>& available_isas() { return tables().names; }

const kernels::KernelTable& kernel_table(const std::string& isa) {
  std::string known;
  for (std::size_t i = 0; i < tables().names.size(); ++i) {
    if (tables().names[i] == isa) return tables().tables[i];
    known += (i > 0 ? ", " : "") + tables().names[i];
  }
  throw ValueError("LAMINAR_ISA: expected one of " + known + " (what was built and this machine runs), got '" + isa +
                   "'");
}

const kernels::KernelTable& default_kernel_table() {
  static const kernels::KernelTable& table = [&]() -> const kernels::KernelTable& {
    const char* forced = std::getenv("LAMINAR_ISA");
    return forced != nullptr && *forced != '\0' ? kernel_table(forced) : tables().tables.front();
  }();
  return table;
}

const std::string& default_isa() {
  static const std::string name = default_kernel_table().isa;
  return name;
}

}  // namespace laminar
