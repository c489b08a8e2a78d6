// SPDX-License-Identifier: BSD-3-Clause
#include "model/training_state.hpp"

#include "laminar/error.hpp"

namespace laminar {
namespace {

template <class Part>
Config encode_part(const Part& part) {
  if (part == nullptr) return {};
  return Config::Map{{"type", std::string(part->type())}, {"options", part->options()}};
}

Config encode_compiled(const ModelCore& model) {
  if (!model.compiled()) return {};
  const CompileSpec& spec = model.compile_spec();
  Config::List losses;
  for (const auto& loss : spec.losses) losses.push_back(encode_part(loss));
  Config::List metrics;
  for (const auto& of_output : spec.metrics) {
    Config::List list;
    for (const auto& metric : of_output) list.push_back(encode_part(metric));
    metrics.emplace_back(std::move(list));
  }
  return Config::Map{{"optimizer", encode_part(spec.optimizer)},
                     {"losses", std::move(losses)},
                     {"loss_weights", encode(spec.loss_weights)},
                     {"metrics", std::move(metrics)}};
}

const Config& entry(const Config& fields, const char* name) {
  const Config* found = fields.find(name);
  if (found == nullptr) throw ValueError("training: expected an entry '" + std::string(name) + "', got none");
  return *found;
}

template <class T>
T read(const Config& fields, const char* name) {
  T value{};
  decode(entry(fields, name), std::string("training: ") + name, value);
  return value;
}

std::int64_t read_count(const Config& fields, const char* name) {
  constexpr std::int64_t kMost = std::int64_t{1} << 53;  // counting on from there overflows in no one's life
  const auto count = read<std::int64_t>(fields, name);
  expect(count >= 0 && count <= kMost, std::string("training: ") + name, "a count from 0 to 2^53",
         static_cast<double>(count));
  return count;
}

/// What `make` makes of {"type", "options"}.
template <class Make>
auto decode_part(const Config& part, const Make& make) {
  const Config& options = entry(part, "options");
  if (options.map() == nullptr) throw ValueError("training: options: expected a map, got " + describe(options));
  return make(read<std::string>(part, "type"), *options.map());
}

CompileSpec decode_compiled(const Config& compiled, const LossMaker& make_loss, const MetricMaker& make_metric) {
  CompileSpec spec{.optimizer = decode_part(entry(compiled, "optimizer"), make_optimizer),
                   .losses = {},
                   .metrics = {},
                   .loss_weights = read<std::vector<double>>(compiled, "loss_weights")};
  for (const Config& loss : list_of(entry(compiled, "losses"), "training: losses")) {
    spec.losses.push_back(loss.is_null() ? nullptr : decode_part(loss, make_loss));
  }
  for (const Config& of_output : list_of(entry(compiled, "metrics"), "training: metrics")) {
    spec.metrics.emplace_back();
    for (const Config& metric : list_of(of_output, "training: metrics")) {
      spec.metrics.back().push_back(decode_part(metric, make_metric));
    }
  }
  return spec;
}

}  // namespace

Config::Map describe_training(const ModelCore& model) {
  const ModelCore::Accumulated& accumulated = model.accumulated();
  return {{"steps", model.steps},
          {"epochs", model.epochs},
          {"learning_rate_factor", model.learning_rate_factor},
          {"optimizer_steps", model.optimizer_steps()},
          {"accumulated", Config::Map{{"batches", accumulated.batches},
                                      {"weight", accumulated.weight},
                                      {"all_weights", accumulated.all_weights}}},
          {"compiled", encode_compiled(model)}};
}

void restore_training(ModelCore& model, const Config::Map& training, const LossMaker& make_loss,
                      const MetricMaker& make_metric) {
  const Config fields(training);
  const Config& compiled = entry(fields, "compiled");
  if (!compiled.is_null()) model.compile(decode_compiled(compiled, make_loss, make_metric));
  model.steps = read_count(fields, "steps");
  model.epochs = read_count(fields, "epochs");
  model.learning_rate_factor = read<double>(fields, "learning_rate_factor");
  const Config& accumulated = entry(fields, "accumulated");
  model.resume_optimizer(read_count(fields, "optimizer_steps"),
                         {.batches = read_count(accumulated, "batches"),
                          .weight = read<double>(accumulated, "weight"),
                          .all_weights = read<double>(accumulated, "all_weights")});
}

}  // namespace laminar
