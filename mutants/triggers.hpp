// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/trial.hpp"
#include "mutants/direct.hpp"

namespace convict::mutants {

/// Predicates of which triggers are made. All are false (or 0) for an invalid spec.

bool is_valid(const Trial& trial);
/// The result has elements.
bool has_result(const Trial& trial);
/// At least one product contributes to the result: alpha is not 0, and some tap is not padding.
bool has_products(const Trial& trial);
index_t result_elements(const Trial& trial);  ///< 0 for an invalid spec
/// The largest number of products that are summed in one element; 0 for an invalid spec.
index_t products(const Trial& trial);

/// With these hooks some product is added that should not be, or a right one is missing, added
/// several times or redirected.
bool changes_products(const Trial& trial, const Hooks& hooks);
template <const Hooks& hooks>
bool changes_products(const Trial& trial) {
  return changes_products(trial, hooks);
}

/// On the trial's data these hooks leave other bits in memory than the right kernel, however small
/// the difference; unwritten elements count. `claims` limit the data of an exact fill.
bool changes_bits(const Trial& trial, const Hooks& hooks, const Claims& claims = {});
template <const Hooks& hooks>
bool changes_bits(const Trial& trial) {
  return changes_bits(trial, hooks);
}

}  // namespace convict::mutants
