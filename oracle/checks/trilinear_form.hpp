// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "oracle/checks/calls.hpp"
#include "oracle/checks/numbers.hpp"

namespace convict::oracle {

/// A sum of products with its error bound. Integers are added up in 128 bits.
struct Product {
  __extension__ using wide = __int128;
  wide exact = 0;
  double real = 0;
  double bound = 0;
  bool impossible = false;  ///< a factor was no integer below 2^62: `exact` is meaningless

  /// `exact` if `integers`, NaN where that is meaningless; else `real`.
  double value(bool integers) const;
};

/// <values, weights>, where values have errors of at most `bounds` (empty: they are exact). A sum
/// of n products in double has an error of at most n u times the sum of the absolute products
/// (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1); the bound contains twice
/// that.
Product product_of(const std::vector<double>& values, const std::vector<double>& weights,
                   const std::vector<double>& bounds);

/// T(x, w, t) = <t, conv(x, w)> for one x, w and t, computed with the subject's passes.
class TrilinearForm {
 public:
  /// All arguments must outlive the form.
  TrilinearForm(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                const Numbers& numbers);

  Tensors tensors;

  bool exact() const { return numbers_.exact; }
  const Trial& trial() const { return trial_; }
  const Numbers& numbers() const { return numbers_; }

  /// The verdict if the subject refuses the problem in this pass, else nothing.
  std::optional<Verdict> refused(Pass pass);
  Called call(Pass pass, const Tensors& operands);
  /// The error bound of every element of the pass's result; empty on exact data.
  std::vector<double> bounds(Pass pass, const Tensors& operands) const;
  /// <pass(operands), weights>. Nothing when the check ends here; its verdict is then in `ended`.
  std::optional<Product> weighed(Pass pass, const Tensors& operands,
                                 const std::vector<double>& weights, Verdict& ended);

 private:
  Problem problem(Pass pass) const { return problem_with(trial_, trial_.spec, pass); }
  Verdict no_integer(Pass pass, const std::vector<double>& values) const;

  const Trial& trial_;
  const Claims& claims_;
  Calls calls_;
  const Numbers& numbers_;
};

}  // namespace convict::oracle
