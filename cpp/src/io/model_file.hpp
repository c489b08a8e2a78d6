// SPDX-License-Identifier: BSD-3-Clause
//
// A model as a safetensors file: its tensors under their names, everything else as JSON in the metadata.
//
//     "dense_1.kernel"              a parameter, or what a layer keeps untrained
//     "optimizer.0.dense_1.kernel"  a moment
//     __metadata__                  format "laminar", format_version, kind, architecture, training
//
// JSON that is long goes on in the entries "architecture.1", "architecture.2" ...: a reader need not keep long texts.
#pragma once

#include <memory>
#include <string>

#include "io/byte_source.hpp"
#include "io/safetensors.hpp"
#include "laminar/error.hpp"
#include "model/architecture.hpp"
#include "model/training_state.hpp"

namespace laminar {

/// Goes up when older versions could not read a file.
inline constexpr int kFormatVersion = 1;

/// `kind` is what the user's language makes of the file: "Sequential" or "Model".
void save_model_file(ModelCore& model, const std::string& path, const std::string& kind,
                     const LayerOptions& options_of);

/// What makes the parts of a model that a file names.
struct PartMakers {
  LayerMaker layer;
  LossMaker loss;
  MetricMaker metric;
};

/// What `save_model_file` was told.
std::string kind_of_model_file(const safetensors::Header& header);

/// The model with weights, compiled losses, moments and counters: it goes on where it was saved, bit for bit. A file is
/// data, and nothing in it is believed: FormatError says what is wrong with it, before memory is given out for more
/// than it holds.
std::unique_ptr<ModelCore> load_model_file(const ByteSource& source, const PartMakers& makers);
/// The same for who has read the header.
std::unique_ptr<ModelCore> load_model_file(const ByteSource& source, const safetensors::Header& header,
                                           const PartMakers& makers);

/// Fills a model's weights with those of the same names in a file. Unless `partial`, each must be there and no other.
/// FormatError lists the missing, the unexpected and those of another shape, and nothing has changed.
void load_weights_file(ModelCore& model, const ByteSource& source, bool partial);

/// Puts the path in front of what a FormatError from `body` says.
template <class Body>
auto with_path(const std::string& path, const Body& body) {
  try {
    return body();
  } catch (const FormatError& error) {
    throw FormatError(path + ": " + error.what());
  }
}

}  // namespace laminar
