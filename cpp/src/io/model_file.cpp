// SPDX-License-Identifier: BSD-3-Clause
#include "io/model_file.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "io/json.hpp"
#include "io/safetensors.hpp"
#include "laminar/error.hpp"

namespace laminar {
namespace {

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;
using safetensors::Header;

constexpr const char* kFormat = "laminar";
constexpr std::size_t kShown = 8;       // names in an error
constexpr std::size_t kPiece = 24'000;  // bytes of JSON in an entry: at most twice as long where quotes are escaped

std::string moment_name(int which, const std::string& parameter) {
  return "optimizer." + std::to_string(which) + "." + parameter;
}

NamedTensors moments_of(const ModelCore& model) {
  NamedTensors moments;
  const Parameters& parameters = model.parameters();
  for (int which = 0; which < parameters.moments(); ++which) {
    for (std::size_t i = 0; i < parameters.count(); ++i) {
      moments.emplace_back(moment_name(which, model.graph().parameters[i].name), parameters.moment(which, i));
    }
  }
  return moments;
}

/// What does not fit between a file and a model.
class Misfits {
 public:
  explicit Misfits(const Header& header) : header_(header), expected_(header.entries().size()) {}

  /// Whether the file has a tensor of that name and shape.
  bool expect(const std::string& name, const Shape& shape) {
    const safetensors::Entry* entry = header_.find(name);
    if (entry == nullptr) {
      missing_.add(name);
      return false;
    }
    expected_[static_cast<std::size_t>(entry - header_.entries().data())] = true;
    if (entry->shape == shape) return true;
    mis_shaped_.add(name + " (expected " + to_string(shape) + ", got " + to_string(entry->shape) + ")");
    return false;
  }

  /// FormatError unless all fits; with `partial` only shapes count.
  void check(bool partial, const char* ignored_prefix = nullptr) const {
    Names unexpected;
    for (std::size_t i = 0; i < expected_.size(); ++i) {
      const std::string& name = header_.entries()[i].name;
      const bool ignored = ignored_prefix != nullptr && name.starts_with(ignored_prefix);
      if (!ignored && !expected_[i]) unexpected.add(name);
    }
    std::string problem;
    if (!partial) problem += missing_.listed("missing") + unexpected.listed("unexpected");
    problem += mis_shaped_.listed("of another shape");
    if (!problem.empty()) throw FormatError("expected a file with the tensors of the model" + problem);
  }

 private:
  /// The first few, and how many there are: a file may be wrong in everything.
  class Names {
   public:
    void add(const std::string& name) {
      if (count_++ < kShown) text_ += (text_.empty() ? "" : ", ") + name;
    }
    std::string listed(const char* what) const {
      if (count_ == 0) return "";
      const std::string more = count_ <= kShown ? "" : " and " + std::to_string(count_ - kShown) + " more";
      return std::string("; ") + what + ": " + text_ + more;
    }

   private:
    std::size_t count_ = 0;
    std::string text_;
  };

  const Header& header_;
  std::vector<bool> expected_;
  Names missing_;
  Names mis_shaped_;
};

const std::string& metadata(const Header& header, const char* key) {
  const std::string* text = header.metadata(key);
  if (text == nullptr) {
    throw FormatError(std::string("__metadata__: expected '") + key + "', got none: not a file of laminar's");
  }
  return *text;
}

void expect_our_format(const Header& header) {
  const std::string& format = metadata(header, "format");
  if (format != kFormat) {
    throw FormatError("__metadata__: format: expected 'laminar', got '" + format.substr(0, kShown) +
                      "': its tensors can be loaded into a model, but no model is in it");
  }
  const std::string& version = metadata(header, "format_version");
  if (version != std::to_string(kFormatVersion)) {
    throw FormatError("__metadata__: format_version: expected " + std::to_string(kFormatVersion) + ", got '" +
                      version.substr(0, kShown) + "': a newer version of laminar may read it");
  }
}

std::string piece_name(const char* key, std::size_t number) {
  return number == 0 ? key : std::string(key) + "." + std::to_string(number);
}

void add_pieces(safetensors::Metadata& metadata, const char* key, const Config::Map& map) {
  const std::string text = to_json(map);
  for (std::size_t number = 0; number == 0 || number * kPiece < text.size(); ++number) {
    metadata.emplace_back(piece_name(key, number), text.substr(number * kPiece, kPiece));
  }
}

Config::Map description(const Header& header, const char* key) {
  std::vector<const std::string*> pieces{&metadata(header, key)};
  while (const std::string* piece = header.metadata(piece_name(key, pieces.size()))) pieces.push_back(piece);
  std::string text;
  text.reserve(std::accumulate(pieces.begin(), pieces.end(), std::size_t{0},
                               [](std::size_t sum, const std::string* piece) { return sum + piece->size(); }));
  for (const std::string* piece : pieces) text += *piece;
  try {
    Config config = parse_json(text, {});
    if (config.map() == nullptr) throw FormatError("expected a map, got " + describe(config));
    return std::get<Config::Map>(std::move(config.value));
  } catch (const FormatError& error) {
    throw FormatError(std::string("__metadata__: ") + key + ": " + error.what());
  }
}

int moments_in(const Header& header) {
  int count = 0;
  const auto begins = [&](const std::string& prefix) {
    for (const safetensors::Entry& entry : header.entries()) {
      if (entry.name.starts_with(prefix)) return true;
    }
    return false;
  };
  constexpr int kMost = 16;  // no rule has nearly so many
  while (count < kMost && begins("optimizer." + std::to_string(count) + ".")) ++count;
  return count;
}

void expect_tensors(const Graph& graph, const Header& header, int moments) {
  Misfits misfits(header);
  const auto expect_all = [&](const std::vector<GraphParameter>& all, auto name_of) {
    for (const GraphParameter& parameter : all) misfits.expect(name_of(parameter.name), parameter.spec.shape);
  };
  const auto itself = [](const std::string& name) { return name; };
  expect_all(graph.parameters, itself);
  expect_all(graph.state, itself);
  for (int which = 0; which < moments; ++which) {
    expect_all(graph.parameters, [which](const std::string& name) { return moment_name(which, name); });
  }
  misfits.check(false);
}

void read_all(const ByteSource& source, const Header& header, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) safetensors::read_tensor(source, *header.find(name), tensor);
}

/// What a description gets wrong is the file's fault; what the system says of a file is not.
template <class Body>
auto as_format_error(const Body& body) {
  try {
    return body();
  } catch (const FormatError&) {
    throw;
  } catch (const FileError&) {
    throw;
  } catch (const Error& error) {
    throw FormatError(error.what());
  }
}

}  // namespace

