// SPDX-License-Identifier: Apache-2.0
#include "oracle/judge/fingerprint.hpp"

#include <bit>
#include <cmath>
#include <limits>

#include "core/half.hpp"
#include "datasets/random.hpp"

namespace convict::oracle {
namespace {

/// One rotation and one multiplication: far cheaper than judging the element.
constexpr std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) {
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15ULL;  // 2^64 / golden ratio
  return std::rotl(hash ^ word, 29) * odd;
}

std::uint64_t word_of(double value) {
  if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  return std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);
}

}  // namespace

std::uint64_t values_fingerprint(std::span<const std::byte> stored, Precision precision) {
  std::uint64_t hash = stored.size();
  with_storage_type(precision, [&](auto type) {
    using T = decltype(type);
    const std::span<const T> elements(reinterpret_cast<const T*>(stored.data()),
                                      stored.size() / sizeof(T));
    for (const T element : elements) hash = mixed(hash, word_of(static_cast<double>(element)));
  });
  return datasets::scramble(hash);
}

std::uint64_t operands_fingerprint(const Case& known) {
  std::uint64_t hash = 0;
  if (known.fill->exact && known.limits)
    for (const index_t limit :
         {known.limits->operand_limit, known.limits->wide_limit, known.limits->old_limit})
      hash = mixed(hash, static_cast<std::uint64_t>(limit));
  return datasets::scramble(hash) | 1;
}

}  // namespace convict::oracle
