// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "core/spec.hpp"

namespace convict::generators {

/// Boost fixture: thousands of cases per property, the same in every run unless RC_PARAMS asks for
/// others.
struct Settings {
  Settings() { setenv("RC_PARAMS", "seed=20 max_success=4000", 0); }
};

/// Mostly small numbers, now and then one near the end of the range.
inline rc::Gen<index_t> number() {
  constexpr index_t largest = std::numeric_limits<index_t>::max();
  return rc::gen::weightedOneOf<index_t>({{12, rc::gen::inRange<index_t>(0, 12)},
                                          {3, rc::gen::inRange<index_t>(0, 100000)},
                                          {1, rc::gen::inRange<index_t>(largest - 9, largest)},
                                          {1, rc::gen::just(largest)}});
}

inline SidePadding side() {
  const index_t before = *number();
  return {before, *rc::gen::arbitrary<bool>() ? before : *number()};
}

/// `rank` values, often all equal (the text then has just one); the rest neutral.
template <class T, class Value>
std::array<T, max_rank> axes(int rank, T neutral, Value value) {
  std::array<T, max_rank> result;
  result.fill(neutral);
  const bool equal = *rc::gen::arbitrary<bool>();
  for (int a = 0; a < rank; ++a) {
    const auto at = static_cast<std::size_t>(a);
    result[at] = equal && a > 0 ? result[0] : value();
  }
  return result;
}

/// Any spec that text can express, whether or not it describes a convolution.
inline rc::Gen<ConvSpec> any_spec() {
  return rc::gen::exec([] {
    const auto numbers = [](int rank) { return axes<index_t>(rank, 1, [] { return *number(); }); };
    ConvSpec spec;
    spec.rank = *rc::gen::inRange(1, max_rank + 1);
    spec.batch = *number();
    spec.in_channels = *number();
    spec.out_channels = *number();
    spec.groups = *number();
    spec.input = numbers(spec.rank);
    spec.filter = numbers(spec.rank);
    spec.stride = numbers(spec.rank);
    spec.dilation = numbers(spec.rank);
    spec.border =
        *rc::gen::element(BorderMode::none, BorderMode::valid, BorderMode::half, BorderMode::full);
    if (spec.border == BorderMode::none)
      spec.padding = axes<SidePadding>(spec.rank, SidePadding{}, side);
    spec.flip = *rc::gen::arbitrary<bool>();
    spec.unshared = *rc::gen::arbitrary<bool>();
    return spec;
  });
}

/// Gives `axis` an extent that leaves at least one output.
inline void draw_axis(ConvSpec& spec, std::size_t axis) {
  spec.filter[axis] = *rc::gen::inRange<index_t>(1, 5);
  spec.stride[axis] = *rc::gen::inRange<index_t>(1, 4);
  spec.dilation[axis] = *rc::gen::inRange<index_t>(1, 4);
  if (spec.border == BorderMode::none)
    spec.padding[axis] = {*rc::gen::inRange<index_t>(0, 4), *rc::gen::inRange<index_t>(0, 4)};
  const SidePadding pad = padding_of(spec, static_cast<int>(axis));
  const index_t least = dilated_extent(spec, static_cast<int>(axis)) - pad.before - pad.after;
  spec.input[axis] = std::max<index_t>(least, 0) + *rc::gen::inRange<index_t>(0, 7);
}

/// A convolution of a few hundred elements at most per tensor; batch or channels may be zero.
inline rc::Gen<ConvSpec> small_valid_spec() {
  return rc::gen::exec([] {
    ConvSpec spec;
    spec.rank = *rc::gen::inRange(1, max_rank + 1);
    spec.batch = *rc::gen::inRange<index_t>(0, 4);
    spec.groups = *rc::gen::inRange<index_t>(1, 4);
    spec.in_channels = spec.groups * *rc::gen::inRange<index_t>(0, 4);
    spec.out_channels = spec.groups * *rc::gen::inRange<index_t>(0, 4);
    spec.border =
        *rc::gen::element(BorderMode::none, BorderMode::valid, BorderMode::half, BorderMode::full);
    for (int axis = 0; axis < spec.rank; ++axis) draw_axis(spec, static_cast<std::size_t>(axis));
    spec.flip = *rc::gen::arbitrary<bool>();
    spec.unshared = *rc::gen::arbitrary<bool>();
    return spec;
  });
}

}  // namespace convict::generators
