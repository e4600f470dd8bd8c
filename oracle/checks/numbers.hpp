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

/// Where a check's operands come from: integers without zero that leave a right kernel no choice
/// when the trial's fill is exact, else +-U[0.5, 1] with two bits to spare, so that adding a power
/// of two from 1/4 to 1 to them is exact.
struct Numbers {
  bool exact = true;
  index_t limit = 1;  ///< exact: of the absolute values
  FloatFormat format{};
  std::uint64_t seed = 0;

  std::vector<double> operator()(index_t count, std::uint64_t stream) const;
  /// A random direction of +-1.
  std::vector<double> signs(index_t count, std::uint64_t stream) const;
};

/// Bits by which products stay below their limit, so that sums of operands remain exact.
inline constexpr int spare_bits_for_sums = 2;

/// Exact results of all `passes` fit the storage format, so that nothing is ever rounded. Numbers
/// or, in `why_not`, the reason why there are none.
std::optional<Numbers> numbers_for(const Trial& trial, const Claims& claims,
                                   std::span<const Pass> passes, int spare_bits,
                                   std::string& why_not);

/// The trial's alpha where it is harmless: no zero, and a multiple of 2^-8; else 1.
double harmless_alpha(const Trial& trial);

/// What a right kernel may be off at most, per element, on the numbers of a trial that is not
/// exact.
std::vector<double> bounds_of(const Problem& problem, const datasets::Operands& operands,
                              const Claims& claims);

}  // namespace convict::oracle
