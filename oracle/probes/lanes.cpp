// SPDX-License-Identifier: Apache-2.0
#include "oracle/probes/lanes.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "core/spec_text.hpp"
#include "core/tensor.hpp"
#include "reference/products.hpp"

namespace convict::oracle::probes {
namespace {

// One position first, because it is cheap; then larger images for kernels that need those.
constexpr std::array<std::string_view, 7> one_tap = {
    "c1_i1x1_k1_f1x1", "c1_i1_k1_f1",  "c1_i8x8_k1_f1x1",  "c1_i1x1x1_k1_f1x1x1",
    "c1_i8_k1_f1",     "c1_i16_k1_f1", "c1_i14x14_k1_f1x1"};
constexpr std::array<std::string_view, 11> many_taps = {
    "c1_i8x8_k1_f3x3_p1", "c1_i8_k1_f3_p1",       "c1_i8x8_k1_f3x3",       "c1_i8x8x8_k1_f3x3x3_p1",
    "c1_i9x9_k1_f5x5_p2", "c1_i16x16_k1_f3x3_p1", "c1_i8x8_k1_f3x3_s2_p1", "c1_i14x14_k1_f7x7_p3",
    "c1_i8x8_k1_f2x2",    "c1_i8_k1_f5_p2",       "c1_i56x56_k1_f3x3_p1"};
/// For kernels that take single pixels only: the tap in the middle is the only one inside.
constexpr std::array<std::string_view, 13> larger_filters = {
    "c1_i8x8_k1_f3x3_p1", "c1_i8_k1_f3_p1",       "c1_i8x8_k1_f3x3",       "c1_i8x8x8_k1_f3x3x3_p1",
    "c1_i9x9_k1_f5x5_p2", "c1_i16x16_k1_f3x3_p1", "c1_i8x8_k1_f3x3_s2_p1", "c1_i14x14_k1_f7x7_p3",
    "c1_i8x8_k1_f2x2",    "c1_i8_k1_f5_p2",       "c1_i56x56_k1_f3x3_p1",  "c1_i1x1_k1_f3x3_p1",
    "c1_i1_k1_f3_p1"};
constexpr std::array<std::string_view, 8> planes = {
    "c1_i8x8_k1_f1x1", "c1_i8_k1_f1",        "c1_i8x8_k1_f3x3_p1",  "c1_i16x16_k1_f3x3_p1",
    "c1_i8_k1_f3_p1",  "c1_i9x9_k1_f5x5_p2", "c1_i4x4x4_k1_f1x1x1", "c1_i8x8x8_k1_f3x3x3_p1"};

/// Where the terms of a sum may lie: in channels (for grad_weights, images) and in taps
/// (positions).
enum class Along { outer, inner, both };

/// Numbers of channels: of those that the pass sums over, and of the others.
struct Channels {
  index_t terms, others;
};
constexpr std::array<Channels, 6> many_channels = {
    {{32, 1}, {32, 8}, {32, 32}, {64, 64}, {16, 16}, {8, 8}}};
constexpr std::array<Channels, 6> few_channels = {
    {{1, 1}, {1, 8}, {8, 8}, {16, 16}, {32, 32}, {64, 64}}};
constexpr std::array<index_t, 3> batches = {1, 2, 16};
constexpr std::array<index_t, 7> depths = {8, 32, 16, 64, 4, 2, 3};

struct LaneKind {
  std::string_view preposition, noun;
  Along along;
  std::span<const std::string_view> shapes;
  std::span<const Channels> channels;  ///< empty: depthwise
};

const std::array<LaneKind, 5> image_lanes = {
    {{"in", "1x1", Along::outer, one_tap, many_channels},
     {"along", "taps", Along::inner, many_taps, few_channels},
     {"along", "channels", Along::outer, larger_filters, many_channels},
     {"along", "both", Along::both, many_taps, many_channels},
     {"in", "depthwise", Along::inner, many_taps, {}}}};
const std::array<LaneKind, 4> filter_lanes = {
    {{"along", "images", Along::outer, one_tap, few_channels},
     {"along", "positions", Along::inner, planes, few_channels},
     {"along", "both", Along::both, planes, few_channels},
     {"in", "depthwise", Along::inner, planes, {}}}};

/// A product of the element that is used: its factors and where it lies.
struct Place {
  Factors factors;
  index_t outer;  ///< channel, or for grad_weights image
  index_t inner;  ///< tap, or for grad_weights position of the output
};

/// Collects the products of one result element, from operands whose values are their offsets.
struct Collector {
  std::vector<Factors> found{};
  void product(double second, double first) {
    found.push_back({static_cast<std::size_t>(first), static_cast<std::size_t>(second)});
  }
  void padding(double) {}
};

template <std::size_t Rank>
std::vector<double> offsets_in(const Shape<Rank>& shape) {
  std::vector<double> offsets(static_cast<std::size_t>(shape.elements()));
  std::iota(offsets.begin(), offsets.end(), 0.0);
  return offsets;
}

/// The products of the element in the middle of the first plane of the result.
class MiddleElement {
 public:
  MiddleElement(const ConvSpec& spec, Pass pass)
      : spec_(spec), pass_(pass), g_(geometry_of(spec)), shapes_(shapes_of(spec)) {
    Collector collector;
    const std::vector<double> x = offsets_in(shapes_.input);
    const std::vector<double> bank = offsets_in(shapes_.filters);
    const std::vector<double> y = offsets_in(shapes_.output);
    const View<const double, 5> inputs{x.data(), shapes_.input};
    const View<const double, 5> outputs{y.data(), shapes_.output};
    const View<const double, 8> filters{bank.data(),
                                        broadcast_over_positions(shapes_.filters, g_.output)};
    const auto half = [](const Axes& extents) {
      return Axes{extents[0] / 2, extents[1] / 2, extents[2] / 2};
    };
    if (pass == Pass::forward) {
      const auto [o0, o1, o2] = half(g_.output);
      const std::array<index_t, 5> at{0, 0, o0, o1, o2};
      reference::forward_products(g_, inputs, filters, at, collector);
      result_ = shapes_.output.offset(at);
    } else if (pass == Pass::grad_input) {
      const auto [p0, p1, p2] = half(g_.input);
      const std::array<index_t, 5> at{0, 0, p0, p1, p2};
      reference::grad_input_products(g_, filters, outputs, at, collector);
      result_ = shapes_.input.offset(at);
    } else {
      const auto [u0, u1, u2] = half(g_.filter);
      const std::array<index_t, 8> at{0, 0, 0, 0, 0, u0, u1, u2};
      reference::grad_weights_products(g_, inputs, outputs, at, collector);
      result_ = shapes_.filters.offset(at);
    }
    for (const Factors& factors : collector.found) places_.push_back(place_of(factors));
  }

