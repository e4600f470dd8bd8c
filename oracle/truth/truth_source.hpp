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

/// Where what is true of a trial comes from. All but `sample` are about every element.
enum class TruthBy {
  definition,  ///< the reference, element by element
  projection,  ///< exact fills: no truth is computed, the result is checked against the operands
  gemm,        ///< a fast kernel's f64 answer, acquitted by projection
  sample       ///< the reference on chosen elements, where nothing else is affordable
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

/// The grid of the trial's operands, or nothing when sums of their products may need more than f64.
std::optional<TruthKernels::Grid> grid_of(const TruthQuestion& question);

/// Seconds that the reference needs on one thread for every element.
double definition_time_s(const Trial& trial, const datasets::Fill& fill);

/// The cheapest source by a model of the costs; `sample` only where every other takes longer than
/// half a minute.
TruthBy choose_truth(const TruthQuestion& question, const TruthKernels& rows);

/// A few thousand elements of the result, ascending: every corner; the first, last and tile-edge
/// places of each axis with all others random; the last elements; random ones.
std::vector<index_t> sampled_elements(const Trial& trial);

}  // namespace convict::oracle
