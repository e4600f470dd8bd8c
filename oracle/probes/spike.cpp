// SPDX-License-Identifier: Apache-2.0
#include "oracle/probes/spike.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/half.hpp"
#include "datasets/random.hpp"
#include "reference/truth.hpp"

namespace convict::oracle::probes {
namespace {

constexpr index_t side = 24;  // of all shapes; room for tiles of 8 on both sides of the spike
constexpr std::array<std::string_view, 8> spike_shapes = {
    "c1_i24x24_k1_f3x3_p1",      "c1_i24x24_k1_f5x5_p2", "c1_i24_k1_f3_p1",
    "c1_i24_k1_f5_p2",           "c1_i24x24_k1_f1x1",    "c32_i24x24_k32_f3x3_p1",
    "c1_i24x24x24_k1_f3x3x3_p1", "c32_i24x24_k32_f1x1"};

/// Magnitudes of the usual elements and of the huge one, so that its rounding errors are visible in
/// the storage format.
struct Sizes {
  double usual, spike;
};
Sizes sizes_for(Precision precision) {
  switch (storage_of(precision)) {
    case Precision::f64: return {1, 0x1p40};
    case Precision::f16: return {0x1p-6, 0x1p14};
    default: return {1, 0x1p20};
  }
}

/// (s, s, ...) in the first plane of a tensor with planes side^rank.
std::size_t on_diagonal(const ConvSpec& spec, index_t s) {
  index_t offset = 0;
  for (int axis = 0; axis < spec.rank; ++axis) offset = offset * side + s;
  return static_cast<std::size_t>(offset);
}

class SpikeProbe {
 public:
  SpikeProbe(Bench& bench, const ConvSpec& spec) : bench_(bench), spec_(spec) {
    const FloatFormat format = format_of(storage_of(bench.precision()));
    const datasets::Stream random(7, 1);
    const double usual = sizes_for(bench.precision()).usual;
    const auto count = static_cast<std::size_t>(bench.first_elements(spec));
    for (std::size_t i = 0; i < count; ++i)
      usual_.push_back(round_to(format, usual * (0.5 + 0.5 * random.uniform(i))));
  }

  Spread spread() {
    const auto count = static_cast<std::size_t>(bench_.second_elements(spec_));
    const bool by_position = bench_.pass() == Pass::grad_weights;
    std::size_t plane = 1;
    for (std::size_t a = 0; a < static_cast<std::size_t>(spec_.rank); ++a)
      plane *= static_cast<std::size_t>(spec_.filter[a]);
    for (const std::size_t tap : {std::size_t{0}, plane - 1}) {
      std::vector<double> second(count);
      const index_t position = tap == 0 ? side / 2 : side / 2 - 1;
      second[by_position ? on_diagonal(spec_, position) : tap] =
          round_to(format_of(storage_of(bench_.precision())), 0.7);
      compare_with_spikes(second, position);
    }
    return spread_;
  }

 private:
  void compare_with_spikes(const std::vector<double>& second, index_t position) {
    const bool by_position = bench_.pass() == Pass::grad_weights;
    const OperandPair without{usual_, second};
    const std::vector<double> before = bench_.values(spec_, without);
    const std::vector<double> true_before = truth(without);
    for (index_t s = by_position ? 0 : 8; s < (by_position ? side : 16); ++s) {
      OperandPair with = without;
      with.first[on_diagonal(spec_, s)] = sizes_for(bench_.precision()).spike;
      const std::vector<double> after = bench_.values(spec_, with);
      const std::vector<double> true_after = truth(with);
      for (std::size_t at = 0; at < after.size(); ++at) {
        const bool meets = true_after[at] != true_before[at];
        if (!meets && after[at] != before[at])
          note(by_position ? s - position : static_cast<index_t>(at) % side - s, !by_position);
      }
    }
  }

  void note(index_t distance, bool along_results) {
    spread_.seen = true;
    spread_.reach = std::max<index_t>(spread_.reach, std::abs(distance));
    const index_t pad = spec_.filter[0] / 2;
    if (along_results) spread_.tile = std::max({spread_.tile, distance - pad + 2, index_t{2}});
  }

  std::vector<double> truth(const OperandPair& pair) const {
    const datasets::Operands operands = bench_.operands_of(pair);
    return reference::truth({.spec = spec_,
                             .pass = bench_.pass(),
                             .input = operands.input,
                             .filters = operands.filters,
                             .output = operands.output,
                             .alpha = 1,
                             .beta = 0,
                             .old_result = {}},
                            reference::Width::f64)
        .value;
  }

  Bench& bench_;
  ConvSpec spec_;
  std::vector<double> usual_;
  Spread spread_;
};

}  // namespace

std::optional<Spread> spread_of_a_spike(Bench& bench) {
  const auto spec = bench.first_taken(spike_shapes);
  if (!spec) return std::nullopt;
  return SpikeProbe(bench, *spec).spread();
}

}  // namespace convict::oracle::probes
