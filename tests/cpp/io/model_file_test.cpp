// SPDX-License-Identifier: BSD-3-Clause
//
// A file goes on where the model stopped, and no file does harm.
#include "io/model_file.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "laminar/error.hpp"
#include "laminar/io.hpp"
#include "laminar/runtime.hpp"
#include "support/tables.hpp"
#include "support/temporary_folder.hpp"

namespace laminar::test {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kRows = 60;
constexpr std::int64_t kFeatures = 4;

template <class T>
struct Data {
  std::vector<T> x = random_vector<T>(kRows * kFeatures, 1);
  std::vector<std::int32_t> y;

  Data() {
    for (std::int64_t i = 0; i < kRows; ++i) y.push_back(static_cast<std::int32_t>(i % 3));
  }
  View inputs() const { return View(x.data(), {kRows, kFeatures}); }
  void fit(Model<T>& model, std::int64_t epochs) const {
    model.fit(inputs(), View(y), {.batch_size = 16, .epochs = epochs, .initial_epoch = model.epochs()});
  }
};

template <class T>
Model<T> classifier(const Optimizer& optimizer) {
  Model<T> model(Sequential{Input({.shape = {kFeatures}}), Dense({.units = 8, .activation = Activation::kRelu}),
                            BatchNormalization(), Dropout({.rate = 0.3}), LayerNormalization(),
                            Dense({.units = 3, .activation = Activation::kSoftmax})},
                 {.seed = 3});
  model.compile({.optimizer = optimizer, .loss = losses::CrossEntropy(), .metrics = {"accuracy"}});
  return model;
}

std::vector<Optimizer> optimizers() {
  return {SGD({.learning_rate = 0.1}),
          SGD({.learning_rate = schedules::CosineDecay({.initial_learning_rate = 0.1, .decay_steps = 20}),
               .momentum = 0.9}),
          Adam({.learning_rate = 0.01}),
          Adam({.learning_rate = 0.01, .update = {.ema_momentum = 0.9, .gradient_accumulation_steps = 3}}),
          RMSprop({.learning_rate = 0.01, .momentum = 0.5, .centered = true}),
          Adagrad({.learning_rate = 0.1})};
}

template <class T>
void check_resumed() {
  const Data<T> data;
  const TemporaryFolder folder;
  const std::string path = folder.path() / "model.safetensors";
  for (const Optimizer& optimizer : optimizers()) {
    Model<T> whole = classifier<T>(optimizer);
    data.fit(whole, 2);
    save_model(whole, path);
    Model<T> resumed = load_model<T>(path);
    CHECK(resumed.predict(data.inputs()) == whole.predict(data.inputs()));
    CHECK(resumed.steps() == whole.steps());
    CHECK(resumed.epochs() == 2);
    CHECK(resumed.learning_rate() == whole.learning_rate());
    data.fit(whole, 4);
    data.fit(resumed, 4);
    CHECK(resumed.weights() == whole.weights());
    CHECK(resumed.history().values == whole.history().values);
  }
}

TEST_CASE("model file: predicts and trains on to the same bits, with each optimizer") {
  check_resumed<float>();
  check_resumed<double>();
}

TEST_CASE("model file: a graph with several inputs and outputs, and a model without shape") {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "model.safetensors";
  const SymbolicTensor a = Input({.shape = {3}, .name = "a"});
  const SymbolicTensor b = Input({.shape = {3}, .name = "b"});
  const LayerRef shared = Dense({.units = 5, .activation = Activation::kTanh, .name = "shared"});
  const SymbolicTensor joined = Concatenate()({shared(a), shared(b)});
  Model<double> model({a, b}, {Dense({.units = 2})(joined), Add()({shared(a), shared(b)})}, {.seed = 1});
  save_model(model, path);
  const Model<double> same = load_model<double>(path);
  const std::vector<double> x = random_vector<double>(6, 2);
  const std::vector<View> inputs{View(x.data(), {2, 3}), View(x.data(), {2, 3})};
  CHECK(same.predict(inputs) == model.predict(inputs));
  CHECK_THROWS_AS(load_model<float>(path), ValueError);

  save_model(Model<float>(Sequential{Dense({.units = 2})}, {.seed = 9}), path);
  Model<float> unbuilt = load_model<float>(path);
  CHECK(unbuilt.seed() == 9);
  CHECK(unbuilt.parameters().empty());
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Reading a file computes nothing: of the runs of these tests, one an instruction set, the first is enough.
bool is_first_run() { return default_isa() == "generic"; }

/// Whether a model comes of these bytes; all else must be a FormatError.
bool loads(const std::string& bytes) {
  const auto metric = [](const std::string& type, const Config::Map& options) { return make_metric(type, options); };
  try {
    load_model_file(MemorySource(std::as_bytes(std::span(bytes))), {make_layer_entry, make_loss, metric});
    return true;
  } catch (const FormatError&) {
    return false;
  }
}

TEST_CASE("model file: cut at any byte it is refused, and with any bit of its header turned it does no harm") {
  if (!is_first_run()) return;
  const TemporaryFolder folder;
  const std::string path = folder.path() / "model.safetensors";
  Model<float> model(Sequential{Input({.shape = {2}}), Dense({.units = 2})}, {.seed = 1});
  model.compile({.optimizer = Adam(), .loss = losses::MeanSquaredError(), .metrics = {}});
  const std::vector<float> x{1, 2, 3, 4};
  model.train_on_batch(View(x.data(), {2, 2}), View(x.data(), {2, 2}));
  save_model(model, path);
  const std::string whole = bytes_of(path);
  CHECK(loads(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) CHECK_FALSE(loads(whole.substr(0, length)));
  CHECK_FALSE(loads(whole + '\0'));
  const std::size_t header = whole.find('}', whole.rfind("data_offsets")) + 2;
  int loaded = 0;
  for (std::size_t bit = 0; bit < 8 * header; ++bit) {
    std::string turned = whole;
    turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ (1 << bit % 8));
    loaded += loads(turned) ? 1 : 0;  // a rate of 0.003 for 0.001 is as good
  }
  MESSAGE(whole.size() << " lengths, " << 8 * header << " bits, of which " << loaded << " make another model");
}

/// Changes a few bytes: turns, drops, repeats, or puts others in.
std::string damaged(std::string bytes, std::mt19937& random) {
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  for (std::size_t left = 1 + below(4); left > 0 && !bytes.empty(); --left) {
    // Most of what matters is in the header.
    const std::size_t at = below(below(4) == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 1600));
    const std::size_t length = 1 + below(16);
    switch (below(4)) {
      case 0:
        bytes[at] = static_cast<char>(below(256));
        break;
      case 1:
        bytes.erase(at, length);
        break;
      case 2:
        bytes.insert(at, bytes.substr(at, length));
        break;
      default:
        bytes[at] = "0123456789[]{}:,\"- "[below(19)];
        break;
    }
  }
  return bytes;
}

TEST_CASE("model file: damaged at random it is refused, or makes another model") {
  if (!is_first_run()) return;
  const TemporaryFolder folder;
  const std::string path = folder.path() / "model.safetensors";
  const Data<float> data;
  Model<float> model = classifier<float>(Adam({.learning_rate = 0.01}));
  data.fit(model, 1);
  save_model(model, path);
  const std::string whole = bytes_of(path);
  std::mt19937 random(1);
  int loaded = 0;
#ifdef __SANITIZE_ADDRESS__
  constexpr int kFiles = 2'000;  // a tenth as fast
#else
  constexpr int kFiles = 20'000;
#endif
  for (int i = 0; i < kFiles; ++i) loaded += loads(damaged(whole, random)) ? 1 : 0;
  MESSAGE(kFiles << " files, of which " << loaded << " make another model");
}

/// A model with losses on tensors that no output needs, trained for a step.
Model<double> with_added_losses() {
  const SymbolicTensor x = Input({.shape = {3}});
  const SymbolicTensor codes = Dense({.units = 2, .name = "codes"})(x);
  Model<double> model(x, codes, {.seed = 1});
  model.compile({.optimizer = SGD({.learning_rate = 0.1, .momentum = 0.9})});
  model.add_loss(Dense({.units = 1, .activation = Activation::kSoftplus, .name = "energy"})(codes), 2.0);
  model.add_loss(Dense({.units = 1, .activation = Activation::kSigmoid, .name = "other"})(x), 0.5);
  const std::vector<double> x_values = random_vector<double>(12, 1);
  model.train_on_batch(View(x_values.data(), {4, 3}), View());
  return model;
}

TEST_CASE("model file: layers that only an added loss needs are in it") {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "model.safetensors";
  Model<double> model = with_added_losses();
  save_model(model, path);
  Model<double> same = load_model<double>(path);
  CHECK(same.weights().size() == 6);
  CHECK(same.weights() == model.weights());
  const std::vector<double> x = random_vector<double>(12, 2);
  CHECK(same.train_on_batch(View(x.data(), {4, 3}), View()) == model.train_on_batch(View(x.data(), {4, 3}), View()));
  CHECK(same.weights() == model.weights());
}

/// The file of a model, with another text in the place of each `from` in its header.
std::string changed_file(const Model<double>& model, const std::string& from, const std::string& to) {
  const TemporaryFolder folder;
  save_model(model, folder.path() / "model.safetensors");
  const std::string file = bytes_of(folder.path() / "model.safetensors");
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), 8);
  const std::string tensors = file.substr(8 + length);
  std::string header = file.substr(8, length);
  int changes = 0;
  for (std::size_t at = 0; (at = header.find(from, at)) != std::string::npos; at += to.size(), ++changes) {
    header.replace(at, from.size(), to);
  }
  REQUIRE(changes > 0);
  length = header.size();
  std::string result(8, '\0');
  std::memcpy(result.data(), &length, 8);
  return result + header + tensors;
}

