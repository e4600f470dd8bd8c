// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/trial.hpp"
#include "datasets/exact_limits.hpp"
#include "datasets/random.hpp"

namespace convict::datasets {

/// The part a tensor plays in a trial. The first operand is the image-like one (input, or the
/// output's gradient for grad_input), the second the other one.
enum class Role { first, second, old_result };

/// Elements of the second operand that meet in one element of the result. For forward they are the
/// filters of one output channel (of one position, if unshared); for grad_input those of one input
/// channel; for grad_weights the gradients of one output channel (of one position, if unshared).
/// Element i of the tensor is element place(i) of lane(i).
struct Lanes {
  index_t inner = 1;  ///< elements of a lane that are neighbours in memory
  index_t count = 1;  ///< lanes between two such runs
  index_t outer = 1;  ///< runs of one lane, in memory inner * count elements apart
  index_t length() const { return inner * outer; }
  index_t lane(index_t i) const { return i / (inner * count * outer) * count + i / inner % count; }
  index_t place(index_t i) const { return i / (inner * count) % outer * inner + i % inner; }
};
Lanes lanes_of(const ConvSpec& spec, Pass pass);

/// The input of a fill for element `index` of a tensor with `count` elements.
struct FillContext {
  Role role;
  index_t index;
  index_t count;
  Stream random;  ///< the random words of this tensor
  const ExactLimits* limits;
  Precision precision;
  index_t products;
  Lanes lanes;      ///< of the second operand
  Stream together;  ///< the same words for all tensors of the trial

  FillContext of(index_t other) const {
    FillContext context = *this;
    context.index = other;
    return context;
  }
};

/// A rule that makes operands. Values of an exact fill are integers within ExactLimits; others are
/// rounded to the storage format afterwards.
struct Fill {
  std::string_view name;
  std::string_view description;
  bool exact;      ///< results are compared exactly
  bool zero_mean;  ///< values are independent with mean zero: the probabilistic bound applies
  double smallest_product;  ///< the smallest |product| of two operands; 0: not known
  /// The largest |operand| of an inexact fill with values on `sum_grid`; 0: values have no such
  /// limit and lie on no grid.
  double largest;
  /// The most products of non-zero operands in one element of the result; 0: no limit but the
  /// problem's.
  index_t most_products;
  /// Sets `elements`, the first of which is element context.index of the tensor.
  void (*values)(const FillContext& context, std::span<double> elements);
};

/// The grid 2^-q of real-valued operands up to `largest`, with q as large as keeps n products of
/// two of them below 2^51 multiples of 2^-2q: in f64 their sums are exact in any order, while the
/// products have far more digits than f32 keeps. Nothing where 2^-q would be coarser than 2^-11.
std::optional<int> sum_grid(const ConvSpec& spec, Pass pass, double largest);

std::span<const Fill> fills();

/// Throws SpecError listing the fills when there is none of that name.
const Fill& fill_named(std::string_view name);

/// The limits of a trial's exact operands, which count only products of non-zero operands.
/// Nothing as for exact_limits of the problem.
std::optional<ExactLimits> limits_of(const Trial& trial, const Claims& claims = {});

/// Replaces a fill that could not reveal a fault on this trial: an exact one whose sums would be
/// rounded by a sparse one, or by real numbers; and in sums that are accumulated in 16 bits, real
/// numbers whose bound is wider than a product.
void avoid_blind_fill(Trial& trial);

/// The data of a trial, dense and row-major, as numbers exactly representable in the trial's
/// storage format. The tensor that the pass writes is empty; old_result is empty when beta is 0.
struct Operands {
  std::vector<double> input;
  std::vector<double> filters;
  std::vector<double> output;
  std::vector<double> old_result;
};

/// The extents of the two operands of a pass as users see them, the image-like one first.
std::array<std::vector<index_t>, 2> operand_shapes(const ConvSpec& spec, Pass pass);

/// What is wrong with recipe.only for the trial's spec, which must be valid, or nothing.
std::optional<std::string> why_misplaced(const Trial& trial);

/// Throws SpecError when recipe.only names an element that is not there, and when the fill is exact
/// but the problem is too large to be (exact_limits has no answer).
Operands fill(const Trial& trial, const Claims& claims = {});

}  // namespace convict::datasets
