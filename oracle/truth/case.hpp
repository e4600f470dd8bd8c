#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/trial.hpp"
#include "datasets/fills.hpp"
#include "datasets/golden.hpp"
#include "oracle/bounds/bounds.hpp"
#include "oracle/truth/truth_source.hpp"
#include "reference/truth.hpp"

namespace convict::oracle {

/// A trial with its data and the truth about it: all that does not depend on who is tried, apart
/// from the claims that limit exact operands.
struct Case {
  Trial trial;
  const datasets::Fill* fill = nullptr;
  std::optional<datasets::ExactLimits> limits;
  datasets::Operands operands;
  TruthBy truth_by = TruthBy::definition;
  /// Of every element; of `sample` only; or nothing, when the projection answers for it.
  reference::Truth truth;
  std::vector<index_t> sample;  ///< the elements the truth is about, if by sample
  int threads = 1;              ///< what judging may use
};

/// Fills, and takes the truth from where it is cheapest. An exact fill that cannot be exact leaves
/// `limits` and the rest empty.
Case make_case(const Trial& trial, const Claims& claims, const TruthKernels& rows);

/// The same with the truth of every element from its definition.
Case make_case(const Trial& trial, const Claims& claims = {});

/// What is asked about the case's operands.
reference::Question question_of(const Case& known);

/// What the definition says of every element, whatever the case has.
reference::Truth truth_of(const Case& known);

/// A case with the data of a golden file. Throws FileError when the file's truth is not the
/// reference's to within one unit in the last place of a double: one of them is wrong.
Case case_of(const datasets::GoldenCase& golden);

/// The bound for results of `known` by a kernel with these claims.
Bound bound_for(const Case& known, const Claims& claims);

/// What else a bound depends on.
struct BoundedElements {
  bool zero_mean = false;                ///< operands are independent and zero-mean
  std::span<const index_t> sample = {};  ///< the elements it is asked of, in order; empty: all
};
/// The bound for results of any question.
Bound bound_for(const reference::Question& question, Precision precision, const Claims& claims,
                const BoundedElements& which = {});

/// What a golden file keeps of a case: its bound is the one for direct summation, 0 where the
/// result must be exact.
datasets::GoldenCase golden_of(const Case& known);

/// A case on operands from elsewhere; there is no exact limit, no promise about their size.
Case case_of(const Trial& trial, datasets::Operands operands);

/// Golden cases by their trial's text.
using GoldenCases = std::map<std::string, datasets::GoldenCase>;

/// The latest case, kept so that several subjects are tried on the same operands at the cost of
/// one.
class Cases {
 public:
  /// Trials that `golden` knows take operands and truth from there; `rows` may compute truth.
  explicit Cases(const GoldenCases* golden = nullptr, TruthKernels rows = {})
      : golden_(golden), rows_(std::move(rows)) {}
  const Case& of(const Trial& trial, const Claims& claims);

 private:
  const GoldenCases* golden_;
  TruthKernels rows_;
  std::string key_;
  Case latest_;
};

}  // namespace convict::oracle
