// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// The exceptions that laminar throws.
#pragma once

#include <stdexcept>
#include <string>

namespace laminar {

/// Base of everything laminar throws on its own account.
///
/// `what()` names the argument or layer, what was expected and what came. Besides these only what the standard library
/// throws, std::bad_alloc above all, and what a function of the caller's throws comes out of a call.
///
/// \code{.cpp}
/// std::string message;
/// try {
///   Dropout({.rate = 1.5});
/// } catch (const ValueError& error) {
///   message = error.what();
/// }
/// assert(message == "Dropout: rate: expected the fraction to drop, 0 <= rate < 1, got 1.5");
/// \endcode
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

/// A file that is not what it should be. The message begins with the file's path.
class FormatError : public ValueError {
 public:
  using ValueError::ValueError;
};

/// A file that cannot be opened, read or written: what the system said of it.
class FileError : public Error {
 public:
  /// The message is the path and the system's text for the code.
  /// \param code errno's
  /// \param path of the file
  FileError(int code, const std::string& path);

  /// What errno said.
  /// \return for instance ENOENT
  int code() const { return code_; }
  /// The file that it is about.
  /// \return its path
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
