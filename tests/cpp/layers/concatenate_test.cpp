// SPDX-License-Identifier: BSD-3-Clause
#include "layers/layer_check.hpp"

namespace laminar::test {
namespace {

struct Join {
  std::int64_t axis;
  std::vector<Shape> shapes;
};

const Join kJoins[] = {
    {-1, {{3}, {2}}},      {1, {{3}, {2}, {1}}},   {-1, {{2, 3}, {2, 1}}},
    {1, {{2, 3}, {4, 3}}}, {-2, {{2, 3}, {1, 3}}}, {2, {{2, 3, 2}, {2, 1, 2}}},
};

/// The inputs side by side, a row of `axis` and what follows it at a time
Numbers side_by_side(std::int64_t rows, const std::vector<Numbers>& x, const Join& join) {
  const int rank = join.shapes[0].rank() + 1;
  const int axis = static_cast<int>(join.axis < 0 ? join.axis + rank : join.axis) - 1;
  std::int64_t outer = rows;
  for (int i = 0; i < axis; ++i) outer *= join.shapes[0][i];
  Numbers y;
  for (std::int64_t r = 0; r < outer; ++r) {
    for (const Numbers& part : x) {
      const auto width = static_cast<std::ptrdiff_t>(part.size()) / outer;
      y.insert(y.end(), part.begin() + r * width, part.begin() + (r + 1) * width);
    }
  }
  return y;
}

TEST_CASE("Concatenate: values, gradients, bits") {
  for (const Join& join : kJoins) {
    check_layer({"axis " + std::to_string(join.axis), join.shapes,
                 [&](const std::vector<SymbolicTensor>& x) { return Concatenate({.axis = join.axis})(x); },
                 [&](std::int64_t rows, const std::vector<Numbers>& x, const std::vector<Numbers>&) {
                   return side_by_side(rows, x, join);
                 }});
  }
}

TEST_CASE("a tensor may stand in a concatenation twice") {
  check_layer({"twice",
               {{3}},
               [](const std::vector<SymbolicTensor>& x) {
                 const SymbolicTensor a = Add()({x[0], x[0]});
                 return Concatenate()({a, a});
               },
               {}});
}

TEST_CASE("Concatenate refuses what does not fit together") {
  const SymbolicTensor a = Input({.shape = {2, 3}});
  const SymbolicTensor b = Input({.shape = {4, 5}});
  check_throws<ShapeError>(
      [&] {
        Concatenate({.name = "join"})({a, b});
      },
      {"join (Concatenate)", "(None, 2, 3)", "(None, 4, 5)"});
  check_throws<ShapeError>([&] { Concatenate({.axis = 0})({a, a}); }, {"other than 0", "got axis 0"});
  check_throws<ShapeError>([&] { Concatenate({.axis = 3})({a, a}); }, {"3 axes", "got axis 3"});
  check_throws<ShapeError>([&] { Concatenate({.axis = -3})({a, a}); }, {"got axis -3"});
}

}  // namespace
}  // namespace laminar::test
