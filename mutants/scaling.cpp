// SPDX-License-Identifier: Apache-2.0
// Faults in the scaling by alpha and beta.
#include <cmath>

#include "core/half.hpp"
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

double in_bf16(double value) { return round_to(format_of(Precision::bf16), value); }
constexpr Hooks alpha_in_bf16{.combine = [](const Problem& problem, double sum, double old) {
  return scaled(problem, in_bf16(problem.alpha), problem.beta, sum, old);
}};
constexpr Hooks beta_in_bf16{.combine = [](const Problem& problem, double sum, double old) {
  return scaled(problem, problem.alpha, in_bf16(problem.beta), sum, old);
}};
constexpr Hooks alpha_in_f32{.combine = [](const Problem& problem, double sum, double old) {
  return scaled(problem, static_cast<double>(static_cast<float>(problem.alpha)), problem.beta, sum,
                old);
}};
/// Factors outside f16's range become zero or infinite.
constexpr Hooks factors_in_f16_range{.combine = [](const Problem& problem, double sum, double old) {
  const auto limited = [](double factor) {
    const double size = std::fabs(factor);
    return size < 0x1p-25 ? 0
           : size > largest_finite(Precision::f16)
               ? std::copysign(largest_finite(Precision::f16), factor)
               : factor;
  };
  return scaled(problem, limited(problem.alpha), limited(problem.beta), sum, old);
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
      mutant<alpha_in_bf16>({"alpha_in_bf16", "rounds alpha to bf16", "ACC", "bound",
                             "c2_i5x6_k3_f3x3/forward/f32/fill=flat,alpha=0.1"},
                            changes_bits<alpha_in_bf16>),
      mutant<beta_in_bf16>({"beta_in_bf16", "rounds beta to bf16", "ACC", "bound",
                            "c2_i5x6_k3_f3x3/forward/f32/fill=flat,alpha=-0.3,beta=0.7"},
                           changes_bits<beta_in_bf16>),
      mutant<alpha_in_f32>({"alpha_in_f32", "rounds alpha to f32 in f64 as well", "ACC", "bound",
                            "c2_i5x6_k3_f3x3/forward/f64/fill=flat,alpha=0.1"},
                           changes_bits<alpha_in_f32>),
      mutant<factors_in_f16_range>(
          {"factors_in_f16_range", "limits alpha and beta to f16's range", "ACC", "bound",
           "c2_i5x6_k3_f3x3/forward/f32/fill=flat,alpha=1.3e-20"},
          changes_bits<factors_in_f16_range>),
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
