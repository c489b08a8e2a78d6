// SPDX-License-Identifier: BSD-3-Clause
//
// SciPy's sparse matrices as views. SciPy is never imported: what counts is what an object has.
#pragma once

#include <string>

#include "numpy_views.hpp"

namespace laminar {

/// Whether it is a sparse matrix of any format. For what is no NumPy array.
bool is_sparse(pybind11::handle value);

/// A CSR matrix without a copy. TypeError for other formats; `name` is the argument's.
HeldView sparse_view_of(pybind11::handle value, const std::string& name);

}  // namespace laminar
