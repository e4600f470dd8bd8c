// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/precision.hpp"
#include "oracle/truth/case.hpp"

namespace convict::oracle {

/// A 64-bit hash of the values of stored elements in their order; +0 and -0 count as equal, as do
/// all NaNs. Equal results have equal hashes; different ones with a probability of about 2^-64.
std::uint64_t values_fingerprint(std::span<const std::byte> stored, Precision precision);

/// A hash of the limits of exact operands, which depend on a kernel's claims: two cases of the same
/// trial have equal operands exactly when it is equal. Never 0.
std::uint64_t operands_fingerprint(const Case& known);

}  // namespace convict::oracle
