// SPDX-License-Identifier: BSD-3-Clause
#include "core/config.hpp"

#include <cmath>
#include <limits>

#include "support/tensors.hpp"

namespace laminar::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Options {
  std::int64_t units = 3;
  double rate = 0.5;
  bool use_bias = true;
  std::string name = "layer";
  Shape shape{kFree, 4};
  std::optional<double> limit;
  Regularizer regularizer;
  std::vector<double> values{0.5, 2.0};
  losses::Reduction reduction = losses::Reduction::kMean;
};

struct Fields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("units", options.units);
    field("rate", options.rate);
    field("use_bias", options.use_bias);
    field("name", options.name);
    field("shape", options.shape);
    field("limit", options.limit);
    field("regularizer", options.regularizer);
    field("values", options.values);
    field("reduction", options.reduction);
  }
};

Options read(const Config::Map& map) { return from_map<Fields, Options>(map, "Layer"); }

TEST_CASE("values read as in Python") {
  CHECK(describe({}) == "None");
  CHECK(describe(true) == "True");
  CHECK(describe(std::int64_t{-3}) == "-3");
  CHECK(describe(2.0) == "2.0");
  CHECK(describe(-2.0) == "-2.0");
  CHECK(describe(0.1) == "0.1");
  CHECK(describe(1e-8) == "1e-08");
  CHECK(describe(std::nan("")) == "nan");
  CHECK(describe(std::string("relu")) == "'relu'");
  CHECK(describe(Config::List{std::int64_t{1}, Config(), std::string("x")}) == "[1, None, 'x']");
  CHECK(describe(Config::Map{{"type", std::string("relu")}, {"slope", 0.5}}) == "{'type': 'relu', 'slope': 0.5}");
  CHECK(describe(Config::List(20, Config(true))).size() < 80);
  CHECK(describe(std::string(1000, 'x')).size() < 80);
}

TEST_CASE("the nearest name is proposed") {
  const std::vector<std::string> names{"linear", "sigmoid", "relu", "leaky_relu", "sgd", "mean_squared_error"};
  CHECK(suggestion("rleu", names) == "; did you mean 'relu'?");
  CHECK(suggestion("ReLU", names) == "; did you mean 'relu'?");
  CHECK(suggestion("LeakyReLU", names) == "; did you mean 'leaky_relu'?");
  CHECK(suggestion("sigmoyd", names) == "; did you mean 'sigmoid'?");
  CHECK(suggestion("sdg", names) == "; did you mean 'sgd'?");
  CHECK(suggestion("mean_square_eror", names) == "; did you mean 'mean_squared_error'?");
  for (const char* far : {"", "x", "swish", "mae", "softmax"}) CHECK(suggestion(far, names).empty());
  CHECK(suggestion(std::string(100000, 'x'), names).empty());
  CHECK(expected_one_of("Dense: activation", {"linear", "relu"}, "rleu") ==
        "Dense: activation: expected one of linear, relu, got 'rleu'; did you mean 'relu'?");
}

TEST_CASE("options survive being written and read") {
  Options options;
  options.units = 7;
  options.limit = 1.5;
  options.regularizer = {.l1 = 0.25, .l2 = 2};
  options.reduction = losses::Reduction::kSum;
  options.shape = {2, kFree, 3};
  const Config::Map map = to_map<Fields>(options);
  CHECK(describe(*Config(map).find("shape")) == "[2, None, 3]");
  CHECK(describe(*Config(map).find("regularizer")) == "{'l1': 0.25, 'l2': 2.0}");
  const Options again = read(map);
  CHECK(describe(to_map<Fields>(again)) == describe(map));
  CHECK(again.shape == options.shape);
  CHECK(again.regularizer == options.regularizer);
  CHECK(describe(to_map<Fields>(read({}))) == describe(to_map<Fields>(Options())));
  CHECK_FALSE(read({{"limit", Config()}}).limit.has_value());
}

TEST_CASE("an integer is a number, a bool and a whole float are no integers") {
  CHECK(read({{"rate", std::int64_t{2}}}).rate == 2.0);
  check_throws<TypeError>([] { read({{"units", true}}); }, {"Layer: units: expected an integer, got True"});
  check_throws<TypeError>([] { read({{"units", 2.0}}); }, {"Layer: units: expected an integer, got 2.0"});
  check_throws<TypeError>([] { read({{"rate", true}}); }, {"Layer: rate: expected a number, got True"});
  check_throws<TypeError>([] { read({{"rate", std::string("x")}}); }, {"Layer: rate: expected a number, got 'x'"});
  check_throws<TypeError>([] { read({{"use_bias", std::int64_t{0}}}); }, {"Layer: use_bias", "got 0"});
  check_throws<TypeError>([] { read({{"name", Config()}}); }, {"Layer: name: expected a string, got None"});
}

TEST_CASE("impossible values are named") {
  check_throws<TypeError>(
      [] {
        read({{"unit", std::int64_t{3}}});
      },
      {"Layer: expected options among units, rate,", "got 'unit'; did you mean 'units'?"});
  check_throws<TypeError>([] { read({{"shape", std::int64_t{3}}}); }, {"Layer: shape: expected a list", "got 3"});
  check_throws<TypeError>([] { read({{"shape", Config::List{2.0}}}); }, {"Layer: shape", "got 2.0"});
  check_throws<ValueError>([] { read({{"shape", Config::List{std::int64_t{-1}}}}); }, {"Layer: shape", "got -1"});
  check_throws<ValueError>([] { read({{"shape", Config::List(9, Config())}}); }, {"at most 8 axes, got 9"});
  check_throws<ValueError>(
      [] {
        read({{"regularizer", Config::Map{{"l2", -1.0}}}});
      },
      {"Layer: regularizer: l2: expected a finite number of 0 or more, got -1.0"});
  check_throws<ValueError>([] { read({{"regularizer", Config::Map{{"l1", kInfinity}}}}); }, {"l1", "got inf"});
  check_throws<TypeError>([] { read({{"regularizer", Config::Map{{"l3", 1.0}}}}); }, {"Layer: regularizer", "'l3'"});
  check_throws<TypeError>([] { read({{"regularizer", 0.5}}); }, {"Layer: regularizer: expected a mapping", "got 0.5"});
  check_throws<TypeError>([] { read({{"values", 1.0}}); }, {"Layer: values: expected a list, got 1.0"});
  check_throws<TypeError>(
      [] {
        read({{"values", Config::List{1.0, true}}});
      },
      {"Layer: values[1]: expected a number, got True"});
  check_throws<ValueError>(
      [] {
        read({{"reduction", std::string("max")}});
      },
      {"Layer: reduction: expected one of mean, sum, got 'max'"});
}

TEST_CASE("a regularizer's missing half is 0") {
  CHECK(read({{"regularizer", Config::Map{{"l2", std::int64_t{1}}}}}).regularizer == Regularizer{.l1 = 0, .l2 = 1});
}

}  // namespace
}  // namespace laminar::test
