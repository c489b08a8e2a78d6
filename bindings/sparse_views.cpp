// SPDX-License-Identifier: BSD-3-Clause
#include "sparse_views.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <memory>

#include "laminar/error.hpp"

namespace py = pybind11;

namespace laminar {
namespace {

/// "csr", "coo" and so on; empty for what has no format.
std::string format_of(py::handle value) {
  const py::object format = py::getattr(value, "format", py::none());
  return py::isinstance<py::str>(format) ? format.cast<std::string>() : std::string();
}

bool has_csr_arrays(py::handle value) {
  return py::hasattr(value, "indptr") && py::hasattr(value, "indices") && py::hasattr(value, "data") &&
         py::hasattr(value, "shape");
}

Shape shape_of(py::handle value, const std::string& name) {
  std::vector<std::optional<std::int64_t>> axes;
  try {
    for (const std::int64_t length : value.attr("shape").cast<std::vector<std::int64_t>>()) axes.emplace_back(length);
  } catch (const py::cast_error&) {
    throw TypeError(name + ".shape: expected whole numbers, got " + std::string(py::repr(value.attr("shape"))));
  }
  return to_shape(axes, name + ".shape");
}

/// One axis of numbers that lie next to each other.
HeldView column_of(py::handle value, const char* attribute, const std::string& name) {
  const std::string whole_name = name + "." + attribute;
  HeldView held = view_of(value.attr(attribute), whole_name);
  if (held.view.shape.rank() != 1) {
    throw ShapeError(whole_name + ": expected one axis, got shape " + to_string(held.view.shape));
  }
  if (held.view.is_contiguous()) return held;
  return view_of(held.owner.attr("copy")(), whole_name);
}

bool is_index(DType dtype) { return dtype == DType::kInt32 || dtype == DType::kInt64; }

/// As int64, which takes a copy.
HeldView long_index(const HeldView& held, const std::string& name) {
  if (is_float(held.view.dtype)) {
    throw TypeError(name + ": expected whole numbers, got dtype " + std::string(name_of(held.view.dtype)));
  }
  return view_of(held.owner.attr("astype")("int64"), name);
}

}  // namespace

bool is_sparse(py::handle value) {
  return py::hasattr(value, "tocsr") || (format_of(value) == "csr" && has_csr_arrays(value));
}

HeldView sparse_view_of(py::handle value, const std::string& name) {
  if (format_of(value) != "csr" || !has_csr_arrays(value)) {
    throw TypeError(name + ": expected an array or a CSR matrix, got " +
                    std::string(py::str(py::type::handle_of(value).attr("__name__"))) + "; convert it with .tocsr()");
  }
  const HeldView data = column_of(value, "data", name);
  HeldView indices = column_of(value, "indices", name);
  HeldView indptr = column_of(value, "indptr", name);
  if (!is_index(indices.view.dtype) || indices.view.dtype != indptr.view.dtype) {
    indices = long_index(indices, name + ".indices");
    indptr = long_index(indptr, name + ".indptr");
  }
  auto matrix = std::make_unique<SparseView>();
  matrix->data = data.view.data;
  matrix->indices = indices.view.data;
  matrix->indptr = indptr.view.data;
  matrix->dtype = data.view.dtype;
  matrix->index_dtype = indices.view.dtype;
  matrix->stored = std::min(data.view.rows(), indices.view.rows());
  matrix->indptr_length = indptr.view.rows();
  matrix->shape = shape_of(value, name);
  const View view(*matrix);
  const py::capsule keeper(matrix.release(), [](void* pointer) { delete static_cast<SparseView*>(pointer); });
  return {view, py::make_tuple(data.owner, indices.owner, indptr.owner, keeper)};
}

}  // namespace laminar
