// SPDX-License-Identifier: Apache-2.0
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

/// A trial with its data and truth. It does not depend on the subject, except for the claims that
/// limit exact operands.
struct Case {
  Trial trial;
  const datasets::Fill* fill = nullptr;
  std::optional<datasets::ExactLimits> limits;
  datasets::Operands operands;
  TruthBy truth_by = TruthBy::definition;
  /// Of every element; only of `sample` if by sample; empty if by projection.
  reference::Truth truth;
  std::vector<index_t> sample;  ///< the elements that `truth` covers, if by sample
  int threads = 1;              ///< that judging may use
};

/// Makes the data, and gets the truth from the cheapest source. If an exact fill cannot be exact
/// for this trial, `limits`, the operands and the truth are empty.
Case make_case(const Trial& trial, const Claims& claims, const TruthKernels& kernels);

/// The same with the truth of every element from its definition.
Case make_case(const Trial& trial, const Claims& claims = {});

/// The case's problem and operands, as the reference takes them.
reference::Question question_of(const Case& known);

/// The truth of every element by the definition, whatever the case's own truth is.
reference::Truth truth_of(const Case& known);

/// A case with the data of a golden file. Throws FileError when the file's truth differs from the
/// reference's by more than one unit in the last place of a double: one of them is wrong.
Case case_of(const datasets::GoldenCase& golden, const Claims& claims = {});

/// The bound for results of `known` by a kernel with these claims.
Bound bound_for(const Case& known, const Claims& claims);

/// What else a bound depends on.
struct BoundedElements {
  bool zero_mean = false;                ///< operands are independent and zero-mean
  double largest_product = 0;            ///< see Bound::Data
  std::span<const index_t> sample = {};  ///< the elements that are bounded, in order; empty: all
};
/// The bound for results on any operands.
Bound bound_for(const reference::Question& question, Precision precision, const Claims& claims,
                const BoundedElements& which = {});

/// The parts of a case that a golden file stores, with the bound for direct summation, or 0 where
/// the result must be exact.
datasets::GoldenCase golden_of(const Case& known);

/// A case with given operands, of which neither exactness nor a size is known.
Case case_of(const Trial& trial, datasets::Operands operands);

/// Golden cases by their trial's text.
using GoldenCases = std::map<std::string, datasets::GoldenCase>;

/// Keeps the latest case, so that several subjects are judged on the same operands at the cost of
/// making them once.
class Cases {
 public:
  /// Whose data are stored: those of a kernel without claims, as in the golden set, or the
  /// subject's own, as in evidence.
  enum class StoredFor { plain_kernel, subject };

  /// Trials that are in `golden` take operands and truth from there, unless the subject's claims
  /// ask for other operands, so that the operands are those of datasets::fill in any case;
  /// `kernels` may compute truth.
  explicit Cases(const GoldenCases* golden = nullptr, TruthKernels kernels = {},
                 StoredFor stored_for = StoredFor::plain_kernel)
      : golden_(golden), kernels_(std::move(kernels)), stored_for_(stored_for) {}
  const Case& of(const Trial& trial, const Claims& claims);

 private:
  const GoldenCases* golden_;
  TruthKernels kernels_;
  StoredFor stored_for_;
  std::string key_;
  Case latest_;
};

}  // namespace convict::oracle
