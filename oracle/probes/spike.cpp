// SPDX-License-Identifier: Apache-2.0
#include "oracle/probes/spike.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/geometry.hpp"
#include "core/half.hpp"
#include "core/spec_text.hpp"
#include "datasets/random.hpp"

namespace convict::oracle::probes {
namespace {

struct SpikeShape {
  std::string_view text, label;
};
// All have planes of equal extents, stride 1, dilation 1 and the padding that keeps the extent.
constexpr std::array<SpikeShape, 15> spike_shapes = {
    {{"c1_i24x24_k1_f3x3_p1", "3x3"},
     {"c1_i24x24_k1_f5x5_p2", "5x5"},
     {"c1_i24_k1_f3_p1", "3 taps"},
     {"c1_i24_k1_f5_p2", "5 taps"},
     {"c1_i24x24_k1_f1x1", "1x1"},
     {"c1_i16x16x16_k1_f3x3x3_p1", "3x3x3"},
     {"c8_i16x16_k8_f3x3_p1", "3x3 with 8 channels"},
     {"c32_i16x16_k16_f3x3_p1", "3x3 with 32 channels"},
     {"c32_i10x10_k16_f3x3_p1", "3x3 with 32 channels on 10x10"},
     {"c64_i10x10_k16_f3x3_p1", "3x3 with 64 channels on 10x10"},
     {"c64_i24_k16_f3_p1", "3 taps with 64 channels"},
     {"n16_c8_i10x10_k8_f3x3_p1", "3x3 with 16 images"},
     {"c8_i10x10_k8_f5x5_p2", "5x5 with 8 channels"},
     {"c32_i16x16_k8_f1x1", "1x1 with 32 channels"},
     {"c16_i16x16_k16_f3x3_p1_g16", "3x3 depthwise"}}};

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

/// A position in a plane, last axis last; -1 on every axis: nowhere.
using Spot = std::array<index_t, 3>;
constexpr Spot nowhere = {-1, -1, -1};

class SpikeProbe {
 public:
  SpikeProbe(Bench& bench, const ConvSpec& spec, std::string_view label)
      : bench_(bench),
        spec_(spec),
        g_(geometry_of(spec)),
        first_axis_(static_cast<std::size_t>(max_rank - spec.rank)),
        side_(spec.input[0]),
        by_position_(bench.pass() == Pass::grad_weights),
        spread_{.label = label, .spec = spec} {
    const FloatFormat format = format_of(storage_of(bench.precision()));
    const datasets::Stream random(7, 1);
    const double usual = sizes_for(bench.precision()).usual;
    const auto count = static_cast<std::size_t>(bench.first_elements(spec));
    for (std::size_t i = 0; i < count; ++i)
      usual_.push_back(round_to(format, usual * (0.5 + 0.5 * random.uniform(i))));
  }

  Spread spread() {
    compare_with_spikes(0, few());
    if (!spread_.seen) return spread_;
    // The first tap shows the whole tile. With many channels calls take longer.
    const bool is_cheap = spec_.in_channels == 1;
    if (is_cheap || !by_position_) compare_with_spikes(0, by_position_ ? lines() : diagonal());
    if (is_cheap) compare_with_spikes(g_.filter[2] - 1, by_position_ ? lines() : diagonal());
    return spread_;
  }

 private:
  Spot on_diagonal(index_t s) const {
    Spot place{};
    for (std::size_t a = first_axis_; a < 3; ++a) place[a] = s;
    return place;
  }
  std::vector<Spot> diagonal() const {
    std::vector<Spot> places;
    constexpr index_t around = 4;  // every place in tiles of up to 8
    for (index_t s = side_ / 2 - around; s < side_ / 2 + around; ++s)
      places.push_back(on_diagonal(s));
    return places;
  }
  /// Places at these distances from the middle, along one axis after the other.
  std::vector<Spot> along_axes(std::span<const index_t> distances) const {
    std::vector<Spot> places;
    for (std::size_t a = first_axis_; a < 3; ++a)
      for (const index_t distance : distances) {
        Spot place = on_diagonal(side_ / 2);
        place[a] += distance;
        places.push_back(place);
      }
    return places;
  }
  std::vector<Spot> lines() const {
    std::vector<index_t> distances;
    for (index_t s = 0; s < side_; ++s) distances.push_back(s - side_ / 2);
    return along_axes(distances);
  }
  /// Enough to see whether there is a transform. In a tile of two or more results, one of two
  /// neighbours is no end of its tile. For grad_weights, blocks of more than two output gradients
  /// reach two inputs to one side, beyond the reach of the filters. What lies there in a block of
  /// two is multiplied by the other output gradient only, which is zero: this needs a neighbour.
  std::vector<Spot> few() const {
    if (!by_position_) return {on_diagonal(side_ / 2), on_diagonal(side_ / 2 + 1)};
    const index_t beyond = g_.filter[2] / 2 + 1;
    const std::array<index_t, 3> distances = {-beyond, 1, beyond};
    return along_axes(distances);
  }

