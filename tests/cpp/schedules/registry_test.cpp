// SPDX-License-Identifier: BSD-3-Clause
#include "schedules/schedule_check.hpp"

namespace laminar::test {
namespace {

LearningRate read(const Config& config) {
  LearningRate rate = 0.5;
  decode(config, "SGD: learning_rate", rate);
  return rate;
}

TEST_CASE("a learning rate is read from a number or from a schedule's options") {
  CHECK(read(std::int64_t{2}).constant() == 2.0);
  CHECK(name_of(read(Config::Map{{"type", std::string("PowerDecay")}})) == "PowerDecay");
  check_rate_option([](double value) { read(value); }, "SGD: learning_rate");
  check_throws<TypeError>([] { read(std::string("fast")); },
                          {"SGD: learning_rate: expected a number or a schedule, got 'fast'"});
  check_throws<ValueError>(
      [] {
        read(Config::Map{{"type", std::string("CosinDecay")}});
      },
      {"schedule: expected one of CosineDecay,", "got 'CosinDecay'; did you mean 'CosineDecay'?"});
  check_throws<TypeError>(
      [] {
        read(Config::Map{{"type", std::string("PowerDecay")}, {"powr", 1.0}});
      },
      {"PowerDecay", "'powr'; did you mean 'power'?"});
  check_throws<ValueError>(
      [] {
        read(Config::Map{{"type", std::string("PowerDecay")}, {"by", std::string("epochs")}});
      },
      {"PowerDecay: by: expected one of step, epoch, got 'epochs'; did you mean 'epoch'?"});
}

class Falling final : public Schedule {
 public:
  double rate(const Progress& progress) const override { return 1.0 / static_cast<double>(1 + progress.step); }
};

TEST_CASE("a schedule of the caller's own has no stored form") {
  const LearningRate own = std::make_shared<Falling>();
  CHECK(name_of(own) == "a schedule of your own");
  check_throws<TypeError>([&] { encode(own); }, {"learning_rate", "schedule of your own"});
}

}  // namespace
}  // namespace laminar::test
