#pragma once

#include <rapidcheck.h>

#include <limits>

#include "core/spec.hpp"

namespace convict::generators {

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

}  // namespace convict::generators
