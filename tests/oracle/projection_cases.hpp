// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <type_traits>
#include <vector>

#include "core/geometry.hpp"
#include "datasets/fills.hpp"
#include "datasets/random.hpp"
#include "oracle/projection/projection.hpp"
#include "reference/truth.hpp"

namespace convict::oracle {

/// Draws the parameters of one axis at random.
inline void draw_axis(ConvSpec& spec, std::size_t axis, datasets::Draws& draw) {
  spec.filter[axis] = draw.between(1, 3);
  spec.stride[axis] = draw.between(1, 3);
  spec.dilation[axis] = draw.between(1, 2);
  if (draw.below(4) == 0) spec.filter[axis] = spec.stride[axis] = 1;
  spec.padding[axis] = {draw.below(3), draw.below(3)};
  const index_t least = dilated_extent(spec.filter[axis], spec.dilation[axis]) -
                        spec.padding[axis].before - spec.padding[axis].after;
  spec.input[axis] = std::max<index_t>(least, 1) + draw.below(axis == 0 ? 7 : 4);
}

inline ConvSpec draw_spec(datasets::Draws& draw) {
  ConvSpec spec;
  spec.rank = static_cast<int>(draw.between(1, 3));
  spec.groups = draw.between(1, 3);
  spec.batch = draw.below(20) == 0 ? 0 : draw.between(1, 3);
  spec.in_channels = spec.groups * (draw.below(20) == 0 ? 0 : draw.between(1, 3));
  spec.out_channels = spec.groups * (draw.below(20) == 0 ? 0 : draw.between(1, 3));
  for (int axis = 0; axis < spec.rank; ++axis)
    draw_axis(spec, static_cast<std::size_t>(axis), draw);
  if (draw.below(8) == 0)  // pointwise
    for (std::size_t a = 0; a < 3; ++a) {
      spec.filter[a] = spec.stride[a] = 1;
      spec.padding[a] = {};
    }
  spec.flip = draw.below(2) == 1;
  spec.unshared = draw.below(3) == 0;
  return spec;
}

inline Trial draw_trial(std::uint64_t seed) {
  datasets::Draws draw(seed, 77);
  Trial trial;
  trial.spec = draw_spec(draw);
  trial.pass = draw.one_of(all_passes);
  trial.precision = draw.below(2) == 0 ? Precision::f32 : Precision::f64;
  constexpr std::array scales = {std::array{1.0, 0.0},  std::array{1.0, 1.0},
                                 std::array{0.5, -1.0}, std::array{-2.0, 0.25},
                                 std::array{0.0, 1.0},  std::array{1.0, 0.0}};
  const auto [alpha, beta] = draw.one_of(scales);
  constexpr std::array fills = {"exact", "exact", "mantissa", "mantissa_mirror", "impulse"};
  trial.recipe.fill = draw.one_of(fills);
  trial.recipe.seed = seed;
  trial.recipe.alpha = alpha;
  trial.recipe.beta = beta;
  return trial;
}

/// A trial with its operands, limits and truth.
struct Known {
  explicit Known(const Trial& t)
      : trial(t),
        limits(datasets::exact_limits(t.spec, t.pass, t.precision, t.recipe.alpha, t.recipe.beta)
                   .value()),
        operands(datasets::fill(t)),
        truth(reference::truth(reference_question(), reference::Width::f64).value) {
    narrow.input.assign(operands.input.begin(), operands.input.end());
    narrow.filters.assign(operands.filters.begin(), operands.filters.end());
    narrow.output.assign(operands.output.begin(), operands.output.end());
    narrow.old_result.assign(operands.old_result.begin(), operands.old_result.end());
  }

  reference::Question reference_question() const {
    return {.spec = trial.spec,
            .pass = trial.pass,
            .input = operands.input,
            .filters = operands.filters,
            .output = operands.output,
            .alpha = trial.recipe.alpha,
            .beta = trial.recipe.beta,
            .old_result = operands.old_result};
  }
  template <class T>
  ExactQuestion<T> question() const {
    const auto& [input, filters, output, old] = in<T>();
    return {.spec = trial.spec,
            .pass = trial.pass,
            .input = input,
            .filters = filters,
            .output = output,
            .alpha = trial.recipe.alpha,
            .beta = trial.recipe.beta,
            .old_result = old};
  }
  double stored(double value) const {
    return trial.precision == Precision::f64 ? value : static_cast<float>(value);
  }
  /// Calls `use` with the result in the trial's precision, f32 or f64.
  template <class Use>
  auto in_precision(const std::vector<double>& result, Use use) const {
    if (trial.precision == Precision::f64) return use(std::span<const double>(result));
    const std::vector<float> narrowed(result.begin(), result.end());
    return use(std::span<const float>(narrowed));
  }
  Projection projected(const std::vector<double>& result, std::uint64_t seed = 5,
                       int threads = 2) const {
    return in_precision(result, [&]<class T>(std::span<const T> values) {
      return project<T>(question<T>(), values, limits, seed, threads);
    });
  }
  std::vector<WrongElement> located(const std::vector<double>& result, index_t position) const {
    return in_precision(result, [&]<class T>(std::span<const T> values) {
      return locate<T>(question<T>(), values, limits, position);
    });
  }
  /// The position to whose sum an element is added, derived from its index.
  index_t position_of(std::size_t at) const {
    const Geometry g = geometry_of(trial.spec);
    const auto element = static_cast<index_t>(at);
    const auto volume = [](const Axes& a) { return a[0] * a[1] * a[2]; };
    if (trial.pass == Pass::forward) return element % volume(g.output);
    if (trial.pass == Pass::grad_input) return element % volume(g.input);
    const index_t banks = g.unshared ? volume(g.output) : 1;
    const index_t taps = volume(g.filter);
    const index_t tap = element % taps;
    const index_t bank = element / taps / g.group_in_channels % banks;
    const index_t k = element / taps / g.group_in_channels / banks;
    return (k / g.group_out_channels * banks + bank) * taps + tap;
  }

  struct Narrow {
    std::vector<float> input, filters, output, old_result;
  };
  template <class T>
  const auto& in() const {
    if constexpr (std::is_same_v<T, float>)
      return narrow;
    else
      return operands;
  }

  Trial trial;
  datasets::ExactLimits limits;
  datasets::Operands operands;
  Narrow narrow;
  std::vector<double> truth;
};

}  // namespace convict::oracle
