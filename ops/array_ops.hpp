// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "core/spec.hpp"
#include "ops/array.hpp"

namespace convict::ops {

// Rearrangements. "Trailing" arguments have one entry for each of the last axes and leave the axes
// before them alone.

/// The result at `index` is from[source(index)]; source changes the index in place and returns
/// false where the result is zero.
Array gathered(const Array& from, Dims shape, const std::function<bool(Dims& index)>& source);

/// Zeros put around the trailing axes; negative padding crops.
Array padded(const Array& from, const std::vector<SidePadding>& trailing);
/// Every steps[a]-th element of the trailing axes, the first included.
Array subsampled(const Array& from, const Dims& trailing_steps);
/// The opposite: elements steps[a] apart on trailing axes of the given extents, zeros between and
/// behind.
Array stuffed(const Array& from, const Dims& trailing_steps, const Dims& trailing_extents);
/// The array with its last `axes` axes reversed.
Array reversed(const Array& from, std::size_t axes);
/// Axis a of the result is axis order[a] of `from`.
Array transposed(const Array& from, const std::vector<std::size_t>& order);
/// `count` entries of one axis, from `first`.
Array sliced(const Array& from, std::size_t axis, index_t first, index_t count);
/// The parts joined along `axis`. `parts` must not be empty and have the same extents on other
/// axes.
Array concatenated(const std::vector<Array>& parts, std::size_t axis);
/// a + b of equal shapes, in the wider type.
Array sum_of(const Array& a, const Array& b);

}  // namespace convict::ops
