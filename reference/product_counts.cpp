// SPDX-License-Identifier: Apache-2.0
#include "reference/product_counts.hpp"

#include <utility>

#include "core/geometry.hpp"

namespace convict::reference {
namespace {

/// All products of one count from each axis, last axis fastest.
template <class CountOf>
std::vector<index_t> crossed(const Axes& extents, CountOf count_of) {
  std::vector<index_t> counts = {1};
  for (int axis = 0; axis < 3; ++axis) {
    std::vector<index_t> next;
    std::vector<index_t> on_axis;
    for (index_t i = 0; i < extents[static_cast<std::size_t>(axis)]; ++i)
      on_axis.push_back(count_of(axis, i));
    for (const index_t before : counts)
      for (const index_t count : on_axis) next.push_back(before * count);
    counts = std::move(next);
  }
  return counts;
}

std::vector<index_t> times(std::vector<index_t> counts, index_t factor) {
  for (index_t& count : counts) count *= factor;
  return counts;
}

std::vector<index_t> of_outputs(const Geometry& g) {
  return crossed(g.output, [&](int axis, index_t at) {
    index_t count = 0;
    for (index_t u = 0; u < g.filter[static_cast<std::size_t>(axis)]; ++u)
      count += g.inside_input(axis, g.input_position(axis, at, u)) ? 1 : 0;
    return count;
  });
}
std::vector<index_t> of_inputs(const Geometry& g) {
  return crossed(g.input, [&](int axis, index_t at) {
    index_t count = 0;
    for (index_t u = 0; u < g.filter[static_cast<std::size_t>(axis)]; ++u)
      count += g.output_position(axis, at, u) >= 0 ? 1 : 0;
    return count;
  });
}
std::vector<index_t> of_taps(const Geometry& g) {
  return crossed(g.filter, [&](int axis, index_t at) {
    index_t count = 0;
    for (index_t o = 0; o < g.output[static_cast<std::size_t>(axis)]; ++o)
      count += g.inside_input(axis, g.input_position(axis, o, at)) ? 1 : 0;
    return count;
  });
}

/// (o, c, u): N where the tap lands inside.
std::vector<index_t> of_banks(const Geometry& g) {
  std::vector<index_t> counts;
  const auto each = [](const Axes& extents, auto visit) {
    for (index_t a = 0; a < extents[0]; ++a)
      for (index_t b = 0; b < extents[1]; ++b)
        for (index_t c = 0; c < extents[2]; ++c) visit(Axes{a, b, c});
  };
  each(g.output, [&](const Axes& o) {
    for (index_t c = 0; c < g.group_in_channels; ++c)
      each(g.filter, [&](const Axes& u) {
        bool inside = true;
        for (int a = 0; a < 3; ++a) {
          const auto axis = static_cast<std::size_t>(a);
          inside = inside && g.inside_input(a, g.input_position(a, o[axis], u[axis]));
        }
        counts.push_back(inside ? g.batch : 0);
      });
  });
  return counts;
}

}  // namespace

std::vector<index_t> product_counts(const ConvSpec& spec, Pass pass) {
  const Geometry g = geometry_of(spec);
  switch (pass) {
    case Pass::forward: return times(of_outputs(g), g.group_in_channels);
    case Pass::grad_input: return times(of_inputs(g), g.group_out_channels);
    case Pass::grad_weights: return g.unshared ? of_banks(g) : times(of_taps(g), g.batch);
  }
  return {};
}

}  // namespace convict::reference
