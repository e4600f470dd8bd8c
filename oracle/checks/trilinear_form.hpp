#pragma once

#include <optional>
#include <vector>

#include "oracle/checks/calls.hpp"
#include "oracle/checks/numbers.hpp"

namespace convict::oracle {

/// A sum of products that knows what it may be off. Integers are added up in 128 bits.
struct Product {
  __extension__ using wide = __int128;
  wide exact = 0;
  double real = 0;
  double bound = 0;
  bool impossible = false;  ///< a factor was no integer of 62 bits: `exact` means nothing

  /// NaN when integers were asked for and are not there.
  double value(bool integers) const;
};

/// <values, weights> with values that may be `bounds` off (empty: exact). Sums of n products in
/// double err by n u times the absolute products at most (Higham, Accuracy and Stability of
/// Numerical Algorithms, section 3.1); the bound has twice that.
Product product_of(const std::vector<double>& values, const std::vector<double>& weights,
                   const std::vector<double>& bounds);

/// T(x, w, t) = <t, conv(x, w)> on one tensor of each kind, through the subject's passes.
class TrilinearForm {
 public:
  /// `numbers` must outlive the form, as must the others.
  TrilinearForm(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                const Numbers& numbers);

  Tensors tensors;

  bool exact() const { return numbers_.exact; }
  const Trial& trial() const { return trial_; }
  const Numbers& numbers() const { return numbers_; }

  std::optional<Verdict> refused(Pass pass);
  Called call(Pass pass, const Tensors& operands);
  /// What the pass's result may be off, per element; empty on exact data.
  std::vector<double> bounds(Pass pass, const Tensors& operands) const;
  /// <pass(operands), weights>, or nothing and the verdict that ends the check.
  std::optional<Product> weighed(Pass pass, const Tensors& operands,
                                 const std::vector<double>& weights, Verdict& ended);

 private:
  Problem problem(Pass pass) const { return posed(trial_, trial_.spec, pass); }
  Verdict no_integer(Pass pass, const std::vector<double>& values) const;

  const Trial& trial_;
  const Claims& claims_;
  Calls calls_;
  const Numbers& numbers_;
};

}  // namespace convict::oracle
