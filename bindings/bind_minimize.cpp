// SPDX-License-Identifier: BSD-3-Clause
#include <optional>

#include "bindings.hpp"
#include "bound_model.hpp"
#include "laminar/error.hpp"
#include "model/flat_loss.hpp"
#include "runtime.hpp"

namespace py = pybind11;

namespace laminar {
namespace {

using Vector = py::array_t<double, py::array::c_style>;

/// A model's loss on arrays that are kept alive with it.
class BoundFlatLoss {
 public:
  BoundFlatLoss(BoundModel& model, py::handle x, py::handle y, py::handle sample_weight)
      : data_(model, x, y, sample_weight) {
    const py::gil_scoped_release release;
    loss_.emplace(model.core(), current_context(), data_.arrays());
  }

  void close() { loss_.reset(); }

  Vector read() {
    Vector theta(open().size());
    open().read(theta.mutable_data());
    return theta;
  }

  void write(const Vector& theta) { open().write(checked(theta)); }

  py::tuple evaluate(const Vector& theta) {
    const double* at = checked(theta);
    Vector gradient(open().size());
    double* to = gradient.mutable_data();
    double loss = 0.0;
    {
      const py::gil_scoped_release release;
      loss = open().evaluate(at, to);
    }
    return py::make_tuple(loss, gradient);
  }

 private:
  ModelCore::FlatLoss& open() {
    if (!loss_) throw StateError("FlatLoss: it is closed");
    return *loss_;
  }

  const double* checked(const Vector& theta) {
    if (theta.ndim() == 1 && theta.size() == open().size()) return theta.data();
    throw ShapeError("FlatLoss: theta: expected " + std::to_string(open().size()) + " numbers, got " +
                     std::to_string(theta.size()));
  }

  HeldArrays data_;
  std::optional<ModelCore::FlatLoss> loss_;
};

}  // namespace
}  // namespace laminar

template <>
class pybind11::detail::type_caster<laminar::BoundFlatLoss> : public ConstructedValue<laminar::BoundFlatLoss> {};

namespace laminar {

void bind_minimize(py::module_& module) {
  py::class_<BoundFlatLoss>(module, "FlatLoss", "The loss on fixed data as a function of one vector, for minimizers.")
      .def(py::init<BoundModel&, py::handle, py::handle, py::handle>(), py::arg("model"), py::arg("x"), py::arg("y"),
           py::arg("sample_weight"), py::keep_alive<1, 2>())
      .def("read", &BoundFlatLoss::read)
      .def("write", &BoundFlatLoss::write, py::arg("theta"))
      .def("evaluate", &BoundFlatLoss::evaluate, py::arg("theta"))
      .def("close", &BoundFlatLoss::close);
}

}  // namespace laminar
