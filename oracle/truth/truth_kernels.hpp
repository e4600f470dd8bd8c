#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/kernel.hpp"
#include "reference/truth.hpp"

namespace convict::oracle {

/// Fast kernels that compute the truth of problems too large for the definition. None is believed:
/// an answer counts only after the exact projection has acquitted that very answer.
class TruthKernels {
 public:
  TruthKernels() = default;
  /// The first row that takes a problem answers. `threads` is what one call may use.
  explicit TruthKernels(std::vector<Kernel> rows, int threads = 1);

  /// Operands on a grid: multiples of 2^-digits whose products, `largest_product` at most, add up
  /// in f64 without rounding.
  struct Grid {
    int digits = 0;
    double largest_product = 0;
  };

  /// The truth about operands on `grid`, its magnitude only when asked for: alpha * sum + beta *
  /// old with an exact sum, both scalings rounded once in f64. Nothing when no row takes the
  /// problem in f64 or an answer is not acquitted.
  std::optional<reference::Truth> truth(const reference::Question& question, const Grid& grid,
                                        bool with_magnitude) const;

  int threads() const { return threads_; }
  bool takes(const ConvSpec& spec, Pass pass) const { return row_for(spec, pass) != nullptr; }

 private:
  const Kernel* row_for(const ConvSpec& spec, Pass pass) const;

  std::vector<Kernel> rows_;
  int threads_ = 1;
};

}  // namespace convict::oracle
