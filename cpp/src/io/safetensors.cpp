// SPDX-License-Identifier: BSD-3-Clause
#include "io/safetensors.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <set>
#include <utility>

#include "io/json.hpp"
#include "laminar/error.hpp"

namespace laminar::safetensors {
namespace {

static_assert(std::endian::native == std::endian::little, "the numbers of a file are little-endian");

constexpr std::uint64_t kPrefix = 8;            // bytes of the header's length
constexpr std::uint64_t kMostHeader = 1 << 26;  // 64 MiB: more than a million tensors need
constexpr std::size_t kSlack = 1 << 19;         // what a small header may take beyond its own length
constexpr std::size_t kAlignment = 8;           // of the first tensor
constexpr std::size_t kConverted = 1 << 16;     // bytes that are converted at a time

struct Kind {
  std::string_view name;
  std::uint64_t bytes;
  std::optional<DType> dtype;
};
constexpr std::array<Kind, 15> kKinds{{{"F32", 4, DType::kFloat32},
                                       {"F64", 8, DType::kFloat64},
                                       {"I32", 4, DType::kInt32},
                                       {"I64", 8, DType::kInt64},
                                       {"I16", 2, DType::kInt16},
                                       {"I8", 1, DType::kInt8},
                                       {"U64", 8, DType::kUInt64},
                                       {"U32", 4, DType::kUInt32},
                                       {"U16", 2, DType::kUInt16},
                                       {"U8", 1, DType::kUInt8},
                                       {"BOOL", 1, DType::kBool},
                                       {"F16", 2, std::nullopt},
                                       {"BF16", 2, std::nullopt},
                                       {"F8_E5M2", 1, std::nullopt},
                                       {"F8_E4M3", 1, std::nullopt}}};

const Kind* kind_of(std::string_view name) {
  const auto* found = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& kind) { return kind.name == name; });
  return found == kKinds.end() ? nullptr : found;
}

[[noreturn]] void throw_twice(const std::string& key) {
  throw FormatError("expected each key once, got '" + key + "' twice");
}

std::string quoted(const std::string& name) { return "tensor '" + name + "'"; }

const Config& field(const Config& fields, const std::string& tensor, const char* name) {
  const Config* found = fields.find(name);
  if (found == nullptr) throw FormatError(quoted(tensor) + ": expected '" + name + "', got none");
  return *found;
}

/// A list of whole numbers of at least 0.
std::vector<std::uint64_t> counts(const Config& config, const std::string& where) {
  const auto* list = std::get_if<Config::List>(&config.value);
  if (list == nullptr) throw FormatError(where + ": expected a list, got " + describe(config));
  std::vector<std::uint64_t> result;
  result.reserve(list->size());
  for (const Config& item : *list) {
    const auto* number = std::get_if<std::int64_t>(&item.value);
    if (number == nullptr || *number < 0) {
      throw FormatError(where + ": expected whole numbers of at least 0, got " + describe(item));
    }
    result.push_back(static_cast<std::uint64_t>(*number));
  }
  return result;
}

/// The bytes of a tensor; FormatError where they are more than numbers can tell.
std::uint64_t bytes_of(const Shape& shape, const Kind& kind, const std::string& tensor) {
  std::uint64_t bytes = kind.bytes;
  bool empty = false;
  for (const std::int64_t axis : shape) {
    if (axis == 0) {
      empty = true;
    } else if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(axis), &bytes)) {
      throw FormatError(quoted(tensor) + ": shape: expected a tensor that fits into memory, got " + to_string(shape));
    }
  }
  return empty ? 0 : bytes;
}

Shape shape_of(const Config& config, const std::string& tensor) {
  Shape shape;
  const std::vector<std::uint64_t> axes = counts(config, quoted(tensor) + ": shape");
  if (axes.size() > Shape::kMaxRank) {
    throw FormatError(quoted(tensor) + ": shape: expected at most " + std::to_string(Shape::kMaxRank) + " axes, got " +
                      std::to_string(axes.size()));
  }
  for (const std::uint64_t axis : axes) shape.append(static_cast<std::int64_t>(axis));
  return shape;
}

