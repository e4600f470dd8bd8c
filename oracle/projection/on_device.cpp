// SPDX-License-Identifier: Apache-2.0
#include "oracle/projection/on_device.hpp"

#include <cmath>

#include "oracle/projection/scale.hpp"
#include "oracle/projection/weights.hpp"

namespace convict::oracle {
namespace {

ExactScale scale_of(const Problem& problem, const datasets::ExactLimits& limits) {
  const auto scale = [&]<class T>(T) {
    return exact_scale<T>(
        {.spec = problem.spec, .pass = problem.pass, .alpha = problem.alpha, .beta = problem.beta},
        limits);
  };
  return storage_of(problem.precision) == Precision::f64 ? scale(double{}) : scale(float{});
}

}  // namespace

std::optional<Projected> project_on(Device& device, const Problem& problem, const OnDevice& tensors,
                                    const datasets::ExactLimits& limits, std::uint64_t seed) {
  const Precision storage = storage_of(problem.precision);
  if (storage != Precision::f32 && storage != Precision::f64) return std::nullopt;
  const ExactScale scale = scale_of(problem, limits);
  const ProjectionWeights weights = projection_weights(problem.spec, seed);
  return device.project({.problem = problem,
                         .input = tensors.input,
                         .filters = tensors.filters,
                         .output = tensors.output,
                         .old_result = tensors.old_result,
                         .image_weights = weights.images,
                         .in_weights = weights.in,
                         .out_weights = weights.out,
                         .grid_digits = std::ilogb(scale.result.scale),
                         .limit = scale.result.limit});
}

}  // namespace convict::oracle
