// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <stdexcept>
#include <string>

namespace laminar {

/// Base of everything laminar throws on its own account.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An argument that is of the right kind but cannot be used: a label out of range, NaN in the
/// data, a negative rate. The message names the argument, what was expected and what came.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// An argument of the wrong kind: complex numbers, text, an unknown option.
class TypeError : public Error {
 public:
  using Error::Error;
};

/// A tensor whose rank or axes do not fit. The message names the layer or argument and both shapes.
class ShapeError : public ValueError {
 public:
  using ValueError::ValueError;
};

/// A file that is not what it should be.
class FormatError : public ValueError {
 public:
  using ValueError::ValueError;
};

/// A file that cannot be opened, read or written: what the system said of it.
class FileError : public Error {
 public:
  FileError(int code, const std::string& path);

  int code() const { return code_; }  ///< errno's
  const std::string& path() const { return path_; }

 private:
  int code_;
  std::string path_;
};

/// A training step whose loss or gradient is not finite; no parameter has moved.
class DivergedError : public Error {
 public:
  using Error::Error;
};

/// A call that cannot be made now: fit before compile, fit while another thread predicts.
class StateError : public Error {
 public:
  using Error::Error;
};

}  // namespace laminar
