// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pybind11/pybind11.h>

#include "constructed.hpp"
#include "core/config.hpp"

namespace laminar {

/// Plain Python values, and objects with a `config()` method, as a Config. `where` names the option in errors.
Config to_config(pybind11::handle value, const std::string& where);
Config::Map to_config_map(pybind11::handle mapping, const std::string& where);

/// The name a callable was defined with, or that of its class.
std::string name_of_callable(pybind11::handle callable);

pybind11::object from_config(const Config& config);
pybind11::dict from_config_map(const Config::Map& map);

}  // namespace laminar