TEST_CASE("model file: numbers of its description are believed only so far as there are tensors") {
  if (!is_first_run()) return;
  const Model<double> stack(Sequential{Input({.shape = {2}}), Normalization(), Dense({.units = 2})}, {.seed = 1});
  CHECK(loads(changed_file(stack, R"(\"seed\":1)", R"(\"seed\":2)")));
  for (const char* units : {"3", "1000000000000", "4611686018427387904", "9223372036854775807"}) {
    CHECK_FALSE(loads(changed_file(stack, R"(\"units\":2)", R"(\"units\":)" + std::string(units))));
    CHECK_FALSE(loads(changed_file(stack, R"(\"shape\":[2])", R"(\"shape\":[)" + std::string(units) + "]")));
  }
  CHECK(loads(changed_file(stack, R"(\"steps\":0)", R"(\"steps\":9007199254740992)")));
  CHECK_FALSE(loads(changed_file(stack, R"(\"steps\":0)", R"(\"steps\":9223372036854775807)")));

  const SymbolicTensor a = Input({.shape = {2}});
  const SymbolicTensor b = Input({.shape = {2}});
  const Model<double> joined({a, b}, {Concatenate()({a, b})});
  CHECK_FALSE(loads(changed_file(joined, R"(\"shape\":[2])", R"(\"shape\":[9223372036854775807])")));
  CHECK_FALSE(loads(changed_file(with_added_losses(), "\"energy.kernel", "\"energy.wrong_")));
}