/// `data` are the tensors' bytes in the file: from where, and how many.
Entry entry_from(std::string name, const Config& fields, std::uint64_t data, std::uint64_t size) {
  if (fields.map() == nullptr || fields.map()->size() != 3) {
    throw FormatError(quoted(name) + ": expected 'dtype', 'shape' and 'data_offsets', got " + describe(fields));
  }
  const Config& dtype = field(fields, name, "dtype");
  const Kind* kind = dtype.text() == nullptr ? nullptr : kind_of(*dtype.text());
  if (kind == nullptr) throw FormatError(quoted(name) + ": dtype: expected one such as 'F32', got " + describe(dtype));
  Entry entry{.name = {}, .dtype = kind->name, .shape = shape_of(field(fields, name, "shape"), name)};
  const std::string where = quoted(name) + ": data_offsets";
  const std::vector<std::uint64_t> offsets = counts(field(fields, name, "data_offsets"), where);
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > size) {
    throw FormatError(where + ": expected a begin and an end within " + std::to_string(size) + " bytes, got " +
                      describe(*fields.find("data_offsets")));
  }
  const std::uint64_t bytes = bytes_of(entry.shape, *kind, name);
  if (offsets[1] - offsets[0] != bytes) {
    throw FormatError(where + ": expected " + std::to_string(bytes) + " bytes for shape " + to_string(entry.shape) +
                      " of " + std::string(entry.dtype) + ", got " + std::to_string(offsets[1] - offsets[0]));
  }
  entry.begin = data + offsets[0];
  entry.end = data + offsets[1];
  entry.name = std::move(name);
  return entry;
}

Metadata metadata_from(Config& config) {
  if (config.map() == nullptr) throw FormatError("__metadata__: expected a map of text, got " + describe(config));
  Metadata metadata;
  metadata.reserve(config.map()->size());
  for (auto& [key, value] : std::get<Config::Map>(config.value)) {
    auto* text = std::get_if<std::string>(&value.value);
    if (text == nullptr) throw FormatError("__metadata__: " + key + ": expected text, got " + describe(value));
    metadata.emplace_back(key, std::move(*text));
  }
  return metadata;
}

/// Takes a header apart.
class HeaderReader final : public EntryReader {
 public:
  HeaderReader(std::uint64_t begin, std::uint64_t end) : begin_(begin), size_(end - begin) {}

  void expect(std::size_t count) override { entries.reserve(count); }
  void take(std::string name, Config fields) override {
    if (name != "__metadata__") {
      entries.push_back(entry_from(std::move(name), fields, begin_, size_));
    } else if (!metadata) {
      metadata = metadata_from(fields);
    } else {
      throw_twice(name);
    }
  }

  std::vector<Entry> entries;
  std::optional<Metadata> metadata;

 private:
  std::uint64_t begin_, size_;
};

/// The tensors lie next to each other from the first byte to the last: no gap hides anything, none share a byte.
void expect_no_gaps(const std::vector<Entry>& entries, std::uint64_t begin, std::uint64_t end) {
  std::vector<const Entry*> order;
  order.reserve(entries.size());
  for (const Entry& entry : entries) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const Entry* a, const Entry* b) {
    return a->begin != b->begin ? a->begin < b->begin : a->end < b->end;
  });
  std::uint64_t at = begin;
  for (const Entry* entry : order) {
    if (entry->begin != at) {
      throw FormatError(quoted(entry->name) + ": data_offsets: expected to begin where another tensor ends, at " +
                        std::to_string(at - begin) + ", got " + std::to_string(entry->begin - begin));
    }
    at = entry->end;
  }
  if (at != end) {
    throw FormatError("expected " + std::to_string(at) + " bytes, the last of them a tensor's, got a file of " +
                      std::to_string(end));
  }
}

std::string header_text(const ByteSource& source) {
  if (source.size() < kPrefix) {
    throw FormatError("expected 8 bytes with the length of a header, got a file of " + std::to_string(source.size()));
  }
  std::uint64_t length = 0;
  source.read(0, std::as_writable_bytes(std::span(&length, 1)));
  const std::uint64_t most = std::min(kMostHeader, source.size() - kPrefix);
  if (length > most) {
    throw FormatError("byte 0: expected the length of a header, at most " + std::to_string(most) + " bytes, got " +
                      std::to_string(length));
  }
  std::string text(length, '\0');
  source.read(kPrefix, std::as_writable_bytes(std::span(text)));
  return text;
}