  std::size_t result() const { return static_cast<std::size_t>(result_); }

  /// At most Dot::most_places of the products that lie along these dimensions, evenly spread.
  std::vector<Factors> along(Along along) const {
    std::vector<Factors> chosen;
    if (places_.empty()) return chosen;
    const Place& middle = places_[places_.size() / 2];
    for (const Place& place : places_) {
      const bool wanted =
          along == Along::both || (along == Along::outer ? place.inner == middle.inner
                                                         : place.outer == places_.front().outer);
      if (wanted) chosen.push_back(place.factors);
    }
    if (chosen.size() <= Dot::most_places) return chosen;
    std::vector<Factors> spread;
    for (std::size_t i = 0; i < Dot::most_places; ++i)
      spread.push_back(chosen[i * (chosen.size() - 1) / (Dot::most_places - 1)]);
    return spread;
  }

 private:
  Place place_of(const Factors& factors) const {
    const auto second = static_cast<index_t>(factors.second);
    const index_t taps = g_.filter[0] * g_.filter[1] * g_.filter[2];
    const index_t positions = g_.output[0] * g_.output[1] * g_.output[2];
    switch (pass_) {
      case Pass::forward: return {factors, second / taps % g_.group_in_channels, second % taps};
      case Pass::grad_input: return {factors, second / taps / g_.group_in_channels, second % taps};
      case Pass::grad_weights:
        return {factors, second / positions / g_.out_channels, second % positions};
    }
    return {};
  }

