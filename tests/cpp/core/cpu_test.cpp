// SPDX-License-Identifier: BSD-3-Clause
#include "core/cpu.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "support/tensors.hpp"

namespace laminar::test {
namespace {

TEST_CASE("the table that runs is the one that LAMINAR_ISA names") {
  const char* forced = std::getenv("LAMINAR_ISA");
  const std::string expected = forced != nullptr && *forced != '\0' ? forced : available_isas().front();
  CHECK(default_kernel_table().isa == expected);
  CHECK(default_isa() == expected);
}

TEST_CASE("each available instruction set has a table of its own, complete, with code of its own") {
  REQUIRE(!available_isas().empty());
  CHECK(available_isas().back() == "generic");
  const kernels::KernelTable& generic = kernel_table("generic");
  for (const std::string& isa : available_isas()) {
    const kernels::KernelTable& table = kernel_table(isa);
    CHECK(table.isa == isa);
    const auto* entries = reinterpret_cast<void (*const*)()>(&table.f32);
    const auto n = (sizeof(table.f32) + sizeof(table.f64)) / sizeof(*entries);
    CHECK(std::all_of(entries, entries + n, [](auto entry) { return entry != nullptr; }));
    CHECK((table.f32.gemm == generic.f32.gemm) == (isa == "generic"));
    CHECK((table.f64.adam == generic.f64.adam) == (isa == "generic"));
  }
}

TEST_CASE("an instruction set that is not there is an error that lists those that are") {
  check_throws<ValueError>([] { kernel_table("nonsense"); }, {"LAMINAR_ISA", "generic", "'nonsense'"});
  check_throws<ValueError>([] { kernel_table(""); }, {"LAMINAR_ISA", "generic"});
}

}  // namespace
}  // namespace laminar::test