template <class From, class To>
void convert(const ByteSource& source, const Entry& entry, To* to) {
  std::vector<From> part(kConverted / sizeof(From));
  for (std::uint64_t at = entry.begin; at < entry.end;) {
    const std::uint64_t left = (entry.end - at) / sizeof(From);
    const auto values = std::span(part).first(static_cast<std::size_t>(std::min<std::uint64_t>(part.size(), left)));
    source.read(at, std::as_writable_bytes(values));
    to = std::transform(values.begin(), values.end(), to, [](From value) { return static_cast<To>(value); });
    at += values.size_bytes();
  }
}

std::string header_for(const std::vector<std::pair<std::string, Tensor>>& tensors, const Metadata& metadata) {
  Config::Map header;
  Config::Map texts;
  for (const auto& [key, value] : metadata) texts.emplace_back(key, value);
  header.emplace_back("__metadata__", std::move(texts));
  std::set<std::string_view> names{"__metadata__"};
  std::int64_t at = 0;
  for (const auto& [name, tensor] : tensors) {
    if (!names.insert(name).second)
      throw ValueError("expected a name of its own for each tensor, got '" + name + "' twice");
    const auto end = at + static_cast<std::int64_t>(size_bytes(tensor.spec));
    header.emplace_back(name, Config::Map{{"dtype", std::string(file_name_of(tensor.dtype()).value())},
                                          {"shape", encode(tensor.shape())},
                                          {"data_offsets", Config::List{at, end}}});
    at = end;
  }
  std::string text = to_json(header);
  if (text.size() > kMostHeader - kAlignment) {
    throw ValueError("save: expected a description of at most " + std::to_string(kMostHeader - kAlignment) +
                     " bytes, got " + std::to_string(text.size()));
  }
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  return text;
}

}  // namespace

Header Header::read(const ByteSource& source) {
  std::string text = header_text(source);
  const std::uint64_t begin = kPrefix + text.size();
  if (text.empty() || text.front() != '{') throw FormatError("byte 8: expected a header that begins with '{'");
  HeaderReader reader(begin, source.size());
  parse_json_map(text, {.bytes = text.size() + kSlack}, reader);
  text = {};
  Header header;
  header.metadata_ = std::move(reader.metadata).value_or(Metadata());
  header.entries_ = std::move(reader.entries);
  expect_no_gaps(header.entries_, begin, source.size());
  std::sort(header.entries_.begin(), header.entries_.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  const auto twice = std::adjacent_find(header.entries_.begin(), header.entries_.end(),
                                        [](const Entry& a, const Entry& b) { return a.name == b.name; });
  if (twice != header.entries_.end()) throw_twice(twice->name);
  return header;
}

const Entry* Header::find(std::string_view name) const {
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), name,
                                      [](const Entry& entry, std::string_view key) { return entry.name < key; });
  return found == entries_.end() || found->name != name ? nullptr : &*found;
}

const std::string* Header::metadata(std::string_view key) const {
  for (const auto& [name, value] : metadata_) {
    if (name == key) return &value;
  }
  return nullptr;
}

std::optional<std::string_view> file_name_of(DType dtype) {
  for (const Kind& kind : kKinds) {
    if (kind.dtype == dtype) return kind.name;
  }
  return std::nullopt;
}

void read_tensor(const ByteSource& source, const Entry& entry, const Tensor& tensor) {
  const std::optional<DType> dtype = kind_of(entry.dtype)->dtype;
  if (dtype == tensor.dtype()) {
    source.read(entry.begin, {static_cast<std::byte*>(tensor.data), entry.end - entry.begin});
    return;
  }
  if (!dtype || !is_float(*dtype) || !is_float(tensor.dtype())) {
    throw FormatError(quoted(entry.name) + ": dtype: expected " + std::string(file_name_of(tensor.dtype()).value()) +
                      ", got " + std::string(entry.dtype));
  }
  if (*dtype == DType::kFloat32) {
    convert<float>(source, entry, tensor.as<double>());
  } else {
    convert<double>(source, entry, tensor.as<float>());
  }
}

void write(const ByteSink& sink, const std::vector<std::pair<std::string, Tensor>>& tensors, const Metadata& metadata) {
  const std::string header = header_for(tensors, metadata);
  const std::uint64_t length = header.size();
  sink(std::as_bytes(std::span(&length, 1)));
  sink(std::as_bytes(std::span(header)));
  for (const auto& [name, tensor] : tensors) {
    sink({static_cast<const std::byte*>(tensor.data), size_bytes(tensor.spec)});
  }
}

}  // namespace laminar::safetensors
