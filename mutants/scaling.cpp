// SPDX-License-Identifier: Apache-2.0
// Faults in the scaling by alpha and beta.
#include <cmath>

#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

/// right_combine with other factors.
double scaled(const Problem& problem, double alpha, double beta, double sum, double old) {
  Problem other = problem;
  other.alpha = alpha;
  other.beta = beta;
  return right_combine(other, sum, old);
}

constexpr Hooks ignores_alpha{.combine = [](const Problem& problem, double sum, double old) {
  return scaled(problem, 1, problem.beta, sum, old);
}};
constexpr Hooks alpha_twice{.combine = [](const Problem& problem, double sum, double old) {
  return scaled(problem, problem.alpha * problem.alpha, problem.beta, sum, old);
}};
constexpr Hooks alpha_as_integer{.combine = [](const Problem& problem, double sum, double old) {
  return scaled(problem, std::trunc(problem.alpha), problem.beta, sum, old);
}};
constexpr Hooks ignores_beta{.combine = [](const Problem& problem, double sum, double old) {
  return scaled(problem, problem.alpha, 0, sum, old);
}};
constexpr Hooks beta_as_one{.combine = [](const Problem& problem, double sum, double old) {
  return scaled(problem, problem.alpha, problem.beta == 0 ? 0 : 1, sum, old);
}};
constexpr Hooks beta_squared{.combine = [](const Problem& problem, double sum, double old) {
  return scaled(problem, problem.alpha, problem.beta * problem.beta, sum, old);
}};
constexpr Hooks alpha_on_old{.combine = [](const Problem& problem, double sum, double old) {
  return scaled(problem, problem.alpha, problem.alpha * problem.beta, sum, old);
}};
constexpr Hooks always_accumulates{.combine = [](const Problem& problem, double sum, double old) {
  return scaled(problem, problem.alpha, problem.beta == 0 ? 1 : problem.beta, sum, old);
}};
constexpr Hooks multiplies_old_by_zero{
    .combine = [](const Problem& problem, double sum, double old) {
      return right_combine(problem, sum, old) + (problem.beta == 0 ? 0 * old : 0);
    }};

constexpr auto scaled_trial = "c2_i5x6_k3_f3x3/forward/f32/alpha=0.5,beta=-1";

}  // namespace

std::vector<Mutant> scaling_mutants() {
  return {
      mutant<ignores_alpha>({"ignores_alpha", "uses alpha = 1", "ACC", "exact", scaled_trial},
                            changes_bits<ignores_alpha>),
      mutant<alpha_twice>({"alpha_twice", "scales by alpha before and after the sum", "ACC",
                           "exact", "c2_i5x6_k3_f3x3/grad_weights/f32/alpha=2"},
                          changes_bits<alpha_twice>),
      mutant<alpha_as_integer>(
          {"alpha_as_integer", "truncates alpha to an integer", "ACC", "exact", scaled_trial},
          changes_bits<alpha_as_integer>),
      mutant<ignores_beta>(
          {"ignores_beta", "overwrites the old result instead of adding beta times it", "ACC",
           "exact", "c2_i5x6_k3_f3x3/grad_weights/f32/beta=1"},
          changes_bits<ignores_beta>),
      mutant<beta_as_one>(
          {"beta_as_one", "adds the old result unscaled", "ACC", "exact", scaled_trial},
          changes_bits<beta_as_one>),
      mutant<beta_squared>(
          {"beta_squared", "scales the old result by beta twice", "ACC", "exact", scaled_trial},
          changes_bits<beta_squared>),
      mutant<alpha_on_old>(
          {"alpha_on_old", "scales the old result by alpha as well", "ACC", "exact", scaled_trial},
          changes_bits<alpha_on_old>),
      mutant<always_accumulates>({"always_accumulates", "adds to the old result also for beta = 0",
                                  "ACC", "memory safety", "c2_i5x6_k3_f3x3/forward/f32"},
                                 changes_bits<always_accumulates>),
      mutant<multiplies_old_by_zero>({"multiplies_old_by_zero",
                                      "multiplies the old result by beta = 0 instead of not "
                                      "reading it",
                                      "ACC", "memory safety", "c2_i5x6_k3_f3x3/forward/f32"},
                                     changes_bits<multiplies_old_by_zero>),
  };
}

}  // namespace convict::mutants
