// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "core/trial.hpp"

namespace convict::oracle {

/// Which elements of a result are wrong, in one sentence: "column 12 (the last) of every image and
/// channel", "odd rows", "channels 4 mod 8 of group 1 of 3", "all but image 0", "scattered: 37 of
/// 900, no pattern found". `wrong` holds offsets in the dense, row-major result, ascending, each
/// once. Unless `complete`, there are more behind the last one; then only the elements before it
/// are considered.
///
/// The shortest description that covers all wrong elements and no right one is taken: a literal
/// (literals.hpp) for each axis, the axes together in memory order, or the complement. A set of
/// elements is a product of sets of indices exactly when the numbers of indices that occur on each
/// axis, multiplied, give its size; so the elements themselves need not be visited again. If there
/// is no exact description, the best one or two literals with their counts: they cover at least 90
/// % of the wrong elements, and at least 90 % of what they cover is wrong (mostly.hpp). Throws
/// SpecError when an element lies outside the result.
std::string localise(const Trial& trial, std::span<const index_t> wrong, bool complete = true);

}  // namespace convict::oracle
