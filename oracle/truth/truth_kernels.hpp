// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/kernel.hpp"
#include "reference/truth.hpp"

namespace convict::oracle {

/// Fast kernels that compute the truth of problems too large for the definition. No result of
/// theirs is used before a projection has verified it.
class TruthKernels {
 public:
  TruthKernels() = default;
  /// The first of `kernels` that takes a problem computes it, with `threads` threads.
  explicit TruthKernels(std::vector<Kernel> kernels, int threads = 1);

  /// Operands on a grid: multiples of 2^-digits whose products, `largest_product` at most, add up
  /// in f64 without rounding.
  struct Grid {
    int digits = 0;
    double largest_product = 0;
  };

  /// The truth for operands on `grid`: alpha * sum + beta * old, where the sum is exact and the
  /// other operations round once each to f64; magnitudes only if `with_magnitude`. Nothing when no
  /// kernel takes the problem in f64, or when the projection finds its result wrong.
  std::optional<reference::Truth> truth(const reference::Question& question, const Grid& grid,
                                        bool with_magnitude) const;

  int threads() const { return threads_; }
  bool takes(const ConvSpec& spec, Pass pass) const { return kernel_for(spec, pass) != nullptr; }

 private:
  const Kernel* kernel_for(const ConvSpec& spec, Pass pass) const;

  std::vector<Kernel> kernels_;
  int threads_ = 1;
};

}  // namespace convict::oracle
