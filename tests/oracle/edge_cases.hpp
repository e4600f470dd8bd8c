// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <string>

#include "mutants/direct.hpp"
#include "oracle/checks/checks.hpp"

/// Trials and wrong kernels of the tests of judgement at the edges of formats and claims.
namespace convict::oracle::edge_cases {

inline constexpr double infinite = std::numeric_limits<double>::infinity();

struct Factors {
  double alpha, beta;
};

inline Trial trial_of(const char* problem, Pass pass, Precision precision, const char* fill,
                      const Factors& by) {
  Trial trial = parse_trial(fmt::format("{}/forward/f32/fill={}", problem, fill));
  trial.pass = pass;
  trial.precision = precision;
  trial.recipe.alpha = by.alpha;
  trial.recipe.beta = by.beta;
  return trial;
}

inline Verdict verdict_on(const Kernel& kernel, const Trial& trial) {
  const sandbox::Subject subject = sandbox::in_process(kernel);
  const auto sandbox = subject.open();
  Cases cases;
  return carry_out(trial, subject, *sandbox, cases);
}
inline Verdict verdict_on(const Kernel& kernel, const std::string& trial) {
  return verdict_on(kernel, parse_trial(trial));
}

/// A kernel in every precision with these parts and claims.
inline Kernel kernel_with(const mutants::Hooks& hooks, const Claims& claims = {}) {
  return {.name = "wrong",
          .precisions = {all_precisions.begin(), all_precisions.end()},
          .any_strides = true,
          .claims = claims,
          .refuses = refuse_invalid,
          .run = [hooks](const Problem& problem, const Buffers& buffers) {
            mutants::convolve(problem, buffers, hooks);
          }};
}

inline double nan_always(const Problem&, double) { return std::nan(""); }
inline double infinite_always(const Problem&, double) { return infinite; }
inline double finite_always(const Problem&, double value) {
  return std::isfinite(value) ? value : 0;
}

}  // namespace convict::oracle::edge_cases
