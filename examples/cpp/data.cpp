// SPDX-License-Identifier: BSD-3-Clause
#include "data.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::ifstream open(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return file;
}

/// The numbers of a line; none where it holds something else, as a line of names does.
std::vector<float> numbers_of(const std::string& line) {
  std::vector<float> numbers;
  std::stringstream cells(line);
  for (std::string cell; std::getline(cells, cell, ',');) {
    std::size_t used = 0;
    try {
      numbers.push_back(std::stof(cell, &used));
    } catch (const std::logic_error&) {
      return {};
    }
  }
  return numbers;
}

Examples to_examples(const std::vector<std::vector<float>>& rows) {
  const auto n = static_cast<Eigen::Index>(rows.size());
  const auto features = static_cast<Eigen::Index>(rows.front().size()) - 1;
  Examples examples{Eigen::MatrixXf(n, features), Eigen::VectorXi(n)};
  for (Eigen::Index i = 0; i < n; ++i) {
    const std::vector<float>& row = rows[static_cast<std::size_t>(i)];
    examples.x.row(i) = Eigen::Map<const Eigen::RowVectorXf>(row.data(), features);
    examples.labels(i) = static_cast<int>(row.back());
  }
  return examples;
}

/// IDX: two zero bytes, the type (8: unsigned bytes), the number of axes, their lengths as big-endian 32-bit numbers,
/// then the bytes. Returns them as one row an example.
Eigen::Matrix<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> read_idx_file(const fs::path& path) {
  std::ifstream file = open(path);
  const auto read_number = [&] {
    std::array<unsigned char, 4> bytes{};
    file.read(reinterpret_cast<char*>(bytes.data()), bytes.size());
    return (std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) | (std::uint32_t{bytes[2]} << 8) |
           bytes[3];
  };
  const std::uint32_t magic = read_number();
  if (!file || magic >> 8 != 8 || (magic & 255) == 0) {
    throw std::runtime_error(path.string() + ": not an IDX file of unsigned bytes");
  }
  const auto rows = static_cast<Eigen::Index>(read_number());
  Eigen::Index columns = 1;
  for (std::uint32_t axis = 1; axis < (magic & 255); ++axis) columns *= static_cast<Eigen::Index>(read_number());
  Eigen::Matrix<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> bytes(rows, columns);
  file.read(reinterpret_cast<char*>(bytes.data()), bytes.size());
  if (!file) throw std::runtime_error(path.string() + ": the file ends too early");
  return bytes;
}

/// The file of a folder whose name begins and ends like that: "train" may stand for "train10k" as well.
fs::path find_file(const fs::path& folder, const std::string& begin, const std::string& end) {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(begin) && name.ends_with(end)) return entry.path();
  }
  throw std::runtime_error(folder.string() + ": there is no " + begin + end + " in it");
}

Examples read_idx_pair(const fs::path& folder, const std::string& prefix) {
  return {read_idx_file(find_file(folder, prefix, "-images-idx3-ubyte")).cast<float>() / 255.0F,
          read_idx_file(find_file(folder, prefix, "-labels-idx1-ubyte")).cast<int>()};
}

}  // namespace

Data read_csv(const fs::path& path) {
  std::ifstream file = open(path);
  std::vector<std::vector<float>> train;
  std::vector<std::vector<float>> test;
  std::size_t columns = 0;
  int row = 0;
  for (std::string line; std::getline(file, line);) {
    std::vector<float> numbers = numbers_of(line);
    if (numbers.empty() && row == 0) continue;
    if (columns == 0) columns = numbers.size();
    if (numbers.size() != columns || columns < 2) {
      throw std::runtime_error(path.string() + ": expected features and a label in each row, got '" + line + "'");
    }
    (row++ % 5 == 4 ? test : train).push_back(std::move(numbers));
  }
  if (test.empty()) throw std::runtime_error(path.string() + ": expected at least 5 rows");
  return {to_examples(train), to_examples(test)};
}

Data read_idx(const fs::path& folder) { return {read_idx_pair(folder, "train"), read_idx_pair(folder, "t10k")}; }

void write_spirals(const fs::path& path, int points_per_spiral) {
  std::ofstream file(path);
  std::mt19937 engine(0);
  std::normal_distribution<float> noise(0.0F, 0.04F);
  file << "x,y,label\n";
  for (int i = 0; i < points_per_spiral; ++i) {
    const float radius = 0.1F + 0.9F * static_cast<float>(i) / static_cast<float>(points_per_spiral);
    for (int label = 0; label < 2; ++label) {
      const float angle = 7.0F * radius + 3.14159265F * static_cast<float>(label);
      file << radius * std::cos(angle) + noise(engine) << ',' << radius * std::sin(angle) + noise(engine) << ','
           << label << '\n';
    }
  }
  if (!file) throw std::runtime_error("cannot write " + path.string());
}
