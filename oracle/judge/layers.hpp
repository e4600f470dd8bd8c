// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace convict::oracle {

// What decided a verdict, as reports name it: the layers of the judge in the order in which they
// decide, then those of the other checks.
inline constexpr std::string_view refusal_layer = "refusal";  ///< the kernel refused the problem
inline constexpr std::string_view sandbox_layer = "sandbox";  ///< crashed, hung, reported failure
/// Out-of-bounds access, elements never written, operands changed, uninitialized memory read.
inline constexpr std::string_view memory_layer = "memory safety";
/// Every right kernel returns the same bits.
inline constexpr std::string_view exact_layer = "exact";
inline constexpr std::string_view bound_layer = "bound";  ///< the rounding bound of each element
inline constexpr std::string_view metamorphic_layer = "metamorphic relation";
inline constexpr std::string_view gradient_layer = "gradient";
inline constexpr std::string_view history_layer = "history";

}  // namespace convict::oracle
