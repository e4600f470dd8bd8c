#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/precision.hpp"
#include "oracle/truth/case.hpp"

namespace convict::oracle {

/// A hash of stored elements as numbers, in their order: both zeros are one number, all NaNs are
/// one. Equal results have equal hashes; others have them with a probability of about 2^-64.
std::uint64_t values_fingerprint(std::span<const std::byte> stored, Precision precision);

/// Cases of one trial have equal operands if and only if these are equal: claims may limit exact
/// ones. Never 0.
std::uint64_t operands_fingerprint(const Case& known);

}  // namespace convict::oracle
