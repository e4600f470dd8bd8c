// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/verdict.hpp"
#include "oracle/truth/case.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::oracle {

/// The check `judge`: makes the data, runs the subject twice in a sandbox with different poison,
/// checks the memory around its buffers, and compares every element of the result with the truth.
/// The spec must be valid. Layers in the order in which they decide: refusal, sandbox (crashed,
/// hung, reported failure), memory safety, exact or bound.
Verdict run_trial(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                  Cases& cases);

/// The verdict on a case with all that is known about its wrong elements.
struct Answer {
  Verdict verdict;
  std::vector<Element> wrong;    ///< the first few wrong elements
  std::vector<Element> worst{};  ///< the wrong elements furthest outside, the furthest first
  /// Every wrong element, ascending in the dense result, or the first Comparison::elements_kept.
  std::vector<index_t> wrong_elements{};
  bool complete = true;                ///< wrong_elements are all wrong elements
  std::vector<index_t> not_numbers{};  ///< of wrong_elements, those that are NaN
};
/// Judges one case as run_trial does. `result`, if given, is set to the subject's result, dense and
/// row-major; it is empty unless the subject returned.
Answer try_case(const Case& known, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                std::vector<double>* result = nullptr);

}  // namespace convict::oracle
