// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/kernel.hpp"
#include "core/trial.hpp"
#include "datasets/exact_limits.hpp"
#include "datasets/fills.hpp"
#include "oracle/truth/truth_kernels.hpp"

namespace convict::oracle {

/// How the right result of a trial is known. All but `sample` cover every element.
enum class TruthBy {
  definition,  ///< the reference, element by element
  projection,  ///< exact fills: not computed; projection verifies the result with the operands
  gemm,        ///< a fast f64 kernel's result, verified by projection
  sample       ///< the reference on chosen elements, where everything else takes too long
};

constexpr std::string_view name_of(TruthBy by) {
  switch (by) {
    case TruthBy::definition: return "definition";
    case TruthBy::projection: return "projection";
    case TruthBy::gemm: return "gemm";
    case TruthBy::sample: return "sample";
  }
  return "?";
}

/// Everything the choice depends on.
struct TruthQuestion {
  const Trial& trial;
  const datasets::Fill& fill;
  const std::optional<datasets::ExactLimits>& limits;
  const Claims& claims;
};

/// Whether results within the limits are exact in f32 or f64 storage, so that `project` takes them.
bool can_project(const TruthQuestion& question);

/// The grid of the trial's operands, or nothing when sums of their products may not be exact in
/// f64.
std::optional<TruthKernels::Grid> grid_of(const TruthQuestion& question);

/// Seconds that the reference needs on one thread for the whole result.
double definition_time_s(const Trial& trial, const datasets::Fill& fill);

/// The cheapest source by a model of the costs; `sample` only where every other takes longer than
/// half a minute.
TruthBy choose_truth(const TruthQuestion& question, const TruthKernels& kernels);

/// A few thousand elements of the result, ascending: every corner; for each axis its first, last
/// and tile-edge indices, with random indices on the other axes; the last elements; random ones.
std::vector<index_t> sampled_elements(const Trial& trial);

}  // namespace convict::oracle
