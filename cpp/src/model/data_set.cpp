// SPDX-License-Identifier: BSD-3-Clause
#include "model/data_set.hpp"

#include <cmath>
#include <limits>

#include "laminar/error.hpp"

namespace laminar {
namespace {

std::string number_text(double value) {
  if (value == std::floor(value) && std::fabs(value) < 1e15) return std::to_string(static_cast<long long>(value));
  return describe(Config(value));
}

/// An argument's name, put together only when an error needs it: "x" alone, "x['input_2']" where there are several.
struct ArgumentName {
  const char* base;
  const Graph& graph;
  ValueId value;
  std::size_t count;

  std::string text() const {
    return count == 1 ? std::string(base) : std::string(base) + "['" + graph.name_of_value(value) + "']";
  }
};

/// Throws with what `expected()` says when a value is outside.
template <class Expected>
void check_values(const Context& context, const ArgumentName& name, const View& view, Interval interval,
                  const Expected& expected) {
  const std::int64_t found = find_outside(context, view, interval);
  if (found < 0) return;
  throw ValueError(name.text() + ": expected " + expected() + ", got " + number_text(element(view, found)) + " at " +
                   position(view.shape, found));
}

/// All that the model's dtype can hold; a float64 number beyond float32 would become infinite.
Interval finite_numbers(DType dtype) {
  const double largest = dtype == DType::kFloat32 ? static_cast<double>(std::numeric_limits<float>::max())
                                                  : std::numeric_limits<double>::max();
  return {-largest, largest};
}

bool is_missing(const View& view) { return view.data == nullptr && view.sparse == nullptr; }

bool always_finite(const View& view) { return !is_float(view.dtype); }

void check_shape(const ArgumentName& name, const View& view, const Shape& expected) {
  bool fits = view.shape.rank() == expected.rank();
  for (int axis = 1; fits && axis < expected.rank(); ++axis) {
    fits = expected[axis] == kFree || expected[axis] == view.shape[axis];
  }
  if (fits) {
    if (is_missing(view) && view.shape.size() > 0) {
      throw ValueError(name.text() + ": expected data of shape " + to_string(view.shape) + ", got a null pointer");
    }
    return;
  }
  std::string message = name.text() + ": expected shape " + to_string(expected) + ", got " + to_string(view.shape);
  if (view.shape.rank() == 2 && expected.rank() == 2) {
    message = name.text() + ": expected " + std::to_string(expected[1]) +
              (expected[1] == 1 ? " feature" : " features") + " (shape " + to_string(expected) + "), got " +
              std::to_string(view.shape[1]) + " (shape " + to_string(view.shape) + ")";
  } else if (view.shape.rank() + 1 == expected.rank()) {
    message += "; one example is a batch of one row";
  }
  throw ShapeError(message);
}

void check_takes_sparse(const ArgumentName& name, const View& view, const TensorSpec& spec) {
  if (is_float(spec.dtype) && spec.shape.rank() == 2) return;
  throw TypeError(name.text() + ": expected an array of shape " + to_string(spec.shape) + " and " +
                  std::string(is_float(spec.dtype) ? "real" : "whole") +
                  " numbers (a sparse matrix is rows of real features), got a sparse matrix of shape " +
                  to_string(view.shape));
}

void check_sparse(const Context& context, const ArgumentName& name, const SparseView& matrix, DType dtype,
                  DataSet::Scan scan) {
  if (matrix.shape[0] < 0 || matrix.indptr_length - 1 != matrix.shape[0]) {
    throw ShapeError(name.text() + ": expected an indptr with one number more than the " +
                     std::to_string(matrix.shape[0]) + " rows, got " + std::to_string(matrix.indptr_length));
  }
  if (scan == DataSet::Scan::kShapesOnly) return;
  const std::string fault = find_fault(context, matrix, finite_numbers(dtype));
  if (!fault.empty()) throw ValueError(name.text() + ": " + fault);
}

void check_domain(const Context& context, const ArgumentName& name, const View& view, const TargetDomain& domain,
                  DType dtype) {
  const Interval numbers = finite_numbers(dtype);
  switch (domain.kind) {
    case TargetDomain::Kind::kReal:
      if (!always_finite(view))
        check_values(context, name, view, numbers, [] { return std::string("finite numbers"); });
      return;
    case TargetDomain::Kind::kUnitInterval:
      check_values(context, name, view, {.low = 0.0, .high = 1.0, .or_nan = domain.may_be_missing}, [&] {
        return std::string("numbers from 0 to 1") + (domain.may_be_missing ? ", or NaN where not labelled" : "");
      });
      return;
    case TargetDomain::Kind::kNonNegative:
      check_values(context, name, view, {0.0, numbers.high},
                   [] { return std::string("finite numbers of at least 0"); });
      return;
    case TargetDomain::Kind::kLabels: {
      const std::int64_t last = domain.classes - 1;
      check_values(context, name, view, {0.0, static_cast<double>(last), true},
                   [&] { return "whole-number labels from 0 to " + std::to_string(last); });
      return;
    }
  }
}

/// y of shape (m,) stands for (m, 1), and (m, 1) for labels of shape (m,).
View with_shape_of(View view, const Shape& shape) {
  if (view.shape.rank() + 1 == shape.rank()) {
    view.strides_bytes[static_cast<std::size_t>(view.shape.rank())] = static_cast<std::int64_t>(size_bytes(view.dtype));
    view.shape.append(1);
  } else if (view.shape.rank() == shape.rank() + 1) {
    Shape fewer;
    for (int axis = 0; axis < shape.rank(); ++axis) fewer.append(view.shape[axis]);
    view.shape = fewer;
  }
  return view;
}

TensorSpec with_free_batch(const View& view) {
  TensorSpec spec{view.shape, view.dtype};
  if (spec.shape.rank() > 0) spec.shape.set(0, kFree);
  return spec;
}

}  // namespace

void DataSet::clear() {
  inputs_.clear();
  // A workspace may come from an evaluation, whose arrays are gone.
  targets_.clear();
  given_targets_.clear();
  weights_.clear();
}

void DataSet::open_inputs(const Context& context, const Graph& graph, std::span<const View> x, Scan scan) {
  clear();
  if (x.size() != graph.inputs.size()) {
    throw ValueError("x: expected " + std::to_string(graph.inputs.size()) + " arrays, one an input, got " +
                     std::to_string(x.size()));
  }
  rows_ = x.empty() ? 0 : x[0].rows();
  for (std::size_t i = 0; i < x.size(); ++i) open_input(context, graph, i, x, scan);
}

void DataSet::open_input(const Context& context, const Graph& graph, std::size_t index, std::span<const View> x,
                         Scan scan) {
  const ArgumentName name{"x", graph, graph.inputs[index], x.size()};
  const TensorSpec& spec = graph.value(graph.inputs[index]).spec;
  const View& view = x[index];
  if (view.sparse != nullptr) check_takes_sparse(name, view, spec);
  check_shape(name, view, spec.shape);
  if (view.rows() != rows_) {
    throw ShapeError(name.text() + ": expected " + std::to_string(rows_) + " rows as in the first input, got " +
                     std::to_string(view.rows()));
  }
  if (view.sparse != nullptr) {
    check_sparse(context, name, *view.sparse, spec.dtype, scan);
    inputs_.emplace_back(std::in_place_type<SparseSource>, *view.sparse);
    return;
  }
  if (scan == Scan::kValues && spec.dtype == DType::kInt32) {
    constexpr double kLargest = std::numeric_limits<std::int32_t>::max();
    check_values(context, name, view, {-kLargest - 1, kLargest, true},
                 [] { return std::string("whole numbers that fit int32"); });
  } else if (scan == Scan::kValues && !always_finite(view)) {
    check_values(context, name, view, finite_numbers(spec.dtype), [] { return std::string("finite numbers"); });
  }
  inputs_.emplace_back(std::in_place_type<ArraySource>, view);
}

void DataSet::take_inputs(const DataSet& other) {
  clear();
  rows_ = other.rows_;
  inputs_ = other.inputs_;
}

void DataSet::open(const Context& context, const Graph& graph, std::span<const GraphLoss> losses,
                   std::span<const LossInputs> loss_inputs, const Arrays& arrays, Scan scan) {
  open_inputs(context, graph, arrays.x, scan);
  if (rows_ == 0) throw ValueError("x: expected at least one row, got shape " + to_string(arrays.x[0].shape));
  open_targets(context, graph, losses, loss_inputs, arrays, scan);
}

void DataSet::open_targets(const Context& context, const Graph& graph, std::span<const GraphLoss> losses,
                           std::span<const LossInputs> loss_inputs, const Arrays& arrays, Scan scan) {
  bool as_before = !target_specs_.empty();
  std::size_t target = 0;
  for (std::size_t loss = 0; loss < losses.size(); ++loss) {
    const int output = loss_inputs[loss].output;
    const auto index = static_cast<std::size_t>(output);
    weights_.emplace_back();
    if (output < 0) {
      // An added loss is one number an example too: the weights of a model's only output are its own.
      const bool weighted = graph.outputs.size() == 1 && !arrays.sample_weight.empty();
      if (weighted && !is_missing(arrays.sample_weight[0])) {
        open_weight(context, graph, 0, arrays.sample_weight[0], scan);
      }
      continue;
    }
    const ArgumentName name{"y", graph, graph.outputs[index], graph.outputs.size()};
    if (index >= arrays.y.size() || is_missing(arrays.y[index])) {
      throw ValueError(name.text() + ": expected targets for the loss " + std::string(losses[loss].function->type()) +
                       ", got none");
    }
    const View& y = arrays.y[index];
    if (y.sparse != nullptr) throw array_expected(name.text());
    if (y.shape.rank() == 0 || y.rows() != rows_) {
      throw ShapeError(name.text() + ": expected " + std::to_string(rows_) + " rows as in x, got shape " +
                       to_string(y.shape));
    }
    targets_.emplace_back(y);
    given_targets_.push_back(y);
    const TensorSpec given = with_free_batch(y);
    if (target >= given_.size()) {
      given_.push_back(given);
      as_before = false;
    } else if (!(given_[target] == given)) {
      given_[target] = given;
      as_before = false;
    }
    ++target;
    if (index < arrays.sample_weight.size() && !is_missing(arrays.sample_weight[index])) {
      open_weight(context, graph, index, arrays.sample_weight[index], scan);
    }
  }
  if (!as_before || target_specs_.size() != targets_.size()) {
    target_specs_.clear();
    target = 0;
    for (std::size_t loss = 0; loss < losses.size(); ++loss) {
      if (loss_inputs[loss].output < 0) continue;
      const auto specs = losses[loss].function->targets(loss_inputs[loss].predictions, {&given_[target], 1});
      target_specs_.insert(target_specs_.end(), specs.begin(), specs.end());
      ++target;
    }
  }
  target = 0;
  for (std::size_t loss = 0; loss < losses.size(); ++loss) {
    if (loss_inputs[loss].output < 0) continue;
    const TargetSpec& spec = target_specs_[target];
    const auto index = static_cast<std::size_t>(loss_inputs[loss].output);
    if (scan == Scan::kValues) {
      const ArgumentName name{"y", graph, graph.outputs[index], graph.outputs.size()};
      check_domain(context, name, targets_[target].view(), spec.domain, graph.dtype);
    }
    targets_[target] = ArraySource(with_shape_of(targets_[target].view(), spec.spec.shape));
    ++target;
  }
}

void DataSet::open_weight(const Context& context, const Graph& graph, std::size_t output, const View& weight,
                          Scan scan) {
  const ArgumentName name{"sample_weight", graph, graph.outputs[output], graph.outputs.size()};
  if (weight.sparse != nullptr) throw array_expected(name.text());
  View column = weight;
  if (column.shape.rank() == 2 && column.shape[1] == 1) column = with_shape_of(column, Shape{kFree});
  if (column.shape.rank() != 1 || column.rows() != rows_) {
    throw ShapeError(name.text() + ": expected one number a row, shape (" + std::to_string(rows_) + ",), got " +
                     to_string(weight.shape));
  }
  if (scan == Scan::kValues) {
    check_values(context, name, column, {0.0, static_cast<double>(std::numeric_limits<float>::max())},
                 [] { return std::string("finite numbers of at least 0"); });
    bool any = false;
    for (std::int64_t row = 0; row < rows_ && !any; ++row) any = element(column, row) > 0;
    if (!any) throw ValueError(name.text() + ": expected at least one weight above 0, got zeros only");
  }
  weights_.back() = ArraySource(column);
}

}  // namespace laminar
