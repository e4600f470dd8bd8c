#pragma once

#include "core/trial.hpp"
#include "mutants/direct.hpp"

namespace convict::mutants {

/// What a trigger may ask of a trial. All are false for an invalid spec.

bool is_valid(const Trial& trial);
/// The result has elements.
bool has_result(const Trial& trial);
/// Some product counts in the result.
bool has_products(const Trial& trial);
index_t result_elements(const Trial& trial);  ///< 0 for an invalid spec
/// The most products that meet in one element; 0 for an invalid spec.
index_t products(const Trial& trial);

/// Some (x, w, y) triple is multiplied and added that should not be, or the other way round.
bool changes_products(const Trial& trial, const Hooks& hooks);
template <const Hooks& hooks>
bool changes_products(const Trial& trial) {
  return changes_products(trial, hooks);
}

/// On the trial's data it leaves other bits in memory than the right kernel, whatever tolerance
/// they deserve; elements that are not written count. Claims limit what data an exact fill makes.
bool changes_bits(const Trial& trial, const Hooks& hooks, const Claims& claims = {});
template <const Hooks& hooks>
bool changes_bits(const Trial& trial) {
  return changes_bits(trial, hooks);
}

}  // namespace convict::mutants
