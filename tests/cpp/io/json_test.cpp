// SPDX-License-Identifier: BSD-3-Clause
#include "io/json.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "laminar/error.hpp"

namespace laminar::test {
namespace {

constexpr JsonLimits kLimits{.bytes = 1 << 16};

std::string again(const std::string& text) { return to_json(parse_json(text, kLimits)); }

void check_refused(const std::string& text, const std::string& part, const JsonLimits& limits = kLimits) {
  CAPTURE(text);
  try {
    parse_json(text, limits);
    FAIL("expected a FormatError");
  } catch (const FormatError& error) {
    CHECK_MESSAGE(std::string(error.what()).find(part) != std::string::npos, error.what());
  }
}

TEST_CASE("json: values come back as they were, in their order") {
  for (const char* text : {"null", "true", "-9223372036854775808", "9223372036854775807", "0.1", "1e-300", "1.0",
                           R"("a \"quoted\" text")", R"([1,[2.5,[]],{}])", R"({"b":1,"a":[null,false]})"}) {
    CHECK(again(text) == text);
  }
  CHECK(again(R"("é")") == R"("\u00e9")");
  CHECK(again(" { \"a\" : 1 } ") == R"({"a":1})");
  CHECK(std::holds_alternative<double>(parse_json("1.0", kLimits).value));
  CHECK(std::holds_alternative<std::int64_t>(parse_json("1", kLimits).value));
}

TEST_CASE("json: what cannot be written is an error") {
  CHECK_THROWS_AS(to_json(std::numeric_limits<double>::infinity()), ValueError);
  CHECK_THROWS_AS(to_json(std::string("\xff")), ValueError);
}

TEST_CASE("json: what could not be read again is not written") {
  const std::size_t most = JsonLimits().text;
  CHECK(parse_json(to_json(std::string(most, 'a')), {}).text()->size() == most);
  CHECK_THROWS_AS(to_json(std::string(most + 2, 'a')), ValueError);
  CHECK_THROWS_AS(to_json(std::string(most / 2 + 2, '"')), ValueError);  // each with a backslash
  CHECK_THROWS_AS(to_json(Config::Map{{std::string(most + 2, 'a'), 1.0}}), ValueError);
  Config nested;
  for (int depth = 0; depth < JsonLimits().depth; ++depth) nested = Config::List{nested};
  CHECK_FALSE(again(to_json(nested)).empty());
  CHECK_THROWS_AS(to_json(Config::List{nested}), ValueError);
}

class Entries final : public EntryReader {
 public:
  void expect(std::size_t entries) override { CHECK(entries == 3); }
  void take(std::string key, Config value) override { read += key + "=" + to_json(value) + ";"; }

  std::string read;
};

TEST_CASE("json: the entries of a map one by one") {
  Entries entries;
  parse_json_map(R"({"a":[1,{"b":[]}],"c":2,"a":{"d":"e"}})", kLimits, entries);
  CHECK(entries.read == R"(a=[1,{"b":[]}];c=2;a={"d":"e"};)");
  const auto refused = [&](const std::string& text, std::size_t bytes) {
    try {
      parse_json_map(text, {.bytes = bytes}, entries);
    } catch (const FormatError&) {
      return true;
    }
    return false;
  };
  CHECK(refused("[1]", 1000));
  CHECK(refused("1", 1000));
  CHECK(refused("", 1000));
  CHECK(refused(R"({"a":{"b":1,"b":2},"c":1,"d":1})", 1000));
  // The limit is one entry's.
  const std::string list = "[" + std::string(R"(0,0,0,0,0,0,0,0,0,0)") + "]";
  const std::size_t enough = 20 * sizeof(Config);
  CHECK_FALSE(refused("{\"a\":" + list + ",\"b\":" + list + ",\"c\":" + list + "}", enough));
  CHECK(refused("{\"a\":[" + list + "," + list + "]}", enough));
}

TEST_CASE("json: bad text is refused, with the place") {
  check_refused("", "not JSON");
  check_refused("{\"a\": 1,}", "byte 9");
  check_refused("[1 2]", "not JSON");
  check_refused("[1] 2", "not JSON");
  check_refused("\"\xff\"", "not JSON");
  check_refused("NaN", "not JSON");
  check_refused("1e999", "1e999");
  check_refused("9223372036854775808", "2^63");
  check_refused(R"({"a":1,"b":2,"a":3})", "'a' twice");
  check_refused(R"([{"a":{"b":1,"b":2}}])", "'b' twice");
}

TEST_CASE("json: depth and size have limits") {
  const std::string open(32, '[');
  const std::string close(32, ']');
  CHECK(again(open + close) == open + close);
  check_refused("[" + open + close + "]", "at most 32");
  check_refused(std::string(1 << 20, '['), "at most 32");
  const JsonLimits tight{.bytes = 1000};
  check_refused("[" + std::string(2000, ' ') + "1" + std::string([] {
                  std::string items;
                  for (int i = 0; i < 100; ++i) items += ",1";
                  return items;
                }()) +
                    "]",
                "file of this size", tight);
  check_refused("\"" + std::string(2000, 'x') + "\"", "file of this size", tight);
  check_refused("{\"" + std::string(2000, 'x') + "\":1}", "file of this size", tight);
}

}  // namespace
}  // namespace laminar::test
