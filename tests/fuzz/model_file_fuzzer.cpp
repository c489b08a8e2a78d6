// SPDX-License-Identifier: BSD-3-Clause
//
// Whatever the bytes of a file are: a FormatError, or a model that says the same of itself when it is made anew,
// predicts and can be trained, or says with an Error why not. Loading takes at most the memory that
// docs/model_files.md promises.
#include <sanitizer/allocator_interface.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/cpu.hpp"
#include "io/json.hpp"
#include "io/model_file.hpp"
#include "laminar/error.hpp"

namespace laminar {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;  // of a prediction or a step: what is slow is no finding
constexpr std::int64_t kRows = 2;

// The bytes that are in use now, and the most that ever were since somebody set it.
std::int64_t in_use = 0;
std::int64_t peak = 0;

void note_allocated(const volatile void*, std::size_t bytes) {
  in_use += static_cast<std::int64_t>(bytes);
  peak = std::max(peak, in_use);
}

void note_freed(const volatile void* memory) {
  if (memory != nullptr) in_use -= static_cast<std::int64_t>(__sanitizer_get_allocated_size(memory));
}

void demand(bool ok, const std::string& what) {
  if (ok) return;
  std::fprintf(stderr, "expected %s\n", what.c_str());
  std::abort();
}

std::unique_ptr<ModelCore> load(std::span<const std::byte> bytes) {
  const auto metric = [](const std::string& type, const Config::Map& options) { return make_metric(type, options); };
  try {
    return load_model_file(MemorySource(bytes), {make_layer_entry, make_loss, metric});
  } catch (const FormatError&) {
    return nullptr;
  }
}

/// Bytes that loading a file may take: twice its size, a megabyte, and 64 for each byte of its header.
std::int64_t most_bytes(std::span<const std::byte> file) {
  std::uint64_t header = 0;
  for (std::size_t i = 0; i < std::min(file.size(), sizeof(header)); ++i) {
    header |= static_cast<std::uint64_t>(file[i]) << (8 * i);
  }
  header = std::min<std::uint64_t>(header, file.size());
  return static_cast<std::int64_t>(2 * file.size() + (1 << 20) + 64 * header);
}

/// The file's tensors for a model, as far as they fit.
void load_weights(ModelCore& model, std::span<const std::byte> bytes) {
  try {
    load_weights_file(model, MemorySource(bytes), true);
  } catch (const FormatError&) {
  }
}

/// Two layers with the names and shapes that many seeds have.
ModelCore& some_model() {
  static const SymbolicTensor x = Input({.shape = {4}});
  static ModelCore model({x}, {Dense({.units = 2})(Dense({.units = 3})(x))}, DType::kFloat32, 1);
  return model;
}

void check_description(const ModelCore& model) {
  const std::string text = to_json(describe_architecture(model));
  to_json(describe_training(model));
  const Config config = parse_json(text, {.text = text.size(), .bytes = std::size_t{1} << 30});
  const auto same = make_model(std::get<Config::Map>(config.value), make_layer_entry, nullptr, FirstValues::kZero);
  demand(to_json(describe_architecture(*same)) == text, "a model to be made anew from its description");
}

std::size_t planned(ModelCore& model, std::string_view purpose) {
  for (const auto& [name, bytes] : model.planned_bytes(kRows)) {
    if (name == purpose) return bytes;
  }
  return 0;
}

/// Rows of zeros.
struct Zeros {
  std::vector<std::vector<std::byte>> memory;
  std::vector<View> views;

  void add(const TensorSpec& spec) {
    memory.emplace_back(size_bytes(spec));
    views.emplace_back(memory.back().data(), spec.dtype, spec.shape);
  }
};

void predict(ModelCore& model, const Context& context, const Zeros& x) {
  Zeros y;
  std::vector<void*> out;
  for (std::size_t i = 0; i < model.graph().outputs.size(); ++i) {
    y.add({model.output_shape(i, x.views), model.dtype()});
    out.push_back(y.memory.back().data());
  }
  model.predict(context, x.views, 0, out);
}

/// One step with targets of the outputs' shapes, or with labels.
void train(ModelCore& model, const Context& context, const Zeros& x, bool labels) {
  if (!model.compiled() || planned(model, "training") > kMostBytes) return;
  Zeros y;
  for (std::size_t i = 0; i < model.graph().outputs.size(); ++i) {
    if (labels) {
      y.add({{kRows}, DType::kInt32});
    } else {
      y.add({model.output_shape(i, x.views), model.dtype()});
    }
  }
  model.train_on_batch(context, {.x = x.views, .y = y.views});
}

void use(ModelCore& model) {
  if (!model.built()) return;
  const Context context{&default_kernel_table(), 1, nullptr};
  Zeros x;
  const auto or_error = [](const auto& body) {
    try {
      body();
    } catch (const Error&) {
    }
  };
  or_error([&] {
    if (planned(model, "prediction") > kMostBytes) return;  // with inputs in it
    for (const ValueId input : model.graph().inputs) {
      TensorSpec spec = model.graph().value(input).spec;
      spec.shape.set(0, kRows);
      x.add(spec);
    }
    predict(model, context, x);
    or_error([&] { train(model, context, x, false); });
    train(model, context, x, true);
  });
}

}  // namespace
}  // namespace laminar

/// Less to remember of each allocation makes a fifth more of them a second.
extern "C" const char* __asan_default_options() { return "malloc_context_size=8:quarantine_size_mb=16"; }

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  __sanitizer_install_malloc_and_free_hooks(laminar::note_allocated, laminar::note_freed);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const std::int64_t before = laminar::peak = laminar::in_use;
  const auto model = laminar::load(bytes);
  const std::int64_t most = laminar::most_bytes(bytes);
  laminar::demand(laminar::peak - before <= most, "loading to take at most " + std::to_string(most) + " bytes, got " +
                                                      std::to_string(laminar::peak - before));
  laminar::load_weights(model != nullptr && model->built() ? *model : laminar::some_model(), bytes);
  if (model == nullptr) return 0;
  laminar::check_description(*model);
  laminar::use(*model);
  return 0;
}