void save_model_file(ModelCore& model, const std::string& path, const std::string& kind,
                     const LayerOptions& options_of) {
  const auto guard = model.reading();
  if (model.averages_in_use()) {
    throw StateError(
        "save: the averages stand in the weights' place; save outside of use_averaged_weights, "
        "or make them the weights with set_weights first");
  }
  NamedTensors tensors = model.named_weights();
  for (auto& moment : moments_of(model)) tensors.push_back(std::move(moment));
  safetensors::Metadata metadata{
      {"format", kFormat}, {"format_version", std::to_string(kFormatVersion)}, {"kind", kind}};
  add_pieces(metadata, "architecture", describe_architecture(model, options_of));
  add_pieces(metadata, "training", describe_training(model));
  write_atomically(path, [&](const ByteSink& sink) { safetensors::write(sink, tensors, metadata); });
}

std::string kind_of_model_file(const Header& header) {
  expect_our_format(header);
  const std::string& kind = metadata(header, "kind");
  if (kind == "Sequential" || kind == "Model") return kind;
  throw FormatError("__metadata__: kind: expected 'Sequential' or 'Model', got '" + kind.substr(0, kShown) + "'");
}

std::unique_ptr<ModelCore> load_model_file(const ByteSource& source, const PartMakers& makers) {
  return load_model_file(source, Header::read(source), makers);
}

std::unique_ptr<ModelCore> load_model_file(const ByteSource& source, const Header& header, const PartMakers& makers) {
  return as_format_error([&] {
    expect_our_format(header);
    const int moments = moments_in(header);
    std::unique_ptr<ModelCore> loaded = make_model(
        description(header, "architecture"), makers.layer,
        [&](const Graph& graph) { expect_tensors(graph, header, moments); }, FirstValues::kZero);
    ModelCore& model = *loaded;
    if (!model.built()) expect_tensors(model.graph(), header, 0);
    restore_training(model, description(header, "training"), makers.loss, makers.metric);
    const int buffers = model.compiled() ? model.compile_spec().optimizer->buffers() : 0;
    if (moments != 0 && moments != buffers) {
      throw FormatError("expected " + std::to_string(buffers) + " moments for the optimizer, got " +
                        std::to_string(moments));
    }
    read_all(source, header, model.named_weights());
    model.mutable_parameters().ensure_moments(moments);
    read_all(source, header, moments_of(model));
    return loaded;
  });
}

void load_weights_file(ModelCore& model, const ByteSource& source, bool partial) {
  const Header header = Header::read(source);
  if (!model.built())
    throw StateError("load_weights: the model is not built: it does not know the shape of its inputs");
  const NamedTensors own = model.named_weights();
  Misfits misfits(header);
  std::vector<bool> fits;
  bool any = false;
  for (const auto& [name, tensor] : own) {
    fits.push_back(misfits.expect(name, tensor.shape()));
    any = any || fits.back();
  }
  misfits.check(partial, "optimizer.");
  if (!any) throw FormatError("expected at least one tensor of the model, got a file with none");
  // All is read before anything changes.
  std::vector<std::vector<std::byte>> values(own.size());
  std::vector<View> views;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const auto& [name, tensor] = own[i];
    const auto* now = static_cast<const std::byte*>(tensor.data);
    values[i].assign(now, now + size_bytes(tensor.spec));
    if (fits[i]) safetensors::read_tensor(source, *header.find(name), {values[i].data(), tensor.spec});
    views.emplace_back(values[i].data(), tensor.dtype(), tensor.shape());
  }
  model.set_weights(views);
}

}  // namespace laminar
