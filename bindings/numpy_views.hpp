// SPDX-License-Identifier: BSD-3-Clause
//
// Python's arrays as views. Nothing is copied that the core can read as it is.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <optional>
#include <string>
#include <vector>

#include "core/tensor.hpp"
#include "laminar/view.hpp"

namespace laminar {

/// An array, and the Python object that keeps its memory alive.
struct HeldView {
  View view;
  pybind11::object owner;
  bool converted = false;  ///< the view is of a copy, not of the caller's own array
};

/// Any array-like of real numbers. NumPy converts what the core cannot read in place: lists, byte-swapped, half and
/// extended precision. TypeError for text, objects and complex numbers; `name` is the argument's.
HeldView view_of(pybind11::handle value, const std::string& name);

/// Inputs have to be there and may be sparse matrices; None stands for a view without data among the others.
enum class Argument { kInputs, kOthers };

/// One view for each name: the argument itself where there is one name, else a tuple or list in order or a dict by
/// name.
std::vector<HeldView> views_of(pybind11::handle argument, const std::vector<std::string>& names,
                               const char* argument_name, Argument kind);

/// A C-contiguous array of the spec's dtype from any array-like of its shape; ShapeError for another shape.
pybind11::array array_like(pybind11::handle value, const std::string& name, const TensorSpec& spec);

std::vector<View> plain(const std::vector<HeldView>& held);

Shape to_shape(const std::vector<std::optional<std::int64_t>>& axes, const std::string& where);
pybind11::tuple to_tuple(const Shape& shape);  ///< free axes are None

/// A new C-contiguous array of the model's dtype.
pybind11::array new_array(DType dtype, const Shape& shape);
pybind11::array copy_of(const Tensor& tensor);
/// A copy with the strides of C.
pybind11::array copy_of(const View& view);
/// An array on memory that `owner` keeps alive.
pybind11::array array_on(void* data, DType dtype, const Shape& shape, pybind11::handle owner);

}  // namespace laminar
