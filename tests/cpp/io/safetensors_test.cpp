// SPDX-License-Identifier: BSD-3-Clause
#include "io/safetensors.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "laminar/error.hpp"

namespace laminar::test {
namespace {

using safetensors::Header;

/// The bytes of a file with this header and so many bytes of tensors.
std::string file_of(const std::string& header, std::size_t data) {
  const std::uint64_t length = header.size();
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, 8);
  return file + header + std::string(data, '\1');
}

Header read(const std::string& file) { return Header::read(MemorySource(std::as_bytes(std::span(file)))); }

void check_refused(const std::string& file, const std::string& part) {
  CAPTURE(file.size());
  try {
    read(file);
    FAIL("expected a FormatError");
  } catch (const FormatError& error) {
    CHECK_MESSAGE(std::string(error.what()).find(part) != std::string::npos, error.what());
  }
}

std::string tensor(const std::string& name, const std::string& dtype, const std::string& shape,
                   const std::string& offsets) {
  return '"' + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

TEST_CASE("safetensors: what is written is read") {
  std::vector<float> a{1.0F, -2.5F, 3.0F, 0.0F, 1e-40F, 6.0F};
  std::vector<double> b{0.1};
  std::vector<std::int32_t> c;
  std::string file;
  safetensors::write(
      [&](std::span<const std::byte> bytes) { file.append(reinterpret_cast<const char*>(bytes.data()), bytes.size()); },
      {{"a", {a.data(), {{2, 3}, DType::kFloat32}}},
       {"b", {b.data(), {{}, DType::kFloat64}}},
       {"c", {c.data(), {{0, 4}, DType::kInt32}}}},
      {{"key", "some \"text\""}});
  const MemorySource source(std::as_bytes(std::span(file)));
  const Header header = Header::read(source);
  CHECK(header.entries().size() == 3);
  REQUIRE(header.metadata("key") != nullptr);
  CHECK(*header.metadata("key") == "some \"text\"");
  CHECK(header.metadata("none") == nullptr);
  CHECK(header.find("d") == nullptr);
  REQUIRE(header.find("a") != nullptr);
  CHECK(header.find("a")->begin % 8 == 0);
  std::vector<float> again(6);
  safetensors::read_tensor(source, *header.find("a"), {again.data(), {{2, 3}, DType::kFloat32}});
  CHECK(again == a);
  std::vector<double> wide(6);
  safetensors::read_tensor(source, *header.find("a"), {wide.data(), {{2, 3}, DType::kFloat64}});
  CHECK(wide[4] == static_cast<double>(a[4]));
  std::vector<std::int32_t> whole(6);
  CHECK_THROWS_AS(safetensors::read_tensor(source, *header.find("a"), {whole.data(), {{2, 3}, DType::kInt32}}),
                  FormatError);
}

TEST_CASE("safetensors: what is longer than the part that is converted at a time is read whole") {
  std::vector<float> narrow(40'001);
  for (std::size_t i = 0; i < narrow.size(); ++i) narrow[i] = static_cast<float>(i) / 4;
  const TensorSpec spec{{static_cast<std::int64_t>(narrow.size())}, DType::kFloat64};
  std::string file;
  const auto sink = [&](std::span<const std::byte> bytes) {
    file.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  safetensors::write(sink, {{"a", {narrow.data(), {spec.shape, DType::kFloat32}}}}, {});
  std::vector<double> wide(narrow.size());
  const MemorySource source(std::as_bytes(std::span(file)));
  safetensors::read_tensor(source, *Header::read(source).find("a"), {wide.data(), spec});
  CHECK(std::equal(wide.begin(), wide.end(), narrow.begin()));
  std::string other;
  safetensors::write(
      [&](std::span<const std::byte> bytes) {
        other.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      },
      {{"a", {wide.data(), spec}}}, {});
  std::vector<float> again(narrow.size());
  const MemorySource other_source(std::as_bytes(std::span(other)));
  safetensors::read_tensor(other_source, *Header::read(other_source).find("a"),
                           {again.data(), {spec.shape, DType::kFloat32}});
  CHECK(again == narrow);
}

TEST_CASE("safetensors: two tensors with one name cannot be written") {
  float x = 0;
  const Tensor one{&x, {{1}, DType::kFloat32}};
  CHECK_THROWS_AS(safetensors::write([](std::span<const std::byte>) {}, {{"a", one}, {"a", one}}, {}), ValueError);
}

TEST_CASE("safetensors: what does not hold together is refused, with the place") {
  CHECK(read(file_of("{}", 0)).entries().empty());
  CHECK(read(file_of("{" + tensor("a", "F32", "[2]", "[0,8]") + "}  ", 8)).entries().size() == 1);
  check_refused("", "a file of 0");
  check_refused(std::string(7, '\0'), "a file of 7");
  check_refused(std::string(8, '\xff'), "byte 0");
  check_refused(file_of("{}", 0).substr(0, 9), "byte 0");
  check_refused(file_of("", 0), "byte 8");
  check_refused(file_of("[]", 0), "byte 8");
  check_refused(file_of("{\"a\":1", 0), "not JSON");
  check_refused(file_of("{}", 1), "got a file of");
  check_refused(file_of(R"({"__metadata__":{"a":1}})", 0), "__metadata__: a: expected text");
  check_refused(file_of(R"({"__metadata__":[]})", 0), "__metadata__: expected a map");
  check_refused(file_of(R"({"a":[]})", 0), "tensor 'a'");
  check_refused(file_of(R"({"a":{"dtype":"F32","shape":[]}})", 0), "tensor 'a'");
  check_refused(file_of("{" + tensor("a", "F33", "[2]", "[0,8]") + "}", 8), "'F33'");
  check_refused(file_of("{" + tensor("a", "F32", "[-2]", "[0,8]") + "}", 8), "at least 0, got -2");
  check_refused(file_of("{" + tensor("a", "F32", "[2.0]", "[0,8]") + "}", 8), "whole numbers");
  check_refused(file_of("{" + tensor("a", "F32", "2", "[0,8]") + "}", 8), "expected a list");
  check_refused(file_of("{" + tensor("a", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") + "}", 4), "at most 8 axes");
  check_refused(file_of("{" + tensor("a", "F32", "[2]", "[0]") + "}", 8), "begin and an end");
  check_refused(file_of("{" + tensor("a", "F32", "[2]", "[8,0]") + "}", 8), "begin and an end");
  check_refused(file_of("{" + tensor("a", "F32", "[2]", "[0,9]") + "}", 8), "begin and an end");
  check_refused(file_of("{" + tensor("a", "F32", "[3]", "[0,8]") + "}", 8), "expected 12 bytes");
  check_refused(file_of("{" + tensor("a", "F32", "[4611686018427387904,4]", "[0,0]") + "}", 0), "fits into memory");
  check_refused(file_of("{" + tensor("a", "U8", "[1]", "[0,1]") + "," + tensor("b", "U8", "[1]", "[0,1]") + "}", 1),
                "where another tensor ends");
  check_refused(file_of("{" + tensor("a", "U8", "[1]", "[0,1]") + "," + tensor("b", "U8", "[1]", "[2,3]") + "}", 3),
                "where another tensor ends");
  check_refused(file_of("{" + tensor("a", "U8", "[1]", "[0,1]") + "," + tensor("a", "U8", "[1]", "[1,2]") + "}", 2),
                "'a' twice");
  check_refused(file_of("{" + tensor("a", "U8", "[1]", "[0,1]") + "}", 2), "got a file of");
}

}  // namespace
}  // namespace laminar::test
