// SPDX-License-Identifier: Apache-2.0
// Unshared filters: one filter bank per output position.
#include <algorithm>

#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

constexpr Hooks shares_the_first_bank{.redirect = [](const Call&, Product& product) {
  product.w[1] = product.w[2] = product.w[3] = 0;
}};

constexpr Hooks transposes_banks{.redirect = [](const Call& call, Product& product) {
  if (!call.g.unshared) return;
  const index_t bank = product.w[2] * call.g.output[2] + product.w[3];
  product.w[2] = bank % call.g.output[1];
  product.w[3] = bank / call.g.output[1];
}};

constexpr Hooks bank_of_the_row{.redirect = [](const Call& call, Product& product) {
  if (call.g.unshared && call.problem.spec.rank > 1) product.w[3] = 0;
}};

constexpr Hooks bank_by_input_position{.redirect = [](const Call& call, Product& product) {
  if (call.g.unshared) product.w[3] = std::min(product.x[4], call.g.output[2] - 1);
}};

constexpr Hooks sums_banks_gradient{.redirect = [](const Call& call, Product& product) {
  if (call.problem.pass == Pass::grad_weights) product.w[1] = product.w[2] = product.w[3] = 0;
}};

}  // namespace

std::vector<Mutant> unshared_mutants() {
  return {
      mutant<shares_the_first_bank>({"shares_the_first_bank",
                                     "uses position 0's filters everywhere", "IDX", "exact",
                                     "c2_i5x6_k3_f3x2_unshared/forward/f32"}),
      mutant<transposes_banks>({"transposes_banks", "orders banks by output column, then row",
                                "IDX", "exact", "c2_i5x6_k3_f3x2_unshared/forward/f32"}),
      mutant<bank_of_the_row>({"bank_of_the_row", "uses one bank for a whole output row", "IDX",
                               "exact", "c2_i5x6_k3_f3x2_unshared/grad_input/f32"}),
      mutant<bank_by_input_position>({"bank_by_input_position",
                                      "selects a bank by input column instead of output column",
                                      "IDX", "exact", "c2_i8_k3_f3_unshared/forward/f64"}),
      mutant<sums_banks_gradient>({"sums_banks_gradient",
                                   "adds the gradients of all banks to the first one", "IDX",
                                   "exact", "c2_i5x6_k3_f3x2_unshared/grad_weights/f32"}),
  };
}

}  // namespace convict::mutants
