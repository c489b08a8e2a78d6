// SPDX-License-Identifier: BSD-3-Clause
#include "callable_loss.hpp"

#include "config_caster.hpp"
#include "core/bytes.hpp"
#include "laminar/error.hpp"
#include "numpy_views.hpp"

namespace py = pybind11;

namespace laminar {
namespace {

/// What the callable returned, as the model's numbers.
void take(py::handle value, const char* what, const Tensor& into) {
  const py::array array = array_like(value, std::string("loss: the callable's ") + what, into.spec);
  copy_bytes(into.data, array.data(), size_bytes(into.spec));
}

}  // namespace

CallableLoss::~CallableLoss() {
  const py::gil_scoped_acquire gil;
  function_ = py::object();
}

Config::Map CallableLoss::options() const {
  const py::gil_scoped_acquire gil;
  return {{"function", name_of_callable(function_)}};
}

std::vector<TargetSpec> CallableLoss::targets(std::span<const TensorSpec> predictions,
                                              std::span<const TensorSpec> given) const {
  TensorSpec spec{given[0].shape, predictions[0].dtype};
  const Shape& p = predictions[0].shape;
  if (spec.shape.rank() == 1 && p.rank() == 2 && p[1] == 1) spec.shape.append(1);
  return {{spec, {}}};
}

std::vector<TensorSpec> CallableLoss::saved(std::span<const TensorSpec> predictions) const { return {predictions[0]}; }

void CallableLoss::forward(const LossForwardCall& call) const {
  const py::gil_scoped_acquire gil;
  // Copies: the callable may keep or change what it is given.
  const py::object result = function_(copy_of(call.targets[0]), copy_of(call.predictions[0]));
  if (!py::isinstance<py::tuple>(result) || py::len(result) != 2) {
    throw TypeError("loss: expected the callable to return a tuple (losses, d losses / d y_pred), got " +
                    std::string(py::str(py::type::handle_of(result).attr("__name__"))));
  }
  const auto pair = py::reinterpret_borrow<py::tuple>(result);
  take(pair[0], "losses", call.losses);
  take(pair[1], "derivative", call.saved[0]);
}

void CallableLoss::backward(const LossBackwardCall& call) const {
  const Gradient& d_prediction = call.d_predictions[0];
  if (!d_prediction.wanted()) return;
  dispatch_float(call.scales.dtype(), [&]<class T>() {
    const std::int64_t rows = call.scales.shape().size();
    const std::int64_t width = rows == 0 ? 0 : d_prediction.tensor.shape().size() / rows;
    const T* derivative = call.saved[0].as<const T>();
    T* to = d_prediction.tensor.as<T>();
    for (std::int64_t i = 0; i < rows * width; ++i) {
      const T value = call.scales.as<const T>()[i / width] * derivative[i];
      to[i] = d_prediction.adds() ? to[i] + value : value;
    }
  });
}

}  // namespace laminar
