// SPDX-License-Identifier: BSD-3-Clause
//
// Many may predict at a time; who changes the model is alone, and a clash is an error.
#include "model/access.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "laminar/model.hpp"
#include "support/tables.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

struct Shared {
  std::vector<float> x = random_vector<float>(64 * 20, 1);
  std::vector<float> y = random_vector<float>(64, 2);
  View rows{x.data(), {64, 20}};
  Model<float> model{Sequential{Dense({.units = 128, .activation = Activation::kRelu}), Dense({.units = 1})},
                     {.seed = 1, .threads = 2}};
  Shared() { model.compile({.loss = losses::SquaredError()}); }
};

TEST_CASE("several threads predict with one model, the first of them building it") {
  Shared shared;
  std::vector<std::thread> callers;
  std::vector<std::vector<float>> results(8);
  for (std::size_t i = 0; i < results.size(); ++i) {
    callers.emplace_back([&, i] {
      for (int round = 0; round < 20; ++round) results[i] = shared.model.predict(shared.rows);
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const std::vector<float>& result : results) CHECK(result == results[0]);
}

TEST_CASE("while one thread trains, others are told so, and its own callback may look") {
  Shared shared;
  std::atomic<int> refused{0};
  bool looked = false;
  shared.model.fit(shared.rows, View(shared.y), {.on_epoch = [&](std::int64_t, const Logs&) {
                     std::thread([&] {
                       const auto count = [&](const auto& call) {
                         try {
                           call();
                         } catch (const StateError&) {
                           ++refused;
                         }
                       };
                       count([&] { shared.model.predict(shared.rows); });
                       count([&] { shared.model.train_on_batch(shared.rows, View(shared.y)); });
                       count([&] { shared.model.compile({}); });
                     }).join();
                     looked = shared.model.predict(shared.rows).size() == 64;
                     check_throws<StateError>([&] { shared.model.fit(shared.rows, View(shared.y)); }, {"in use"});
                     return false;
                   }});
  CHECK(refused == 3);
  CHECK(looked);
  CHECK(shared.model.steps() == 2);
}

TEST_CASE("readers share, writers don't, and both leave in the end") {
  Access access;
  {
    const Access::Reading one(access);
    const Access::Reading two(access);
    CHECK_THROWS_AS(Access::Writing{access}, StateError);
  }
  {
    const Access::Writing writing(access);
    const Access::Reading own(access);
    CHECK_THROWS_AS(Access::Writing{access}, StateError);
    const Access::Writing nested(access, Access::Nested::kAllowed);
  }
  const Access::Writing again(access);
}

}  // namespace
}  // namespace laminar::test
