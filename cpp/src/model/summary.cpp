// SPDX-License-Identifier: BSD-3-Clause
#include "model/summary.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

namespace laminar {
namespace {

constexpr std::size_t kColumns = 4;
constexpr std::size_t kFlushRight = 2;
using Row = std::array<std::string, kColumns>;

std::string with_commas(std::int64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

/// In a unit that fits: "2.610 MB".
std::string bytes_text(std::size_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  constexpr std::array<const char*, 4> kUnits{"kB", "MB", "GB", "TB"};
  auto number = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (number /= 1000.0; number >= 1000.0 && unit + 1 < kUnits.size(); ++unit) number /= 1000.0;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%#.4g %s", number, kUnits[unit]);
  return text.data();
}

std::vector<Row> rows_of(const ModelCore& model) {
  const Graph& graph = model.graph();
  std::vector<Row> rows;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    rows.push_back({graph.input_names[i] + " (Input)", to_string(graph.value(graph.inputs[i]).spec.shape), "0", ""});
  }
  std::vector<bool> counted(graph.layers.size(), false);
  for (const GraphNode& node : graph.nodes) {
    const auto index = static_cast<std::size_t>(node.layer);
    const GraphLayer& layer = graph.layers[index];
    std::int64_t numbers = 0;
    for (const int parameter : layer.parameters) {
      if (!counted[index]) numbers += graph.parameters[static_cast<std::size_t>(parameter)].spec.shape.size();
    }
    counted[index] = true;
    const bool frozen = numbers > 0 && !model.trains(node.layer);
    std::string inputs;
    for (const ValueId input : node.inputs) inputs += (inputs.empty() ? "" : ", ") + graph.name_of_value(input);
    rows.push_back({label(*layer.entry) + (frozen ? " (frozen)" : ""),
                    to_string(graph.value(node.outputs[0]).spec.shape), with_commas(numbers), inputs});
  }
  return rows;
}

std::string table(const std::vector<Row>& rows) {
  const Row header{"layer", "output shape", "parameters", "connected to"};
  std::array<std::size_t, kColumns> widths{};
  for (std::size_t column = 0; column < kColumns; ++column) {
    widths[column] = header[column].size();
    for (const Row& row : rows) widths[column] = std::max(widths[column], row[column].size());
  }
  const std::string rule(std::accumulate(widths.begin(), widths.end(), 2 * (kColumns - 1)), '-');
  const auto line = [&](const Row& row) {
    std::string text;
    for (std::size_t column = 0; column < kColumns; ++column) {
      const std::string padding(widths[column] - row[column].size(), ' ');
      text += (column > 0 ? "  " : "") + (column == kFlushRight ? padding + row[column] : row[column] + padding);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  };
  std::string text = line(header) + rule + "\n";
  for (const Row& row : rows) text += line(row);
  return text + rule + "\n";
}

std::string parameters_line(const ModelCore& model) {
  const Graph& graph = model.graph();
  std::int64_t total = 0;
  std::int64_t trained = 0;
  for (const GraphParameter& parameter : graph.parameters) {
    total += parameter.spec.shape.size();
    trained += model.trains(parameter.layer) ? parameter.spec.shape.size() : 0;
  }
  std::int64_t kept = 0;
  for (const GraphParameter& state : graph.state) kept += state.spec.shape.size();
  return "parameters: " + with_commas(total) + ", of which trained: " + with_commas(trained) +
         (kept > 0 ? "; besides them not trained: " + with_commas(kept) : "") + "\n";
}

std::string memory_lines(ModelCore& model, std::int64_t batch_size) {
  for (const ValueId input : model.graph().inputs) {
    if (model.graph().value(input).spec.shape.from(1).has_free_axis()) return "memory: depends on the free axes\n";
  }
  std::string kept;
  std::string running;
  std::size_t peak = 0;
  for (const auto& [name, bytes] : model.planned_bytes(batch_size)) {
    const bool runs = name == "training" || name == "prediction";
    if (name != "prediction") peak += bytes;
    if (!runs && bytes == 0) continue;
    std::string& list = runs ? running : kept;
    list += (list.empty() ? "" : ", ") + name + " " + bytes_text(bytes);
  }
  return "memory: " + kept + "\nactivations and scratch at batch size " + std::to_string(batch_size) + ": " + running +
         "\npeak of a training step: " + bytes_text(peak) + "\n";
}

}  // namespace

std::string summary(ModelCore& model, std::int64_t batch_size, const std::string& title) {
  const std::string head =
      title + ", " + std::string(name_of(model.dtype())) + ", seed " + std::to_string(model.seed()) + "\n";
  if (!model.built()) return head + "its shapes and parameters are known when the first data has come\n";
  return head + table(rows_of(model)) + parameters_line(model) + memory_lines(model, batch_size);
}

}  // namespace laminar
