// SPDX-License-Identifier: BSD-3-Clause
#include "config_caster.hpp"

#include "laminar/error.hpp"

namespace py = pybind11;

namespace laminar {

Config to_config(py::handle value, const std::string& where) {
  if (value.is_none()) return {};
  if (py::hasattr(value, "config")) return to_config(value.attr("config")(), where);
  if (py::isinstance<py::bool_>(value) || py::isinstance(value, py::module_::import("numpy").attr("bool_"))) {
    return value.cast<bool>();
  }
  if (py::isinstance<py::str>(value)) return value.cast<std::string>();
  if (py::isinstance<py::dict>(value)) return to_config_map(value, where);
  if (py::isinstance<py::list>(value) || py::isinstance<py::tuple>(value)) {
    Config::List list;
    for (const py::handle item : value) list.push_back(to_config(item, where));
    return list;
  }
  if (py::isinstance<py::float_>(value)) return value.cast<double>();
  if (PyIndex_Check(value.ptr()) != 0) {  // int, and NumPy's integers
    const auto number = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
    if (!number) throw py::error_already_set();
    int overflow = 0;
    const long long integer = PyLong_AsLongLongAndOverflow(number.ptr(), &overflow);
    if (overflow != 0) {
      throw ValueError(where + ": expected a number that fits 64 bits, got " + std::string(py::str(number)));
    }
    return static_cast<std::int64_t>(integer);
  }
  if (py::hasattr(value, "__float__")) return py::float_(py::reinterpret_borrow<py::object>(value)).cast<double>();
  throw TypeError(where + ": expected a number, a string, a list or an object of laminar's, got " +
                  std::string(py::str(py::type::handle_of(value).attr("__name__"))));
}

Config::Map to_config_map(py::handle mapping, const std::string& where) {
  Config::Map map;
  for (const auto& [key, value] : py::dict(py::reinterpret_borrow<py::object>(mapping))) {
    const std::string name = py::str(key);
    map.emplace_back(name, to_config(value, where + ": " + name));
  }
  return map;
}

std::string name_of_callable(py::handle callable) {
  const py::object name = py::getattr(callable, "__name__", py::none());
  return py::str(name.is_none() ? py::object(py::type::handle_of(callable).attr("__name__")) : name);
}

py::object from_config(const Config& config) {
  return std::visit(
      [](const auto& value) -> py::object {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          return py::none();
        } else if constexpr (std::is_same_v<T, Config::List>) {
          py::list list;
          for (const Config& item : value) list.append(from_config(item));
          return list;
        } else if constexpr (std::is_same_v<T, Config::Map>) {
          return from_config_map(value);
        } else {
          return py::cast(value);
        }
      },
      config.value);
}

py::dict from_config_map(const Config::Map& map) {
  py::dict result;
  for (const auto& [name, value] : map) result[py::str(name)] = from_config(value);
  return result;
}

}  // namespace laminar
