#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/trial.hpp"
#include "datasets/exact_limits.hpp"
#include "datasets/random.hpp"

namespace convict::datasets {

/// The part a tensor plays in a trial. The first operand is the image-like one (input, or the
/// output's gradient for grad_input), the second the other one.
enum class Role { first, second, old_result };

/// What a fill may look at when it makes element `index` of a tensor with `count` elements.
struct FillContext {
  Role role;
  index_t index;
  index_t count;
  Stream random;  ///< of this tensor
  const ExactLimits* limits;
  Precision precision;
  index_t products;
};

/// A way to make operands. Values of an exact fill are integers within ExactLimits; others are
/// rounded to the storage format afterwards.
struct Fill {
  std::string_view name;
  std::string_view description;
  bool exact;               ///< results are compared exactly
  bool zero_mean;           ///< independent, zero-mean: the probabilistic bound applies
  double smallest_product;  ///< a product of operands is never smaller; 0: nothing is promised
  double (*value)(const FillContext&);
};

std::span<const Fill> fills();

/// Throws SpecError listing the fills when there is none of that name.
const Fill& fill_named(std::string_view name);

/// The data of a trial, dense and row-major, as numbers exactly representable in the trial's
/// storage format. The tensor that the pass writes is empty; old_result is empty when beta is 0.
struct Operands {
  std::vector<double> input;
  std::vector<double> filters;
  std::vector<double> output;
  std::vector<double> old_result;
};

/// Throws SpecError when the fill is exact but the problem is too large to be (exact_limits has no
/// answer).
Operands fill(const Trial& trial, const Claims& claims = {});

}  // namespace convict::datasets
