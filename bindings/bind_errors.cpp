// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>

#include "bindings.hpp"
#include "laminar/error.hpp"

namespace py = pybind11;

namespace laminar {
namespace {

PyObject* shape_error = nullptr;
PyObject* format_error = nullptr;
PyObject* diverged_error = nullptr;

PyObject* make_exception(py::module_& module, const char* name, const char* doc, const py::tuple& bases) {
  const std::string full = std::string("laminar.") + name;
  PyObject* type = PyErr_NewExceptionWithDoc(full.c_str(), doc, bases.ptr(), nullptr);
  if (type == nullptr) throw py::error_already_set();
  module.add_object(name, type);
  return type;
}

/// Sets Python's error. A message may quote a file's bytes or a path, which need not be UTF-8.
void set_error(PyObject* type, const char* message) {
  PyObject* text = PyUnicode_DecodeUTF8(message, static_cast<Py_ssize_t>(std::strlen(message)), "backslashreplace");
  if (text == nullptr) return;  // then that is the error
  PyErr_SetObject(type, text);
  Py_DECREF(text);
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): the signature is pybind11's
void translate(std::exception_ptr error) {
  try {
    if (error) std::rethrow_exception(error);
  } catch (const ShapeError& e) {
    set_error(shape_error, e.what());
  } catch (const FormatError& e) {
    set_error(format_error, e.what());
  } catch (const FileError& e) {
    // OSError picks its own subclass: FileNotFoundError and the like.
    const py::object os_error = py::handle(PyExc_OSError)(e.code(), std::strerror(e.code()), e.path());
    PyErr_SetObject(py::type::handle_of(os_error).ptr(), os_error.ptr());
  } catch (const DivergedError& e) {
    set_error(diverged_error, e.what());
  } catch (const ValueError& e) {
    set_error(PyExc_ValueError, e.what());
  } catch (const TypeError& e) {
    set_error(PyExc_TypeError, e.what());
  } catch (const Error& e) {
    set_error(PyExc_RuntimeError, e.what());
  }
}

}  // namespace

void bind_errors(py::module_& module) {
  const py::handle value_error(PyExc_ValueError);
  shape_error =
      make_exception(module, "ShapeError", "An array whose rank or axes do not fit.", py::make_tuple(value_error));
  format_error =
      make_exception(module, "FormatError", "A file that is not what it should be.", py::make_tuple(value_error));
  diverged_error = make_exception(module, "DivergedError",
                                  "A training step whose loss or gradient is not finite; nothing has moved.",
                                  py::make_tuple(py::handle(PyExc_ArithmeticError), value_error));
  py::register_exception_translator(translate);
}

}  // namespace laminar
