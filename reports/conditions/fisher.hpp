// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace convict::reports {

/// Failed and passed trials inside and outside of a condition.
struct FourCounts {
  std::size_t failed_inside = 0;
  std::size_t passed_inside = 0;
  std::size_t failed_outside = 0;
  std::size_t passed_outside = 0;

  std::size_t inside() const { return failed_inside + passed_inside; }
  std::size_t outside() const { return failed_outside + passed_outside; }
  bool operator==(const FourCounts&) const = default;
};

/// Fisher's exact test, one-sided: the probability that chance puts at least as many of the
/// failures inside, with N trials, F of them failed, m inside:
///   P = sum_{k >= failed_inside} C(m, k) C(N - m, F - k) / C(N, F)
/// (Fisher, The Design of Experiments, 1935; the tail of the hypergeometric distribution.)
class FisherTest {
 public:
  /// For tables of up to `trials` trials.
  explicit FisherTest(std::size_t trials);
  /// ln P
  double log_p(const FourCounts& counts) const;
  /// ln C(n, k)
  double log_binomial(std::size_t n, std::size_t k) const {
    return log_factorial_[n] - log_factorial_[k] - log_factorial_[n - k];
  }

 private:
  std::vector<double> log_factorial_;
};

}  // namespace convict::reports
