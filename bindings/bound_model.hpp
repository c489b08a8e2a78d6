// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "handles.hpp"
#include "io/byte_source.hpp"
#include "io/safetensors.hpp"
#include "model/model_core.hpp"
#include "numpy_views.hpp"

namespace laminar {

/// A model's file, opened, and its header.
class BoundFile {
 public:
  /// FileError, or FormatError with the path in front.
  explicit BoundFile(const std::string& path);

  const std::string& path() const { return path_; }
  const ByteSource& source() const { return source_; }
  const safetensors::Header& header() const { return header_; }
  const std::string& kind() const { return kind_; }  ///< "Sequential" or "Model"

 private:
  std::string path_;
  FileSource source_;
  safetensors::Header header_;
  std::string kind_;
};

/// A model as Python sees it: the core, and the Python objects of its layers.
class BoundModel {
 public:
  static std::unique_ptr<BoundModel> from_layers(const pybind11::sequence& items,
                                                 const std::optional<std::vector<BoundTensor>>& outputs,
                                                 const std::string& dtype, std::optional<std::uint64_t> seed);
  static std::unique_ptr<BoundModel> from_state(const pybind11::dict& state, const pybind11::function& make_layer);
  /// make_layer(type, options) and find_function(name, what) are asked for what a file only names.
  static std::unique_ptr<BoundModel> from_file(const BoundFile& file, const pybind11::function& make_layer,
                                               const pybind11::function& find_function);

  ModelCore& core() { return *core_; }
  const ModelCore& core() const { return *core_; }

  pybind11::list layers() const;
  std::vector<std::string> input_names() const;
  std::vector<std::string> output_names() const;
  std::vector<BoundTensor> inputs() const { return bound(core_->inputs()); }
  std::vector<BoundTensor> outputs() const { return bound(core_->outputs()); }
  BoundTensor output_of(const LayerEntry& layer) const;
  std::vector<BoundTensor> call(const std::vector<BoundTensor>& inputs);
  void build(const std::vector<std::vector<std::optional<std::int64_t>>>& shapes);

  void compile(std::shared_ptr<OptimizerRule> optimizer, const std::vector<std::shared_ptr<LossFunction>>& losses,
               const std::vector<std::vector<std::shared_ptr<MetricFunction>>>& metrics,
               const std::optional<std::vector<double>>& loss_weights);
  pybind11::object compile_options() const;
  void add_loss(const BoundTensor& tensor, double weight);
  void set_learning_rate(const pybind11::object& rate);

  void fit(pybind11::handle x, pybind11::handle y, pybind11::handle sample_weight, pybind11::handle class_weight,
           std::int64_t batch_size, std::int64_t epochs, std::int64_t initial_epoch, bool shuffle,
           const std::optional<pybind11::tuple>& validation_data, double validation_split,
           const pybind11::object& hooks);
  double train_on_batch(pybind11::handle x, pybind11::handle y, pybind11::handle sample_weight);
  pybind11::dict evaluate(pybind11::handle x, pybind11::handle y, pybind11::handle sample_weight,
                          std::optional<std::int64_t> batch_size);
  pybind11::object predict(pybind11::handle x, std::optional<std::int64_t> batch_size, pybind11::handle out);
  pybind11::object predict_batch(pybind11::handle x);
  pybind11::object value_and_grad(pybind11::handle x, pybind11::handle y, pybind11::handle sample_weight, bool training,
                                  const std::string& wrt);
  pybind11::dict check_gradients(pybind11::handle x, pybind11::handle y, pybind11::handle sample_weight,
                                 double epsilon);

  static pybind11::dict parameters(const pybind11::object& self);
  pybind11::list get_weights() const;
  pybind11::list get_averaged_weights() const;
  void set_weights(const pybind11::sequence& weights);
  pybind11::dict get_state() const;
  void set_state(const pybind11::dict& state);
  void save(const std::string& path, const std::string& kind);
  /// ("layer", "Swish"), ("loss", "huber"): what a file can only name.
  std::vector<std::pair<std::string, std::string>> custom_parts() const;
  void load_weights(const std::string& path, bool partial);

 private:
  explicit BoundModel(std::unique_ptr<ModelCore> core) : core_(std::move(core)) {}
  void remember(const BoundCall& call);
  std::vector<BoundTensor> bound(const std::vector<SymbolicTensor>& tensors) const;
  bool is_plain(pybind11::handle x) const;  ///< one array in, one array out, and the shapes are known
  pybind11::object object_of(const std::shared_ptr<LayerEntry>& entry) const;
  pybind11::object predict_rows(const std::vector<HeldView>& x_held, std::int64_t batch_size, pybind11::handle out);

  std::unique_ptr<ModelCore> core_;
  std::vector<pybind11::object> layer_objects_;
};

/// The arrays of one call, converted and kept alive.
struct HeldArrays {
  std::vector<HeldView> held;
  std::vector<View> x, y, sample_weight;

  HeldArrays(BoundModel& model, pybind11::handle x_argument, pybind11::handle y_argument,
             pybind11::handle weight_argument);
  Arrays arrays() const { return {x, y, sample_weight}; }
};

/// Puts a file with these bytes in the place of `path`, whole or not at all.
void write_file(const std::string& path, const pybind11::bytes& content);

}  // namespace laminar
