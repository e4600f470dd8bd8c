// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/spec.hpp"

namespace convict::fuzz {

/// `count` shapes that narrow kernels are made for: 1 to 3 axes, square and long filters of usual
/// sizes, stride 1, 2 or the filter's extent, usual padding, few, many, grouped and depthwise
/// channels in blocks of 4 to 128, batches of 1 to 64, some of everything twisted (flipped,
/// unshared, dilated). All are valid.
std::vector<ConvSpec> plain_shapes(std::uint64_t seed, std::size_t count);

}  // namespace convict::fuzz
