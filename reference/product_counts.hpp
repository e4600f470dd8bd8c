// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/pass.hpp"
#include "core/spec.hpp"

namespace convict::reference {

/// The number of multiply-adds of each element of the pass's result, without visiting them: it is
/// the product of one count per axis, and periodic. Element i (dense, row-major) has
/// counts[i % counts.size()]:
///   forward       C/G prod_a #{u: pos(o,u) inside}            one count per output position
///   grad_input    K/G prod_a #{(o,u): pos(o,u) = p}           one per input position
///   grad_weights  N prod_a #{o: pos(o,u) inside}              one per tap
///   grad_weights, unshared  N if pos(o,u) is inside, else 0   one per (o, c, u)
/// Empty when the result is empty.
std::vector<index_t> product_counts(const ConvSpec& spec, Pass pass);

}  // namespace convict::reference
