// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// Models in files.
///
/// A file is in the safetensors format: any reader of that finds the tensors under their names.
#pragma once

#include <string>

#include "laminar/model.hpp"

namespace laminar {

/// Writes a model with its weights, what it was compiled with, moments and counters, so that training goes on from
/// the file as if it had never stopped, bit for bit.
///
/// The file is there whole or not at all: it is written beside `path` and put in its place when it is safe on the disk.
/// May be called by what `fit` calls between two epochs. A metric that is a function of the caller's is written by its
/// kind alone, and `load_model` refuses the file.
///
/// \code{.cpp}
/// const Model<float> model(Sequential{Input({.shape = {4}}), Dense({.units = 3})}, {.seed = 1});
/// save_model(model, "small.safetensors");
/// const Model<float> same = load_model<float>("small.safetensors");
/// assert(same.weights() == model.weights());
/// \endcode
///
/// \param model one that no other thread trains
/// \param path  a file to make or replace, in a folder that exists
/// \throws FileError  if the system does not let it; what was there before is then untouched
/// \throws StateError if another thread trains the model, or averaged weights stand in the parameters' place
/// \throws TypeError  if the learning rate is a `Schedule` of the caller's own, which has no stored form
template <class T>
void save_model(const Model<T>& model, const std::string& path);

/// What a loaded model computes with.
struct LoadOptions {
  int threads = 0;       ///< 0 to 4096; 0: `default_threads()`
  std::string isa = {};  ///< one of `available_isas()`; empty: `default_isa()`
};

/// The model that a file holds; it predicts and trains on to the same bits as the one that was saved.
///
/// A file is data: nothing in it is run, and what it says is checked before memory is given out for it. The example
/// stands at `save_model`.
///
/// \param path    a file that `save_model` or Python's `model.save` has written
/// \param options threads and instruction set
/// \return a model of its own
/// \throws FormatError if the file is not such a one, or has parts that C++ does not know; it says what and where
/// \throws FileError   if the file cannot be read
/// \throws ValueError  if the model computes in another type than T, or an option cannot be used
template <class T>
Model<T> load_model(const std::string& path, const LoadOptions& options = {});

/// How strict `load_weights` is.
struct WeightsOptions {
  /// Take the tensors that are there and leave the other weights as they are: for a network with another head. At least
  /// one must be there, and none may have the name of a weight but another shape.
  bool partial = false;
};

/// Gives a model the weights of a file that have their names; it may be a file of another program's.
///
/// \code{.cpp}
/// const Model<float> trained(Sequential{Input({.shape = {4}}), Dense({.units = 3, .name = "body"})});
/// save_model(trained, "weights.safetensors");
/// Model<float> other(Sequential{Input({.shape = {4}}), Dense({.units = 3, .name = "body"}), Dense({.units = 1})});
/// load_weights(other, "weights.safetensors", {.partial = true});
/// assert(other.weights()[0] == trained.weights()[0]);
/// \endcode
///
/// \param model   one that knows its shapes; it is changed only if nothing is thrown
/// \param path    a safetensors file
/// \param options how strict
/// \throws FormatError that lists the tensors that are missing, unexpected or of another shape
/// \throws FileError   if the file cannot be read
/// \throws StateError  if the model does not know its shapes yet, or another call uses it
template <class T>
void load_weights(Model<T>& model, const std::string& path, const WeightsOptions& options = {});

/// \cond
extern template void save_model(const Model<float>&, const std::string&);
extern template void save_model(const Model<double>&, const std::string&);
extern template Model<float> load_model(const std::string&, const LoadOptions&);
extern template Model<double> load_model(const std::string&, const LoadOptions&);
extern template void load_weights(Model<float>&, const std::string&, const WeightsOptions&);
extern template void load_weights(Model<double>&, const std::string&, const WeightsOptions&);
/// \endcond

}  // namespace laminar
