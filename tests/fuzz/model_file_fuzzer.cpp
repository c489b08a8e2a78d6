// SPDX-License-Identifier: BSD-3-Clause
//
// Whatever the bytes of a file are: a model that predicts and can be trained and saved, or a FormatError.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/cpu.hpp"
#include "io/model_file.hpp"
#include "laminar/error.hpp"

namespace laminar {
namespace {

constexpr std::int64_t kMostNumbers = 1 << 16;  // of an example: what is slow is no finding

/// Predicts for one example of zeros, where the model knows the shape of its inputs.
void predict(ModelCore& model) {
  if (!model.built()) return;
  std::vector<std::vector<std::byte>> memory;
  std::vector<View> x;
  for (const ValueId input : model.graph().inputs) {
    TensorSpec spec = model.graph().value(input).spec;
    std::int64_t size = 1;
    for (int axis = 0; axis < spec.shape.rank(); ++axis) {
      if (spec.shape[axis] == kFree) spec.shape.set(axis, 1);
      if (spec.shape[axis] > kMostNumbers) return;
      size *= spec.shape[axis];
      if (size > kMostNumbers) return;
    }
    memory.emplace_back(size_bytes(spec));
    x.emplace_back(memory.back().data(), spec.dtype, spec.shape);
  }
  std::vector<void*> out;
  for (std::size_t i = 0; i < model.graph().outputs.size(); ++i) {
    const Shape shape = model.output_shape(i, x);
    if (shape.size() > kMostNumbers) return;
    memory.emplace_back(size_bytes({shape, model.dtype()}));
    out.push_back(memory.back().data());
  }
  const Context context{&default_kernel_table(), 1, nullptr};
  model.predict(context, x, 0, out);
}

void try_file(std::span<const std::byte> bytes) {
  const auto metric = [](const std::string& type, const Config::Map& options) { return make_metric(type, options); };
  std::unique_ptr<ModelCore> model;
  try {
    model = load_model_file(MemorySource(bytes), {make_layer_entry, make_loss, metric});
  } catch (const FormatError&) {
    return;
  }
  try {
    predict(*model);
  } catch (const Error&) {  // a model that makes no sense says so
  }
}

}  // namespace
}  // namespace laminar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  laminar::try_file(std::as_bytes(std::span(data, size)));
  return 0;
}
