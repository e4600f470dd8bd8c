// SPDX-License-Identifier: Apache-2.0
#include "reports/conditions/fisher.hpp"

#include <algorithm>
#include <cmath>

namespace convict::reports {

FisherTest::FisherTest(std::size_t trials) : log_factorial_(trials + 1) {
  for (std::size_t i = 1; i <= trials; ++i)
    log_factorial_[i] = log_factorial_[i - 1] + std::log(static_cast<double>(i));
}

double FisherTest::log_p(const FourCounts& counts) const {
  const std::size_t inside = counts.inside();
  const std::size_t outside = counts.outside();
  const std::size_t failed = counts.failed_inside + counts.failed_outside;
  const std::size_t last = std::min(failed, inside);
  const double first_term = log_binomial(inside, counts.failed_inside) +
                            log_binomial(outside, counts.failed_outside) -
                            log_binomial(inside + outside, failed);
  // Each term from the one before it, in units of the first.
  double sum = 1;
  double term = 1;
  for (std::size_t k = counts.failed_inside; k < last; ++k) {
    const double missing = static_cast<double>(failed - k);
    term *= static_cast<double>(inside - k) / static_cast<double>(k + 1) * missing /
            (static_cast<double>(outside) - missing + 1);
    sum += term;
    if (term < 1e-17 * sum) break;
  }
  return std::min(0.0, first_term + std::log(sum));
}

}  // namespace convict::reports
