// SPDX-License-Identifier: BSD-3-Clause
#include "io/json.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "laminar/error.hpp"

namespace laminar {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShown = 40;  // bytes of a text in an error

struct ToJson {
  int depth = JsonLimits().depth;  // that is left

  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(bool value) const { return value; }
  Json operator()(std::int64_t value) const { return value; }
  Json operator()(double value) const {
    if (!std::isfinite(value))
      throw ValueError("expected a finite number, which JSON can hold, got " + describe(value));
    return value;
  }
  Json operator()(const std::string& value) const { return value; }
  Json operator()(const Config::List& list) const {
    Json result = Json::array();
    for (const Config& item : list) result.push_back(std::visit(inner(), item.value));
    return result;
  }
  Json operator()(const Config::Map& map) const {
    Json result = Json::object();
    for (const auto& [key, item] : map) result[key] = std::visit(inner(), item.value);
    return result;
  }

 private:
  ToJson inner() const {
    if (depth == 0) {
      throw ValueError("expected at most " + std::to_string(JsonLimits().depth) + " lists and maps in each other");
    }
    return {depth - 1};
  }
};

/// Where a text or number begins that is longer than `most` bytes, if one is. The parser keeps what it reads of one
/// several times over until it ends: it is to end soon.
std::optional<std::size_t> long_token(std::string_view text, std::size_t most) {
  constexpr std::string_view kBetween = " \t\n\r{}[],:";
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
      begin = i + 1;
    } else if (!quoted && kBetween.find(c) != std::string_view::npos) {
      begin = i + 1;
    }
    if (i > begin && i - begin > most) return begin;
  }
  return std::nullopt;
}

void expect_short_tokens(std::string_view text, std::size_t most) {
  if (const auto begin = long_token(text, most)) {
    throw FormatError("byte " + std::to_string(*begin) + ": expected a text or number of at most " +
                      std::to_string(most) + " bytes");
  }
}

using Sax = nlohmann::json_sax<Json>;
using Counts = std::deque<std::uint32_t>;  // grows without being copied

/// The first look at a text: whether it is JSON within the limits, and how many values each list and map has.
class Counter final : public Sax {
 public:
  /// `entries`: those of the outermost map are handed over one by one.
  Counter(const JsonLimits& limits, bool entries) : limits_(limits), entries_(entries) {}

  /// By list or map, in the order in which they begin.
  Counts take() { return std::move(counts_); }
  const std::string& problem() const { return problem_; }

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool number_unsigned(number_unsigned_t number) override {
    constexpr auto kMost = static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max());
    return number > kMost ? fail("expected whole numbers below 2^63, got " + std::to_string(number)) : value();
  }
  bool number_float(number_float_t number, const string_t& text) override {
    return std::isfinite(number) ? value() : fail("expected a finite number, got " + text);
  }
  bool string(string_t& text) override { return spend(heap_bytes(text)) && value(); }
  bool binary(binary_t&) override { return fail("expected text"); }
  bool start_object(std::size_t) override { return open(sizeof(Config::Map::value_type)); }
  bool key(string_t& text) override {
    if (entries_ && open_.size() == 1) spent_ = 0;
    return spend(heap_bytes(text));
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(sizeof(Config)); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string& token, const nlohmann::detail::exception&) override {
    return fail("byte " + std::to_string(position) + ": not JSON near '" + token.substr(0, kShown) + "'");
  }

 private:
  struct Open {
    std::size_t index;
    std::size_t value_bytes;
  };

  static std::size_t heap_bytes(const std::string& text) {
    static const std::size_t kInside = std::string().capacity();
    return text.size() > kInside ? text.size() + 1 : 0;
  }

  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }
  bool spend(std::size_t bytes) {
    spent_ += bytes;
    return spent_ <= limits_.bytes || fail("expected no more values than a file of this size can need");
  }
  bool value() {
    if (open_.empty()) return true;
    ++counts_[open_.back().index];
    return spend(open_.back().value_bytes);
  }
  bool open(std::size_t value_bytes) {
    if (static_cast<int>(open_.size()) == limits_.depth) {
      return fail("expected at most " + std::to_string(limits_.depth) + " lists and maps in each other");
    }
    if (!value() || !spend(2 * sizeof(std::uint32_t))) return false;
    open_.push_back({counts_.size(), value_bytes});
    counts_.push_back(0);
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  JsonLimits limits_;
  bool entries_;
  std::size_t spent_ = 0;
  std::vector<Open> open_;
  Counts counts_;
  std::string problem_;
};

