// SPDX-License-Identifier: BSD-3-Clause
//
// Changes of a model file that leave most of it whole: bytes changed at random rarely come past the header's length and
// the first quote. Most of the changes are of JSON's values, and half of the files get the tensors that they describe.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "io/json.hpp"
#include "laminar/error.hpp"
#include "model/architecture.hpp"
#include "optimizers/optimizer_rule.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace laminar {
namespace {

using Json = nlohmann::ordered_json;
using Random = std::minstd_rand;

constexpr std::size_t kPrefix = 8;       // bytes of the header's length
constexpr std::size_t kGrowth = 64;      // bytes that a text may gain at a time
constexpr int kMostDepth = 40;           // what comes deeper the reader refuses anyway, and dump() would recurse
constexpr std::int64_t kMostAxis = 256;  // of tensors that are made up

/// A file in two parts, the header still as text.
struct Parts {
  std::string header;
  std::string data;
};

std::optional<Parts> take_apart(const std::uint8_t* bytes, std::size_t size) {
  std::uint64_t length = 0;
  if (size < kPrefix) return std::nullopt;
  std::memcpy(&length, bytes, kPrefix);
  if (length > size - kPrefix) return std::nullopt;
  const auto* begin = reinterpret_cast<const char*>(bytes) + kPrefix;
  return Parts{{begin, begin + length}, {begin + length, begin + (size - kPrefix)}};
}

/// The bytes of the whole file; 0 where they are more than there is room for.
std::size_t put_together(const Parts& parts, std::uint8_t* bytes, std::size_t max_size) {
  const std::uint64_t length = parts.header.size();
  if (kPrefix + length + parts.data.size() > max_size) return 0;
  std::memcpy(bytes, &length, kPrefix);
  std::copy(parts.header.begin(), parts.header.end(), bytes + kPrefix);
  std::copy(parts.data.begin(), parts.data.end(), bytes + kPrefix + length);
  return kPrefix + length + parts.data.size();
}

std::optional<Json> parse(const std::string& text) {
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= kMostDepth; };
  Json json = Json::parse(text, shallow, false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

std::string to_text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::ignore); }

void change_bytes(std::string& text) {
  const std::size_t size = text.size();
  text.resize(size + kGrowth);
  text.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), size, text.size()));
}

void collect(Json& json, std::vector<Json*>& all) {
  all.push_back(&json);
  if (json.is_structured()) {
    for (Json& item : json) collect(item, all);
  }
}

/// Any value of a tree, the tree itself included.
Json& any_of(Json& tree, Random& random) {
  std::vector<Json*> all;
  collect(tree, all);
  return *all[random() % all.size()];
}

Json some_value(Random& random) {
  static const Json kValues = Json::parse(R"([null, false, true, "", "x", [], {}, 0, 1, 2, 3, 7, -1, 255, 65536,
      2147483648, 9007199254740992, 4611686018427387904, 9223372036854775806, 9223372036854775807,
      -9223372036854775808, 0.5, -0.5, 1.0, 1.5, 1e-30, 1e308, -1e38])");
  return kValues[random() % kValues.size()];
}

/// Another value in the place of one, or one less or more in a list or map.
void change_value(Json& tree, Random& random) {
  Json& one = any_of(tree, random);
  Json other = any_of(tree, random);
  const auto at = [&] { return std::next(one.begin(), static_cast<std::ptrdiff_t>(random() % one.size())); };
  switch (random() % 4) {
    case 0:
      one = std::move(other);
      return;
    case 1:
      if (one.is_structured() && !one.empty()) {
        one.erase(at());
        return;
      }
      break;
    case 2:
      if (one.is_array()) {
        one.push_back(one.empty() || random() % 2 == 0 ? std::move(other) : Json(*at()));
        return;
      }
      break;
    default:
      break;
  }
  if (one.is_string()) {
    auto text = one.get<std::string>();
    change_bytes(text);
    one = std::move(text);
  } else if (one.is_number_integer() && random() % 2 == 0) {
    one = static_cast<std::int64_t>(one.get<std::uint64_t>() + random() % 9 - 4);
  } else {
    one = some_value(random);
  }
}

/// The JSON that stands in the metadata under a key; null where there is none.
std::string* description(Json& header, const char* key) {
  if (!header.is_object() || !header.contains("__metadata__")) return nullptr;
  Json& metadata = header["__metadata__"];
  if (!metadata.is_object() || !metadata.contains(key)) return nullptr;
  return metadata[key].get_ptr<std::string*>();
}

struct HaveGraph {};

