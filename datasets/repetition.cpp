// SPDX-License-Identifier: Apache-2.0
#include "datasets/repetition.hpp"

#include <cstring>

#include "core/problem.hpp"

namespace convict::datasets {

Repetition::Repetition(const Trial& trial, std::size_t operand) {
  const Recipe& recipe = trial.recipe;
  if (recipe.steps == Steps{}) return;
  const TensorShapes shapes = shapes_of(trial.spec, recipe, trial.pass);
  const auto take = [&](const auto& shape) {
    any_ = shape.repeats();
    std::size_t step = 1;
    for (std::size_t a = shape.extents.size(); a-- > 0;) {
      const auto extent = static_cast<std::size_t>(shape.extents[a]);
      axes_.push_back({extent, shape.strides[a] == 0 ? 0 : step});
      step *= extent;
    }
  };
  const bool first = operand == 0;
  if (!first && trial.pass != Pass::grad_weights)
    take(shapes.filters);
  else if (first != (trial.pass == Pass::grad_input))
    take(shapes.input);
  else
    take(shapes.output);
}

std::size_t Repetition::first(std::size_t at) const {
  if (!any_) return at;
  std::size_t place = 0;
  for (const Axis& axis : axes_) {
    place += at % axis.extent * axis.step;
    at /= axis.extent;
  }
  return place;
}

bool Repetition::holds(const std::vector<double>& values) const {
  if (!any_) return true;
  std::vector<double> repeated = values;
  apply(repeated);
  // By bits: NaN is no different from itself.
  return std::memcmp(repeated.data(), values.data(), values.size() * sizeof(double)) == 0;
}

void Repetition::apply(std::vector<double>& values) const {
  if (!any_) return;
  for (std::size_t at = 0; at < values.size(); ++at) values[at] = values[first(at)];
}

}  // namespace convict::datasets
