// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/kernel.hpp"

namespace convict {

/// The input of Device::project, which verifies an exact result in device memory by projection: at
/// every position both sides of the convolution are multiplied by random odd words, one per image
/// and channel, summed and compared in the ring Z/2^64 (Freivalds, Probabilistic machines can use
/// less running time, IFIP 1977, for bilinear maps). The sums of the result y, gx or gw are
///   forward, at every output position    sum_n sum_k s_n r_k y[n,k,p]
///   grad_input, at every input position  sum_n sum_c s_n r_c gx[n,c,q]
///   grad_weights, at every group and tap sum_k sum_c r_k s_c gw[k,c,u]
struct ProjectionQuestion {
  const Problem& problem;  ///< f32 or f64 storage, dense NCHW
  /// The three tensors in device memory, dense; the one that the pass writes holds the result.
  const std::byte* input = nullptr;
  const std::byte* filters = nullptr;
  const std::byte* output = nullptr;
  const std::byte* old_result = nullptr;  ///< on the device; not read when beta is 0
  /// Odd words in the host's memory: one for each image, input channel and output channel.
  std::span<const std::uint64_t> image_weights{};
  std::span<const std::uint64_t> in_weights{};
  std::span<const std::uint64_t> out_weights{};
  /// Every exact result, alpha and beta are multiples of 2^-grid_digits.
  int grid_digits = 0;
  /// Largest |result 2^grid_digits|, at most 2^51. An element that is larger, or no integer after
  /// scaling, counts as impossible.
  double limit = 0;
};

/// What a projection found. Nothing is wrong when failed_count is 0.
struct Projected {
  index_t positions = 0;                ///< sums that were compared
  index_t failed_count = 0;             ///< positions with a wrong element
  index_t impossible_count = 0;         ///< elements (NaN included) that no exact result can have
  std::optional<index_t> first_failed;  ///< the least position with a wrong element

  bool operator==(const Projected&) const = default;
};

}  // namespace convict
