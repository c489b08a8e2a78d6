// SPDX-License-Identifier: BSD-3-Clause
//
// Models in files. A file is in the safetensors format: any reader of that finds the tensors under their names.
#pragma once

#include <string>

#include "laminar/model.hpp"

namespace laminar {

/// Writes a model with its weights, what it was compiled with, moments and counters, so that training goes on from
/// the file as if it had never stopped, bit for bit.
///
/// The file is there whole or not at all: it is written beside `path` and put in its place when it is safe on the disk.
/// FileError when the system does not let it; what was there before is then untouched. StateError while another thread
/// trains the model. May be called by what `fit` calls between two epochs.
///
///     save_model(model, "digits.safetensors");
///     Model<float> same = load_model<float>("digits.safetensors");
template <class T>
void save_model(const Model<T>& model, const std::string& path);

struct LoadOptions {
  int threads = 0;       ///< 0: `default_threads()`
  std::string isa = {};  ///< one of `available_isas()`; empty: `default_isa()`
};

/// The model that a file holds; it predicts and trains on to the same bits as the one that was saved.
///
/// A file is data: nothing in it is run, and what it says is checked before memory is given out for it. FormatError
/// says what is wrong and where; FileError that the file cannot be read. ValueError when the model computes in another
/// type than T.
template <class T>
Model<T> load_model(const std::string& path, const LoadOptions& options = {});

struct WeightsOptions {
  /// Take what has the name and shape of a weight, and leave the others: for a network with another head.
  bool partial = false;
};

/// Gives a model the weights of a file that have their names; it may be a file of another program's. FormatError lists
/// those that are missing, unexpected or of another shape; the model is then as it was.
template <class T>
void load_weights(Model<T>& model, const std::string& path, const WeightsOptions& options = {});

extern template void save_model(const Model<float>&, const std::string&);
extern template void save_model(const Model<double>&, const std::string&);
extern template Model<float> load_model(const std::string&, const LoadOptions&);
extern template Model<double> load_model(const std::string&, const LoadOptions&);
extern template void load_weights(Model<float>&, const std::string&, const WeightsOptions&);
extern template void load_weights(Model<double>&, const std::string&, const WeightsOptions&);

}  // namespace laminar