TEST_CASE("weights of a file: all, some, and what does not fit") {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "model.safetensors";
  const auto network = [](std::int64_t units, const char* head, std::uint64_t seed) {
    return Model<float>(
        Sequential{Input({.shape = {2}}), Dense({.units = 3, .name = "body"}), Dense({.units = units, .name = head})},
        {.seed = seed});
  };
  Model<float> saved = network(2, "head", 1);
  save_model(saved, path);
  Model<float> same = network(2, "head", 2);
  load_weights(same, path);
  CHECK(same.weights() == saved.weights());

  Model<float> other = network(2, "other", 2);
  const auto before = other.weights();
  const auto problem = [&](Model<float>& model, bool partial) {
    try {
      load_weights(model, path, {.partial = partial});
    } catch (const FormatError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(problem(other, false).find("missing: other.kernel, other.bias; unexpected: head.bias, head.kernel") !=
        std::string::npos);
  CHECK(other.weights() == before);
  CHECK(problem(other, true).empty());
  CHECK(other.weights()[0] == saved.weights()[0]);
  CHECK(other.weights()[2] == before[2]);

  Model<float> wider = network(5, "head", 2);
  CHECK(problem(wider, true).find("head.kernel (expected (3, 5), got (3, 2))") != std::string::npos);
  CHECK_THROWS_AS(load_weights(same, folder.path() / "none"), FileError);
}

}  // namespace
}  // namespace laminar::test
