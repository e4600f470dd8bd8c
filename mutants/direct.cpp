// SPDX-License-Identifier: Apache-2.0
#include "mutants/direct.hpp"

#include <vector>

#include "core/half.hpp"

namespace convict::mutants {
namespace {

/// The elements of a tensor from the lowest to the highest in memory, gaps included, as hooks.read
/// returns them.
template <std::size_t Rank>
std::vector<double> loaded(const void* tensor, const Shape<Rank>& shape, const Problem& problem,
                           const Hooks& hooks) {
  std::vector<double> values(static_cast<std::size_t>(shape.span()));
  const index_t before = shape.before_first();
  for (std::size_t at = 0; at < values.size(); ++at) {
    double& value = values[at];
    value = load(tensor, problem.precision, static_cast<index_t>(at) - before);
    if (hooks.read != nullptr) value = hooks.read(problem.precision, value);
  }
  return values;
}

/// The place of an element in what `loaded` returns.
template <std::size_t Rank>
std::size_t place_in(const Shape<Rank>& shape, const std::array<index_t, Rank>& index) {
  return static_cast<std::size_t>(shape.before_first() + shape.offset(index));
}

/// Places of a product's two factors and of its sum in their tensors.
struct Places {
  std::size_t a, b, sum;
};
Places places_of(const Problem& problem, const Product& product) {
  const auto x = place_in(problem.shapes.input, product.x);
  const auto w = place_in(problem.shapes.filters, product.w);
  const auto y = place_in(problem.shapes.output, product.y);
  switch (problem.pass) {
    case Pass::forward: return {x, w, y};
    case Pass::grad_input: return {y, w, x};
    case Pass::grad_weights: return {x, y, w};
  }
  return {};
}

/// `parts` partial sums, and the number of products, for each element of the result's memory.
struct Sums {
  index_t parts;
  std::vector<double> partial;
  std::vector<index_t> products;
};

Sums add_up(const Call& call, const Buffers& buffers, const Hooks& hooks) {
  const Problem& problem = call.problem;
  const auto operand = [&](Pass written_by, const void* tensor, const auto& shape) {
    return problem.pass == written_by ? std::vector<double>()
                                      : loaded(tensor, shape, problem, hooks);
  };
  const TensorShapes& shapes = problem.shapes;
  const auto x = operand(Pass::grad_input, buffers.input, shapes.input);
  const auto w = operand(Pass::grad_weights, buffers.filters, shapes.filters);
  const auto y = operand(Pass::forward, buffers.output, shapes.output);
  const auto& first = problem.pass == Pass::grad_input ? y : x;
  const auto& second = problem.pass == Pass::grad_weights ? y : w;
  const auto round = hooks.round_sum != nullptr ? hooks.round_sum : round_to_accumulator;
  const auto count = static_cast<std::size_t>(result_span(problem));
  Sums sums{hooks.parts != nullptr ? hooks.parts(problem) : 1, {}, std::vector<index_t>(count)};
  sums.partial.resize(count * static_cast<std::size_t>(sums.parts));
  for_each_product(call, hooks, [&](Product& product) {
    const int times = hooks.times != nullptr ? hooks.times(call, product) : 1;
    if (hooks.redirect != nullptr) hooks.redirect(call, product);
    const Places at = places_of(problem, product);
    const double value = hooks.multiply != nullptr
                             ? hooks.multiply(problem.precision, first[at.a], second[at.b])
                             : round_to_accumulator(problem.precision, first[at.a] * second[at.b]);
    for (int i = 0; i < times; ++i) {
      const auto part = static_cast<std::size_t>(sums.products[at.sum]++ % sums.parts);
      double& sum = sums.partial[at.sum + part * count];
      sum = round(problem.precision, sum + value);
    }
    return true;
  });
  return sums;
}

double total(const Sums& sums, std::size_t at, Precision precision) {
  const std::size_t count = sums.products.size();
  double value = sums.partial[at];
  for (std::size_t part = 1; part < static_cast<std::size_t>(sums.parts); ++part)
    value = round_to_accumulator(precision, value + sums.partial[at + part * count]);
  return value;
}

template <std::size_t Rank>
void write_back(const Call& call, const Shape<Rank>& shape, const Sums& sums, void* result,
                const Hooks& hooks) {
  const Problem& problem = call.problem;
  const auto combine = hooks.combine != nullptr ? hooks.combine : right_combine;
  index_t number = 0;
  for_each_index(shape, [&](const std::array<index_t, Rank>& index) {
    const index_t offset = shape.offset(index);
    const std::size_t at = place_in(shape, index);
    const ResultElement element{index, number++, shape.elements(), sums.products[at]};
    if (hooks.leaves != nullptr && hooks.leaves(call, element)) return;
    double value = combine(problem, total(sums, at, problem.precision),
                           load(result, problem.precision, offset));
    if (hooks.finish != nullptr) value = hooks.finish(problem, value);
    store(result, problem.precision, offset, value);
  });
}

}  // namespace

index_t right_position(const Call& call, int axis, index_t out, index_t tap) {
  return call.g.input_position(axis, out, tap);
}

double round_to_accumulator(Precision precision, double value) {
  return precision == Precision::f64 ? value : static_cast<double>(static_cast<float>(value));
}

double right_combine(const Problem& problem, double sum, double old) {
  const double scaled = round_to_accumulator(problem.precision, problem.alpha * sum);
  if (problem.beta == 0) return scaled;
  const double kept = round_to_accumulator(problem.precision, problem.beta * old);
  return round_to_accumulator(problem.precision, scaled + kept);
}

std::vector<index_t> positions(const Call& call, const Hooks& hooks, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  const auto position = hooks.position != nullptr ? hooks.position : right_position;
  std::vector<index_t> table;
  table.reserve(static_cast<std::size_t>(call.g.output[a] * call.g.filter[a]));
  for (index_t out = 0; out < call.g.output[a]; ++out)
    for (index_t tap = 0; tap < call.g.filter[a]; ++tap) {
      const index_t at = position(call, axis, out, tap);
      table.push_back(call.g.inside_input(axis, at) ? at : -1);
    }
  return table;
}

void convolve(const Problem& problem, const Buffers& buffers, const Hooks& hooks) {
  Problem taken = problem;
  if (hooks.misread != nullptr) hooks.misread(taken);
  const Call call{taken, geometry_of(taken.spec)};
  const Sums sums = add_up(call, buffers, hooks);
  switch (taken.pass) {
    case Pass::forward: return write_back(call, taken.shapes.output, sums, buffers.output, hooks);
    case Pass::grad_input: return write_back(call, taken.shapes.input, sums, buffers.input, hooks);
    case Pass::grad_weights:
      return write_back(call, taken.shapes.filters, sums, buffers.filters, hooks);
  }
}

double load(const void* tensor, Precision precision, index_t offset) {
  return with_storage_type(precision, [&](auto type) {
    return static_cast<double>(static_cast<const decltype(type)*>(tensor)[offset]);
  });
}

void store(void* tensor, Precision precision, index_t offset, double value) {
  with_storage_type(precision, [&](auto type) {
    using T = decltype(type);
    static_cast<T*>(tensor)[offset] = static_cast<T>(value);
  });
}

void* result_of(const Problem& problem, const Buffers& buffers) {
  switch (problem.pass) {
    case Pass::forward: return buffers.output;
    case Pass::grad_input: return buffers.input;
    case Pass::grad_weights: return buffers.filters;
  }
  return nullptr;
}

index_t result_span(const Problem& problem) {
  switch (problem.pass) {
    case Pass::forward: return problem.shapes.output.span();
    case Pass::grad_input: return problem.shapes.input.span();
    case Pass::grad_weights: return problem.shapes.filters.span();
  }
  return 0;
}

}  // namespace convict::mutants
