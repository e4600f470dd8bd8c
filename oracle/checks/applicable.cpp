// SPDX-License-Identifier: Apache-2.0
#include "oracle/checks/applicable.hpp"

#include <algorithm>

#include "core/geometry.hpp"
#include "datasets/fills.hpp"
#include "oracle/checks/calls.hpp"

namespace convict::oracle {
namespace {

constexpr index_t most_flops = 4'000'000;
constexpr index_t most_elements = 4'000'000;

bool has_large_tensor(const ConvSpec& spec) {
  return std::ranges::any_of(
      all_passes, [&](Pass tensor) { return elements_of(spec, tensor) > most_elements; });
}

/// Whether some output of this axis reads some input.
bool meets(const Geometry& g, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  for (index_t out = 0; out < g.output[a]; ++out)
    for (index_t tap = 0; tap < g.filter[a]; ++tap)
      if (g.inside_input(axis, g.input_position(axis, out, tap))) return true;
  return false;
}

bool meets_on_every_axis(const Geometry& g) { return meets(g, 0) && meets(g, 1) && meets(g, 2); }

}  // namespace

bool too_much_work(const ConvSpec& spec) {
  return flops(spec) > most_flops || has_large_tensor(spec);
}

std::optional<std::string> why_unfit_follow_up(const ConvSpec& follow_up) {
  if (auto why = why_invalid(follow_up)) return "the problem to compare with is invalid: " + *why;
  const bool too_large = flops(follow_up) > 10 * most_flops || has_large_tensor(follow_up);
  if (too_large) return "the problem to compare with is too large";
  return std::nullopt;
}

std::optional<std::string> why_unfit_size(const ConvSpec& spec) {
  for (const Pass tensor : all_passes)
    if (elements_of(spec, tensor) == 0) return "a tensor has no elements";
  if (too_much_work(spec)) return "too large for a check that computes it many times";
  return std::nullopt;
}

std::optional<std::string> why_unfit(const Trial& trial) {
  if (auto why = why_unfit_size(trial.spec)) return why;
  if (!meets_on_every_axis(geometry_of(trial.spec))) return "every output reads only padding";
  if (!datasets::fill_named(trial.recipe.fill).exact && trial.recipe.fill != "flat")
    return "needs an exact fill or fill=flat";
  return std::nullopt;
}

std::optional<std::string> why_unrepeatable(const Trial& trial) {
  if (auto why = why_unfit_size(trial.spec)) return why;
  if (trial.recipe.fill.starts_with("special"))
    return "special values make NaN, whose bits may differ between right results";
  return std::nullopt;
}

}  // namespace convict::oracle
