// SPDX-License-Identifier: BSD-3-Clause
#include "numpy_views.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <array>

#include "core/bytes.hpp"
#include "core/config.hpp"
#include "laminar/error.hpp"
#include "model/sparse_source.hpp"
#include "sparse_views.hpp"

namespace py = pybind11;

namespace laminar {
namespace {

std::optional<DType> dtype_of_number(char kind, py::ssize_t size_bytes) {
  switch (kind) {
    case 'b':
      return DType::kBool;
    case 'i':
      return size_bytes == 1   ? DType::kInt8
             : size_bytes == 2 ? DType::kInt16
             : size_bytes == 4 ? DType::kInt32
                               : DType::kInt64;
    case 'u':
      return size_bytes == 1   ? DType::kUInt8
             : size_bytes == 2 ? DType::kUInt16
             : size_bytes == 4 ? DType::kUInt32
                               : DType::kUInt64;
    case 'f':
      if (size_bytes == 4) return DType::kFloat32;
      if (size_bytes == 8) return DType::kFloat64;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<View> readable_in_place(const py::array& array, const std::string& name) {
  const auto* dtype = py::detail::array_descriptor_proxy(array.dtype().ptr());
  const std::optional<DType> number = dtype_of_number(dtype->kind, array.itemsize());
  const bool native = dtype->byteorder != '>';
  const bool aligned = (array.flags() & py::detail::npy_api::NPY_ARRAY_ALIGNED_) != 0;
  if (!number || !native || !aligned) return std::nullopt;
  if (array.ndim() > Shape::kMaxRank) {
    throw ShapeError(name + ": expected at most " + std::to_string(Shape::kMaxRank) + " axes, got " +
                     std::to_string(array.ndim()));
  }
  View view;
  view.data = array.data();
  view.dtype = *number;
  for (py::ssize_t axis = 0; axis < array.ndim(); ++axis) {
    view.shape.append(array.shape(axis));
    view.strides_bytes[static_cast<std::size_t>(axis)] = array.strides(axis);
  }
  return view;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

HeldView view_of(py::handle value, const std::string& name) {
  py::object owner = py::reinterpret_borrow<py::object>(value);
  const bool is_array = py::isinstance<py::array>(owner);
  if (!is_array && is_sparse(value)) throw array_expected(name);
  if (!is_array) owner = py::module_::import("numpy").attr("asarray")(owner);
  const py::array array = owner.cast<py::array>();
  if (const std::optional<View> view = readable_in_place(array, name)) return {*view, owner, !is_array};
  const char kind = array.dtype().kind();
  if (kind != 'f' && kind != 'i' && kind != 'u' && kind != 'b') {
    throw TypeError(name + ": expected real numbers, got dtype " + std::string(py::str(array.dtype())));
  }
  // Rare layouts, which NumPy turns into one of ours: other byte order, half or extended precision, unaligned.
  const bool known = dtype_of_number(kind, array.itemsize()).has_value();
  const py::object native = known ? array.dtype().attr("newbyteorder")("=") : py::object(py::dtype::of<double>());
  owner = array.attr("astype")(native);
  return {*readable_in_place(owner.cast<py::array>(), name), owner, true};
}

py::array array_like(py::handle value, const std::string& name, const TensorSpec& spec) {
  const HeldView held = view_of(value, name);
  if (!(held.view.shape == spec.shape)) {
    throw ShapeError(name + ": expected shape " + to_string(spec.shape) + ", got " + to_string(held.view.shape));
  }
  return held.owner.attr("astype")(py::str(std::string(name_of(spec.dtype))), py::arg("order") = "C",
                                   py::arg("copy") = false);
}

std::vector<HeldView> views_of(py::handle argument, const std::vector<std::string>& names, const char* argument_name,
                               Argument kind) {
  const bool optional = kind == Argument::kOthers;
  std::vector<HeldView> result;
  if (!argument || argument.is_none()) {
    if (!optional) throw TypeError(std::string(argument_name) + ": expected an array, got None");
    return result;
  }
  const auto add = [&](py::handle item, const std::string& name) {
    if (optional && item.is_none()) {
      result.emplace_back();
    } else {
      const bool sparse = kind == Argument::kInputs && !py::isinstance<py::array>(item) && is_sparse(item);
      result.push_back(sparse ? sparse_view_of(item, name) : view_of(item, name));
    }
  };
  if (py::isinstance<py::dict>(argument) && !is_sparse(argument)) {  // SciPy's DOK matrices are dicts
    const auto by_name = py::reinterpret_borrow<py::dict>(argument);
    for (const auto& [key, item] : by_name) {
      const std::string name = py::str(key);
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        throw ValueError(std::string(argument_name) + ": no entry '" + name + "' is wanted" + suggestion(name, names));
      }
    }
    for (const std::string& name : names) {
      if (!by_name.contains(name) && !optional) {
        throw ValueError(std::string(argument_name) + ": expected an entry for each of " + joined(names) +
                         ", got none for '" + name + "'");
      }
      add(by_name.contains(name) ? py::handle(by_name[py::str(name)]) : py::none(),
          std::string(argument_name) + "['" + name + "']");
    }
  } else if (names.size() == 1) {
    add(argument, argument_name);
  } else {
    if (!py::isinstance<py::tuple>(argument) && !py::isinstance<py::list>(argument)) {
      throw TypeError(std::string(argument_name) + ": expected a tuple of " + std::to_string(names.size()) +
                      " arrays (" + joined(names) + ") or a dict, got " +
                      std::string(py::str(py::type::handle_of(argument).attr("__name__"))));
    }
    const auto items = py::reinterpret_borrow<py::sequence>(argument);
    if (items.size() != names.size()) {
      throw ValueError(std::string(argument_name) + ": expected " + std::to_string(names.size()) + " arrays (" +
                       joined(names) + "), got " + std::to_string(items.size()));
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
      add(py::object(items[i]), std::string(argument_name) + "['" + names[i] + "']");
    }
  }
  return result;
}

std::vector<View> plain(const std::vector<HeldView>& held) {
  std::vector<View> views;
  views.reserve(held.size());
  for (const HeldView& item : held) views.push_back(item.view);
  return views;
}

Shape to_shape(const std::vector<std::optional<std::int64_t>>& axes, const std::string& where) {
  Shape shape;
  for (const auto& axis : axes) {
    if (axis && *axis < 0) {
      throw ValueError(where + ": expected axes of length 0 or more, or None for a free one, got " +
                       std::to_string(*axis));
    }
    shape.append(axis.value_or(kFree));
  }
  return shape;
}

py::tuple to_tuple(const Shape& shape) {
  py::list axes;
  for (const std::int64_t length : shape) {
    if (length == kFree) {
      axes.append(py::none());
    } else {
      axes.append(length);
    }
  }
  return py::tuple(axes);
}

namespace {

py::dtype numpy_dtype(DType dtype) {
  if (dtype == DType::kFloat64) return py::dtype::of<double>();
  if (dtype == DType::kInt32) return py::dtype::of<std::int32_t>();
  return py::dtype::of<float>();
}

}  // namespace

py::array new_array(DType dtype, const Shape& shape) {
  // NumPy's own call: py::array goes through vectors, and a prediction of one row takes less time than they do.
  const auto& numpy = py::detail::npy_api::get();
  std::array<Py_intptr_t, Shape::kMaxRank> lengths{};
  std::copy(shape.begin(), shape.end(), lengths.begin());
  PyObject* array = numpy.PyArray_NewFromDescr_(numpy.PyArray_Type_, numpy_dtype(dtype).release().ptr(), shape.rank(),
                                                lengths.data(), nullptr, nullptr, 0, nullptr);
  if (array == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::array>(array);
}

py::array copy_of(const Tensor& tensor) {
  py::array array = new_array(tensor.dtype(), tensor.shape());
  copy_bytes(array.mutable_data(), tensor.data, size_bytes(tensor.spec));
  return array;
}

py::array copy_of(const View& view) {
  const std::vector<py::ssize_t> lengths(view.shape.begin(), view.shape.end());
  const std::vector<py::ssize_t> strides(view.strides_bytes.begin(), view.strides_bytes.begin() + view.shape.rank());
  const py::dtype dtype = py::dtype::from_args(py::str(std::string(name_of(view.dtype))));
  return py::array(dtype, lengths, strides, view.data).attr("copy")("C");
}

py::array array_on(void* data, DType dtype, const Shape& shape, py::handle owner) {
  return py::array(numpy_dtype(dtype), std::vector<py::ssize_t>(shape.begin(), shape.end()), data, owner);
}

}  // namespace laminar
