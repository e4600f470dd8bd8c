#pragma once

#include "core/verdict.hpp"
#include "oracle/truth/case.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::oracle {

/// Everything turns on this: fills, runs the subject twice in a sandbox with different poison,
/// looks at the memory around its buffers, and compares every element of the result with the truth.
/// The spec must be valid. Layers, in the order they decide: refusal, sandbox (crashed, hung,
/// failed), hygiene, exact or bound.
Verdict run_trial(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                  Cases& cases);

/// What the subject made of a case, in more detail than a verdict.
struct Answer {
  Verdict verdict;
  std::vector<Element> wrong;    ///< the first few wrong elements
  std::vector<Element> worst{};  ///< the wrong elements furthest outside, the furthest first
  /// Every wrong element, ascending in `result`, or the first of very many.
  std::vector<index_t> wrong_elements{};
  bool complete = true;                ///< wrong_elements are all there are
  std::vector<index_t> not_numbers{};  ///< of wrong_elements, those that are NaN
};
/// `result`, if given, is set to the subject's result, dense and row-major; it stays empty unless
/// the subject returned.
Answer try_case(const Case& known, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                std::vector<double>* result = nullptr);

}  // namespace convict::oracle
