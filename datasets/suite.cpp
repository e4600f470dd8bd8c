// SPDX-License-Identifier: Apache-2.0
#include "datasets/suite.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "datasets/covering.hpp"
#include "datasets/factor_levels.hpp"
#include "datasets/fills.hpp"
#include "datasets/random.hpp"
#include "datasets/shape_sets.hpp"

namespace convict::datasets {
namespace {

constexpr std::array plane_ranks = {1, 2, 2};
constexpr std::array volume_ranks = {3};

/// Covering arrays of different seeds, one after the other. Each covers all pairs of levels;
/// together they cover more and more triples.
void add_crossed(std::vector<Trial>& trials, std::span<const int> ranks, std::size_t count,
                 std::uint64_t seed) {
  const std::vector<int> levels = factor_levels(ranks);
  const std::size_t wanted = trials.size() + count;
  while (trials.size() < wanted) {
    for (const auto& row : pairwise_rows(levels, seed++)) {
      if (trials.size() == wanted) return;
      trials.push_back(trial_of_levels(row, ranks, scramble(seed) % 1'000'000 + trials.size()));
    }
  }
}

/// True where an element sums so many products that its error bound is larger than one of them.
/// Only exact data reveal faults there. With random signs the bound of f32 is statistical.
bool is_blind(const Trial& trial) {
  const index_t most =
      trial.recipe.fill == "flat" && trial.precision == Precision::f32 ? 200'000 : 9000;
  return !fill_named(trial.recipe.fill).exact && trial.precision != Precision::f64 &&
         most_products(trial.spec, trial.pass) > most;
}

void add_specs(std::vector<Trial>& trials, std::span<const ConvSpec> specs,
               std::span<const Precision> precisions, std::span<const char* const> fills) {
  for (const ConvSpec& spec : specs) {
    const bool is_valid = !why_invalid(spec);
    for (const Pass pass : all_passes)
      for (const Precision precision : precisions)
        for (const char* const fill : fills) {
          Trial trial{.spec = spec, .pass = pass, .precision = precision, .recipe = {}};
          trial.recipe.fill = fill;
          if (is_valid && is_blind(trial)) continue;
          if (is_valid) avoid_blind_fill(trial);
          trials.push_back(trial);
        }
  }
}

void add_invalid(std::vector<Trial>& trials) {
  for (const ConvSpec& spec : shape_set("invalid").specs)
    for (const Pass pass : all_passes) {
      Trial trial{.spec = spec, .pass = pass, .precision = Precision::f32, .recipe = {}};
      trial.recipe.check = "must_refuse";
      trials.push_back(trial);
    }
}

/// Sums so long that only a statistical bound is below one product.
void add_long_sums(std::vector<Trial>& trials) {
  constexpr std::array sums = {"c20000_i2x3_k2_f1x1/forward", "c2_i2x3_k20000_f1x1/grad_input",
                               "n3_c2_i181x200_k2_f2x1/grad_weights"};
  for (const std::string problem : sums) trials.push_back(parse_trial(problem + "/f32/fill=flat"));
}

std::vector<Trial> conformance(std::size_t scale) {
  constexpr std::size_t plane_trials = 5600;
  constexpr std::size_t volume_trials = 7600;
  constexpr std::array precisions = {Precision::f32};
  constexpr std::array fills = {"exact", "flat"};
  std::vector<Trial> trials;
  add_invalid(trials);
  add_specs(trials, shape_set("edge").specs, precisions, fills);
  add_long_sums(trials);
  add_crossed(trials, plane_ranks, scale * plane_trials, 1);
  add_crossed(trials, volume_ranks, scale * volume_trials, 100'000);
  return trials;
}

index_t positions(const ConvSpec& spec) {
  const Axes extents = output_extents(spec);
  return extents[0] * extents[1] * extents[2];
}

/// The axis with the most outputs, whose input gets so small that about half of them are left. The
/// number of unused rows and the parity of the output extent change: remainders get mixed.
void halve_longest_axis(ConvSpec& spec) {
  int longest = 0;
  for (int axis = 1; axis < spec.rank; ++axis)
    if (output_extent(spec, axis) >= output_extent(spec, longest)) longest = axis;
  const index_t outputs = output_extent(spec, longest);
  const index_t left = (outputs + 1) / 2;
  const auto a = static_cast<std::size_t>(longest);
  spec.input[a] -= (outputs - left) * spec.stride[a];
}

index_t group_out_channels(const ConvSpec& spec) { return spec.out_channels / spec.groups; }
void halve_out_channels(ConvSpec& spec) {
  spec.out_channels = spec.groups * ((group_out_channels(spec) + 1) / 2);
}

ConvSpec affordable(ConvSpec spec) {
  constexpr index_t most_products = 2'000'000;
  constexpr index_t most_weights = 600'000;
  constexpr index_t few_channels = 64;
  while (filter_elements(spec) > most_weights && group_out_channels(spec) > few_channels)
    halve_out_channels(spec);
  spec = with_explicit_padding(spec);
  while (flops(spec) / 2 > most_products) {
    ConvSpec smaller = spec;
    if (positions(spec) > 1)
      halve_longest_axis(smaller);
    else if (spec.batch > 1)
      smaller.batch = spec.batch / 2;
    else
      halve_out_channels(smaller);
    if (why_invalid(smaller) || smaller == spec) break;
    spec = smaller;
  }
  return spec;
}

bool is_network(const ShapeSet& set) {
  constexpr std::array<std::string_view, 4> others = {"everyday", "edge", "invalid",
                                                      "cudnn_faults"};
  return std::ranges::find(others, set.name) == others.end();
}

/// Every distinct layer of the networks, whatever its batch.
std::vector<ConvSpec> network_layers() {
  std::vector<ConvSpec> layers;
  for (const ShapeSet& set : shape_sets()) {
    if (!is_network(set)) continue;
    for (ConvSpec spec : set.specs) {
      spec.batch = 1;
      if (std::ranges::find(layers, spec) == layers.end()) layers.push_back(spec);
    }
  }
  for (std::size_t i = 0; i < layers.size(); ++i) layers[i].batch = 1 + static_cast<index_t>(i % 2);
  return layers;
}

}  // namespace

std::vector<Trial> layer_trials() {
  constexpr std::array precisions = {Precision::f32};
  constexpr std::array both = {"exact", "flat"};
  constexpr std::array exact = {"exact"};
  std::vector<Trial> trials;
  add_specs(trials, shape_set("everyday").specs, precisions, both);
  std::vector<ConvSpec> layers;
  for (const ConvSpec& layer : network_layers()) layers.push_back(affordable(layer));
  add_specs(trials, layers, precisions, exact);
  return trials;
}

std::vector<Trial> suite_named(const std::string& name_or_path,
                               const std::function<void(const Trial&)>& check) {
  if (name_or_path == "core") return conformance(1);
  if (name_or_path == "full") return conformance(10);
  constexpr std::array precisions = {Precision::f32, Precision::f64, Precision::tf32,
                                     Precision::bf16, Precision::f16};
  constexpr std::size_t everywhere = 2;
  constexpr std::array fills = {"exact", "mantissa", "flat"};
  const bool narrow = name_or_path == "cudnn_faults";  // most of these faults were in narrow types
  const auto chosen = std::span(precisions).first(narrow ? precisions.size() : everywhere);
  std::vector<Trial> trials;
  const bool is_path = name_or_path.find_first_of("./") != std::string::npos;
  if (!is_path) {
    add_specs(trials, shape_set(name_or_path).specs, chosen, fills);
    return trials;
  }
  for (const SuiteLine& line : read_suite_file(name_or_path, check)) {
    if (line.trial)
      trials.push_back(*line.trial);
    else
      add_specs(trials, std::span(&line.spec, 1), chosen, fills);
  }
  return trials;
}

}  // namespace convict::datasets
