// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "core/kernel.hpp"

namespace convict::mutants {

/// Answers that have the right size, and nothing else: zeros, the right result negated or doubled,
/// and the right result moved by one element. Each in every precision, with the usual accumulator
/// and with claimed ones of f16 and bf16, whose bounds are the widest. A trial of the judge must
/// never pass them.
std::vector<Kernel> wrong_answers();

/// Whether the last answer of this thread differs in some element from the right result: zeros are
/// a right answer where the result is zero.
bool answer_was_wrong();

}  // namespace convict::mutants