  const ConvSpec& spec_;
  Pass pass_;
  Geometry g_;
  TensorShapes shapes_;
  index_t result_ = 0;
  std::vector<Place> places_;
};

/// Calls visit(spec) for the problems of a kind, until it returns true.
template <class Visit>
bool any_candidate(const LaneKind& kind, Pass pass, Visit&& visit) {
  const bool by_image = pass == Pass::grad_weights;
  const bool sums_images = by_image && kind.along != Along::inner;
  const auto with = [&](std::string_view shape, index_t batch, bool flip) {
    ConvSpec spec = parse_spec(shape);
    spec.batch = sums_images ? static_cast<index_t>(Dot::most_places) : batch;
    spec.flip = flip;
    return spec;
  };
  for (const bool flip : {false, true})
    for (const index_t batch : batches) {
      if (sums_images && batch > batches.front()) break;
      for (const Channels& channels : kind.channels)
        for (const std::string_view shape : kind.shapes) {
          ConvSpec spec = with(shape, batch, flip);
          spec.in_channels = pass == Pass::grad_input ? channels.others : channels.terms;
          spec.out_channels = pass == Pass::grad_input ? channels.terms : channels.others;
          if (visit(spec)) return true;
        }
      for (std::size_t i = 0; kind.channels.empty() && i < depths.size(); ++i)
        for (const std::string_view shape : kind.shapes) {
          ConvSpec spec = with(shape, batch, flip);
          spec.in_channels = spec.out_channels = spec.groups = depths[i];
          if (visit(spec)) return true;
        }
    }
  return false;
}

bool is_one_tap(const ConvSpec& spec, Pass pass) {
  const Geometry g = geometry_of(spec);
  const index_t taps = g.filter[0] * g.filter[1] * g.filter[2];
  const index_t positions = g.output[0] * g.output[1] * g.output[2];
  return taps == 1 && (pass != Pass::grad_weights || positions == 1);
}

/// The lane of a kind in a problem, if the problem has enough terms for one.
std::optional<Lane> lane_in(Bench& bench, const LaneKind& kind, const ConvSpec& spec) {
  const MiddleElement middle(spec, bench.pass());
  std::vector<Factors> places = middle.along(kind.along);
  if (places.size() < Dot::fewest_places) return std::nullopt;
  return Lane{kind.preposition, kind.noun, Dot(bench, spec, std::move(places), middle.result()),
              is_one_tap(spec, bench.pass())};
}

}  // namespace

std::vector<Lane> lanes_of(Bench& bench) {
  const bool by_image = bench.pass() == Pass::grad_weights;
  const std::span<const LaneKind> kinds =
      by_image ? std::span<const LaneKind>(filter_lanes) : std::span<const LaneKind>(image_lanes);
  std::vector<Lane> lanes;
  for (const LaneKind& kind : kinds)
    any_candidate(kind, bench.pass(), [&](const ConvSpec& spec) {
      if (!bench.takes(spec)) return false;
      auto lane = lane_in(bench, kind, spec);
      if (lane) lanes.push_back(std::move(*lane));
      return lane.has_value();
    });
  if (!lanes.empty() || !bench.hint() || bench.hint()->unshared || !bench.takes(*bench.hint()))
    return lanes;
  constexpr LaneKind hinted{"in", "this problem", Along::both, {}, {}};
  if (auto lane = lane_in(bench, hinted, *bench.hint())) lanes.push_back(std::move(*lane));
  return lanes;
}

}  // namespace convict::oracle::probes
