// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/kernel.hpp"
#include "core/trial.hpp"
#include "datasets/fills.hpp"

namespace convict::oracle {

/// Makes a check's operands. When the trial's fill is exact: non-zero integers for which every
/// right kernel returns the same result. Else: +-U[0.5, 1], rounded to two bits less than the
/// storage format has, so that adding a power of two from 1/4 to 1 to them is exact.
struct Numbers {
  bool exact = true;
  index_t limit = 1;  ///< if exact, the largest absolute value
  FloatFormat format{};
  std::uint64_t seed = 0;

  std::vector<double> operator()(index_t count, std::uint64_t stream) const;
  /// A random direction of +-1.
  std::vector<double> signs(index_t count, std::uint64_t stream) const;
};

/// Bits by which operands and products stay below their limits, so that sums of operands remain
/// exact.
inline constexpr int spare_bits_for_sums = 2;

/// Numbers for a trial. If they are exact, the results of all `passes` fit the storage format, so
/// that nothing is rounded. Nothing when there are none; `why_not` is then set to the reason.
std::optional<Numbers> numbers_for(const Trial& trial, const Claims& claims,
                                   std::span<const Pass> passes, int spare_bits,
                                   std::string& why_not);

/// The trial's alpha if it is not zero, a multiple of 2^-8, and no result overflows because of it;
/// else 1.
double harmless_alpha(const Trial& trial);

/// The error bound of every element for operands that are not exact (see Bound).
std::vector<double> bounds_of(const Problem& problem, const datasets::Operands& operands,
                              const Claims& claims);

}  // namespace convict::oracle