/// The second: builds the values of a text that the first has passed, in no more memory than they need.
class Builder final : public Sax {
 public:
  explicit Builder(Counts counts, EntryReader* reader = nullptr) : counts_(std::move(counts)), reader_(reader) {}

  Config take() { return std::move(root_); }
  const std::string& problem() const { return problem_; }

  bool null() override { return add(Config()); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(static_cast<std::int64_t>(value)); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::string(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Config::Map{}); }
  bool key(string_t& value) override {
    key_ = value;
    return true;
  }
  bool end_object() override {
    const std::string* twice = key_that_comes_twice(std::get<Config::Map>(open_.back()->value));
    if (twice != nullptr) problem_ = "expected each key once, got '" + *twice + "' twice";
    close();
    return twice == nullptr;
  }
  bool start_array(std::size_t) override { return open(Config::List{}); }
  bool end_array() override {
    close();
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  /// Puts a value where it belongs.
  Config& place(Config value) {
    if (open_.empty()) return root_ = std::move(value);
    if (auto* list = std::get_if<Config::List>(&open_.back()->value)) return list->emplace_back(std::move(value));
    return std::get<Config::Map>(open_.back()->value).emplace_back(std::move(key_), std::move(value)).second;
  }
  bool add(Config value) {
    place(std::move(value));
    hand_over();
    return true;
  }
  void close() {
    open_.pop_back();
    hand_over();
  }
  /// A value is whole: if it is an entry of the outermost map, it goes to who asked for it.
  void hand_over() {
    if (reader_ == nullptr || open_.size() != 1) return;
    auto& [key, value] = std::get<Config::Map>(open_.back()->value).back();
    reader_->take(std::move(key), std::move(value));
    std::get<Config::Map>(open_.back()->value).clear();
  }
  template <class Container>
  bool open(Container container) {
    const std::uint32_t count = counts_.front();
    counts_.pop_front();
    const bool handed_over = reader_ != nullptr && open_.empty();
    if (handed_over) reader_->expect(count);
    container.reserve(handed_over ? 1 : count);
    // Nothing is added to what surrounds it while it is open, so that it stays where it is.
    open_.push_back(&place(std::move(container)));
    return true;
  }

  static const std::string* key_that_comes_twice(const Config::Map& map) {
    std::vector<const std::string*> keys;
    keys.reserve(map.size());
    for (const auto& [key, value] : map) keys.push_back(&key);
    std::sort(keys.begin(), keys.end(), [](const auto* a, const auto* b) { return *a < *b; });
    const auto found =
        std::adjacent_find(keys.begin(), keys.end(), [](const auto* a, const auto* b) { return *a == *b; });
    return found == keys.end() ? nullptr : *found;
  }

  Counts counts_;
  EntryReader* reader_;
  Config root_;
  std::vector<Config*> open_;
  std::string key_;
  std::string problem_;
};

}  // namespace

std::string to_json(const Config& config) {
  std::string text;
  try {
    text = std::visit(ToJson(), config.value).dump(-1, ' ', true);
  } catch (const Json::type_error&) {
    throw ValueError("expected text in UTF-8, got other bytes");
  }
  if (const auto begin = long_token(text, JsonLimits().text)) {
    throw ValueError("expected texts of at most " + std::to_string(JsonLimits().text) + " bytes, got a longer one: '" +
                     text.substr(*begin, kShown) + "...'");
  }
  return text;
}

Config parse_json(std::string_view text, const JsonLimits& limits) {
  expect_short_tokens(text, limits.text);
  Counter counter(limits, false);
  if (!Json::sax_parse(text, &counter)) throw FormatError(counter.problem());
  Builder builder(counter.take());
  if (!Json::sax_parse(text, &builder)) throw FormatError(builder.problem());
  return builder.take();
}

void parse_json_map(std::string_view text, const JsonLimits& limits, EntryReader& reader) {
  if (text.empty() || text.front() != '{') throw FormatError("byte 0: expected a map, which begins with '{'");
  expect_short_tokens(text, limits.text);
  Counter counter(limits, true);
  if (!Json::sax_parse(text, &counter)) throw FormatError(counter.problem());
  Builder builder(counter.take(), &reader);
  if (!Json::sax_parse(text, &builder)) throw FormatError(builder.problem());
}

}  // namespace laminar