  std::size_t offset(const Spot& place, const Axes& extents) const {
    index_t offset = 0;
    for (std::size_t a = 0; a < 3; ++a) offset = offset * extents[a] + place[a];
    return static_cast<std::size_t>(offset);
  }
  const Axes& result_extents() const {
    return by_position_ ? g_.filter : bench_.pass() == Pass::forward ? g_.output : g_.input;
  }

  /// The result that a spike at `at` meets through tap (t, t, ...), or through the output gradient
  /// in the middle; nowhere if there is none.
  Spot met(const Spot& at, index_t tap) const {
    Spot place{};
    for (int axis = 0; axis < max_rank; ++axis) {
      const auto a = static_cast<std::size_t>(axis);
      const index_t t = std::min(tap, g_.filter[a] - 1);
      if (bench_.pass() == Pass::forward) {
        place[a] = g_.output_position(axis, at[a], t);
      } else if (bench_.pass() == Pass::grad_input) {
        place[a] = g_.input_position(axis, at[a], t);
        if (!g_.inside_input(axis, place[a])) return nowhere;
      } else {
        const index_t middle = a < first_axis_ ? 0 : side_ / 2;
        place[a] = -1;
        for (index_t u = 0; u < g_.filter[a]; ++u)
          if (g_.input_position(axis, middle, u) == at[a]) place[a] = u;
      }
      if (place[a] < 0) return nowhere;
    }
    return place;
  }

  void compare_with_spikes(index_t tap, const std::vector<Spot>& places) {
    std::vector<double> second(static_cast<std::size_t>(bench_.second_elements(spec_)));
    const Spot only = by_position_ ? on_diagonal(side_ / 2) : on_diagonal(tap);
    second[offset(only, by_position_ ? g_.output : g_.filter)] =
        round_to(format_of(storage_of(bench_.precision())), 0.7);
    const std::vector<double> before = bench_.values(spec_, {usual_, second});
    const Axes& plane = bench_.pass() == Pass::grad_input ? g_.output : g_.input;
    for (const Spot& at : places) {
      OperandPair with{usual_, second};
      with.first[offset(at, plane)] = sizes_for(bench_.precision()).spike;
      note_changes(before, bench_.values(spec_, with), at, met(at, tap));
    }
  }

  /// Only the first plane of the result can change: the filters of all others are zero.
  void note_changes(const std::vector<double>& before, const std::vector<double>& after,
                    const Spot& at, const Spot& met) {
    const Axes& extents = result_extents();
    for (index_t i = 0; i < extents[0]; ++i)
      for (index_t j = 0; j < extents[1]; ++j)
        for (index_t k = 0; k < extents[2]; ++k) {
          const Spot place{i, j, k};
          const std::size_t offset_here = offset(place, extents);
          if (place != met && before[offset_here] != after[offset_here]) note(place, at, met);
        }
  }

  void note(const Spot& changed, const Spot& at, const Spot& met) {
    spread_.seen = true;
    for (std::size_t a = first_axis_; a < 3; ++a) {
      if (by_position_) {
        const index_t distance = at[a] - side_ / 2;
        spread_.reach = std::max<index_t>(spread_.reach, std::abs(distance));
        if (std::abs(distance) > g_.filter[a] / 2 || (met != nowhere && changed[a] != met[a]))
          spread_.axes |= 1U << a;
        continue;
      }
      const index_t distance = changed[a] - at[a];
      spread_.reach = std::max<index_t>(spread_.reach, std::abs(distance));
      if (met != nowhere && changed[a] == met[a]) continue;
      spread_.axes |= 1U << a;
      const index_t pad = g_.filter[a] / 2;
      spread_.tile = std::max({spread_.tile, distance - pad + 2, index_t{2}});
    }
  }

  Bench& bench_;
  ConvSpec spec_;
  Geometry g_;
  std::size_t first_axis_;  ///< of the problem among Geometry's three
  index_t side_;
  bool by_position_;
  std::vector<double> usual_;
  Spread spread_;
};

}  // namespace

std::vector<Spread> spreads_of_a_spike(Bench& bench) {
  std::vector<Spread> spreads;
  for (const auto& [text, label] : spike_shapes) {
    const std::array<std::string_view, 1> texts = {text};
    if (const auto spec = bench.first_taken(texts))
      spreads.push_back(SpikeProbe(bench, *spec, label).spread());
  }
  return spreads;
}

}  // namespace convict::oracle::probes