/// The names and shapes that a file's description asks for; nothing where it makes no graph.
std::optional<std::vector<std::pair<std::string, Shape>>> described_tensors(Json& header) {
  std::vector<std::pair<std::string, Shape>> tensors;
  const auto add = [&](const std::string& prefix, const std::vector<GraphParameter>& all) {
    for (const GraphParameter& parameter : all) tensors.emplace_back(prefix + parameter.name, parameter.spec.shape);
  };
  const std::string* architecture = description(header, "architecture");
  const std::string* training = description(header, "training");
  if (architecture == nullptr || training == nullptr) return std::nullopt;
  Graph graph;
  try {
    const auto map_of = [](const std::string& text) {
      return std::get<Config::Map>(parse_json(text, {.bytes = std::size_t{1} << 20}).value);
    };
    try {
      make_model(map_of(*architecture), make_layer_entry, [&](const Graph& found) {
        graph = found;
        throw HaveGraph();  // before memory is given out
      });
    } catch (const HaveGraph&) {
    }
    add("", graph.parameters);
    add("", graph.state);
    const Config optimizer = [&] {
      const Config whole(map_of(*training));
      const Config* compiled = whole.find("compiled");
      const Config* found = compiled == nullptr ? nullptr : compiled->find("optimizer");
      return found == nullptr ? Config() : *found;
    }();
    if (header.contains("optimizer.0." + (graph.parameters.empty() ? "" : graph.parameters.front().name))) {
      const Config* type = optimizer.find("type");
      const Config* options = optimizer.find("options");
      if (type != nullptr && type->text() != nullptr && options != nullptr && options->map() != nullptr) {
        const int buffers = make_optimizer(*type->text(), *options->map())->buffers();
        for (int i = 0; i < buffers; ++i) add("optimizer." + std::to_string(i) + ".", graph.parameters);
      }
    }
  } catch (const Error&) {
    return std::nullopt;
  } catch (const std::bad_variant_access&) {
    return std::nullopt;
  }
  return tensors;
}

/// Gives a file the tensors that its description asks for, so that other shapes than the seeds' come as far as these.
void fit_tensors(Parts& parts) {
  std::optional<Json> header = parse(parts.header);
  if (!header) return;
  const auto tensors = described_tensors(*header);
  if (!tensors) return;
  const std::string* architecture = description(*header, "architecture");
  const bool wide = architecture->find("float64") != std::string::npos;
  Json fitted = Json::object();
  fitted["__metadata__"] = (*header)["__metadata__"];
  std::int64_t end = 0;
  for (const auto& [name, shape] : *tensors) {
    if (std::any_of(shape.begin(), shape.end(), [](std::int64_t axis) { return axis < 0 || axis > kMostAxis; })) return;
    const std::int64_t begin = end;
    end += shape.size() * (wide ? 8 : 4);
    if (end > (1 << 16)) return;
    fitted[name] = {{"dtype", wide ? "F64" : "F32"},
                    {"shape", std::vector<std::int64_t>(shape.begin(), shape.end())},
                    {"data_offsets", {begin, end}}};
  }
  parts.header = to_text(fitted);
  parts.data.resize(static_cast<std::size_t>(end));
}

/// A change of the header's values, or of those of a description within.
void change_header(std::string& text, Random& random, Json* other) {
  std::optional<Json> header = parse(text);
  if (!header) return change_bytes(text);
  const std::array<const char*, 3> keys{"architecture", "training", ""};
  const char* key = keys[random() % keys.size()];
  std::string* inner = description(*header, key);
  std::optional<Json> within = inner == nullptr ? std::nullopt : parse(*inner);
  Json& tree = within ? *within : *header;
  if (other != nullptr) {
    std::string* theirs = description(*other, key);
    std::optional<Json> foreign = theirs == nullptr ? std::nullopt : parse(*theirs);
    Json value = any_of(foreign ? *foreign : *other, random);
    any_of(tree, random) = std::move(value);
  } else {
    for (auto left = 1 + random() % 3; left > 0; --left) change_value(tree, random);
  }
  if (within) *inner = to_text(*within);
  text = to_text(*header);
}

}  // namespace
}  // namespace laminar

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
  using namespace laminar;
  Random random(seed);
  std::optional<Parts> parts = take_apart(bytes, size);
  const auto choice = random() % 8;
  if (!parts || choice == 0) return LLVMFuzzerMutate(bytes, size, max_size);
  if (choice == 1) {
    change_bytes(parts->header);
  } else if (choice == 2) {
    change_bytes(parts->data);
  } else {
    change_header(parts->header, random, nullptr);
  }
  if (random() % 2 == 0) fit_tensors(*parts);
  const std::size_t changed = put_together(*parts, bytes, max_size);
  return changed != 0 ? changed : LLVMFuzzerMutate(bytes, size, max_size);
}

/// The first file with a value of the second's.
extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* bytes, std::size_t size, const std::uint8_t* other,
                                                 std::size_t other_size, std::uint8_t* out, std::size_t max_out_size,
                                                 unsigned int seed) {
  using namespace laminar;
  Random random(seed);
  std::optional<Parts> parts = take_apart(bytes, size);
  const std::optional<Parts> others = take_apart(other, other_size);
  std::optional<Json> header = others ? parse(others->header) : std::nullopt;
  if (!parts || !header) return 0;
  change_header(parts->header, random, &*header);
  if (random() % 4 != 0) fit_tensors(*parts);
  return put_together(*parts, out, max_out_size);
}
