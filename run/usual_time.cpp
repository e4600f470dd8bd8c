// SPDX-License-Identifier: Apache-2.0
#include "run/usual_time.hpp"

#include <algorithm>
#include <cmath>

namespace convict::run {

std::size_t UsualTime::class_of(double multiply_adds) {
  if (!(multiply_adds > 1)) return 0;
  return std::min(static_cast<std::size_t>(std::log2(multiply_adds)), classes - 1);
}

void UsualTime::add(double multiply_adds, double seconds) {
  double& slowest = slowest_s_[class_of(multiply_adds)];
  slowest = std::max(slowest, seconds);
  ++calls_;
}

std::optional<double> UsualTime::limit(double multiply_adds) const {
  if (calls_ < least_calls) return std::nullopt;
  const std::size_t wanted = class_of(multiply_adds);
  double usual = 0;
  std::size_t nearest = 0;
  for (std::size_t c = 0; c <= wanted; ++c) {
    if (slowest_s_[c] == 0) continue;
    usual = std::max(usual, slowest_s_[c]);
    nearest = c;
  }
  if (usual == 0)  // less work than any call had: not slower than those
    usual = *std::ranges::find_if(slowest_s_, [](double slowest) { return slowest > 0; });
  else
    usual *= std::exp2(static_cast<double>(wanted - nearest));
  return std::max(floor_s, factor * usual);
}

}  // namespace convict::run
