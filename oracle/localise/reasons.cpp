// SPDX-License-Identifier: Apache-2.0
#include "oracle/localise/reasons.hpp"

#include <fmt/format.h>

#include "core/geometry.hpp"

namespace convict::oracle {
namespace {

/// One spatial axis of a problem.
struct Line {
  const Geometry& g;
  int axis;  ///< after lifting

  index_t of(const Axes& extents) const { return extents[static_cast<std::size_t>(axis)]; }
  index_t outputs() const { return of(g.output); }
  index_t taps() const { return of(g.filter); }
  index_t window_begin(index_t out) const { return out * of(g.stride) - of(g.pad_before); }
  index_t window_last(index_t out) const {
    return window_begin(out) + (taps() - 1) * of(g.dilation);
  }
  bool meets_before(index_t out) const { return window_begin(out) < 0; }
  bool meets_after(index_t out) const { return window_last(out) >= of(g.input); }
  bool inside(index_t out, index_t tap) const {
    return g.inside_input(axis, g.input_position(axis, out, tap));
  }

  template <class Holds>
  bool some_tap(Holds holds) const {
    for (index_t tap = 0; tap < taps(); ++tap)
      if (holds(tap)) return true;
    return false;
  }
  /// Whether a window with `holds` reads input position `at`.
  template <class Holds>
  bool read_by(index_t at, Holds holds) const {
    return some_tap([&](index_t tap) {
      const index_t out = g.output_position(axis, at, tap);
      return out >= 0 && holds(out);
    });
  }
};

/// A property of the indices of an axis with this role.
struct Reason {
  AxisRole role;
  std::string_view why;
  bool (*holds)(const Line& line, index_t at);
};

// clang-format off
constexpr Reason reasons[] = {
    {AxisRole::output, "where windows meet padding before", [](const Line& l, index_t o) { return l.meets_before(o); }},
    {AxisRole::output, "where windows meet padding after", [](const Line& l, index_t o) { return l.meets_after(o); }},
    {AxisRole::output, "where windows meet padding", [](const Line& l, index_t o) { return l.meets_before(o) || l.meets_after(o); }},
    {AxisRole::output, "where windows lie in padding only", [](const Line& l, index_t o) { return !l.some_tap([&](index_t u) { return l.inside(o, u); }); }},
    {AxisRole::input, "that no window reaches", [](const Line& l, index_t p) { return !l.read_by(p, [](index_t) { return true; }); }},
    {AxisRole::input, "behind the last window", [](const Line& l, index_t p) { return p > l.window_last(l.outputs() - 1); }},
    {AxisRole::input, "read by windows that meet padding before", [](const Line& l, index_t p) { return l.read_by(p, [&](index_t o) { return l.meets_before(o); }); }},
    {AxisRole::input, "read by windows that meet padding after", [](const Line& l, index_t p) { return l.read_by(p, [&](index_t o) { return l.meets_after(o); }); }},
    {AxisRole::input, "read by windows that meet padding", [](const Line& l, index_t p) { return l.read_by(p, [&](index_t o) { return l.meets_before(o) || l.meets_after(o); }); }},
    {AxisRole::tap, "where taps meet padding before", [](const Line& l, index_t u) { return l.g.input_position(l.axis, 0, u) < 0; }},
    {AxisRole::tap, "where taps meet padding after", [](const Line& l, index_t u) { return l.g.input_position(l.axis, l.outputs() - 1, u) >= l.of(l.g.input); }},
    {AxisRole::tap, "where taps meet padding", [](const Line& l, index_t u) { return !l.inside(0, u) || !l.inside(l.outputs() - 1, u); }},
};
// clang-format on

/// Marks the positions that have the property on at least one of the axes.
std::vector<char> positions(const Reason& reason, const Geometry& g, int first_axis,
                            std::span<const ResultAxis> axes) {
  std::vector<char> holds = {0};
  for (const ResultAxis& axis : axes) {
    std::vector<char> here(static_cast<std::size_t>(axis.extent));
    const Line line{g, first_axis + axis.spatial};
    for (std::size_t at = 0; at < here.size(); ++at)
      here[at] = reason.holds(line, static_cast<index_t>(at)) ? 1 : 0;
    std::vector<char> finer(holds.size() * here.size());
    for (std::size_t i = 0; i < holds.size(); ++i)
      for (std::size_t at = 0; at < here.size(); ++at)
        finer[i * here.size() + at] = holds[i] != 0 || here[at] != 0 ? 1 : 0;
    holds = std::move(finer);
  }
  return holds;
}

}  // namespace

std::vector<ReasonMask> reasons_of(const Trial& trial, std::span<const ResultAxis> axes) {
  std::vector<ReasonMask> found;
  if (axes.front().spatial < 0) return found;
  const Geometry g = geometry_of(trial.spec);
  for (const Reason& reason : reasons) {
    if (reason.role != axes.front().role) continue;
    const bool flat = axes.size() > 1;
    const std::string why = fmt::format("{}{}", reason.why, flat ? " in some axis" : "");
    const std::string_view noun = flat ? "positions" : axes.front().many;
    found.push_back({.holds = positions(reason, g, max_rank - trial.spec.rank, axes),
                     .text = fmt::format("{} {}", noun, why),
                     .why = why});
  }
  return found;
}

}  // namespace convict::oracle
