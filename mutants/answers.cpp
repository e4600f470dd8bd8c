// SPDX-License-Identifier: Apache-2.0
#include "mutants/answers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>

#include "core/half.hpp"
#include "mutants/direct.hpp"

namespace convict::mutants {
namespace {

thread_local bool wrong = false;

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

double in_storage(const Problem& problem, double value) {
  return round_to(format_of(storage_of(problem.precision)), value);
}

/// Answers Answer(y) instead of y.
template <double (*Answer)(double)>
constexpr Hooks answers{.finish = [](const Problem& problem, double value) {
  const double answer = Answer(in_storage(problem, value));
  wrong = wrong || !same(in_storage(problem, answer), in_storage(problem, value));
  return answer;
}};

template <double (*Answer)(double)>
void answered(const Problem& problem, const Buffers& buffers) {
  wrong = false;
  convolve(problem, buffers, answers<Answer>);
}

double zero(double) { return 0; }
double negated(double value) { return -value; }
double doubled(double value) { return 2 * value; }

/// Every element of the result becomes the next one, the last the first.
template <std::size_t Rank>
void move(const Problem& problem, const Shape<Rank>& shape, void* result) {
  std::optional<double> first;
  index_t previous = 0;
  const auto put = [&](index_t offset, double value) {
    wrong = wrong || !same(load(result, problem.precision, offset), value);
    store(result, problem.precision, offset, value);
  };
  for_each_index(shape, [&](const std::array<index_t, Rank>& index) {
    const index_t offset = shape.offset(index);
    const double value = load(result, problem.precision, offset);
    if (first)
      put(previous, value);
    else
      first = value;
    previous = offset;
  });
  if (first) put(previous, *first);
}

void moved(const Problem& problem, const Buffers& buffers) {
  wrong = false;
  convolve(problem, buffers);
  switch (problem.pass) {
    case Pass::forward: return move(problem, problem.shapes.output, buffers.output);
    case Pass::grad_input: return move(problem, problem.shapes.input, buffers.input);
    case Pass::grad_weights: return move(problem, problem.shapes.filters, buffers.filters);
  }
}

}  // namespace

std::vector<Kernel> wrong_answers() {
  struct Kind {
    std::string_view name;
    void (*run)(const Problem&, const Buffers&);
  };
  constexpr std::array kinds = {Kind{"zeros", answered<zero>}, Kind{"negated", answered<negated>},
                                Kind{"doubled", answered<doubled>}, Kind{"moved", moved}};
  constexpr std::array<std::optional<Precision>, 3> accumulators = {std::nullopt, Precision::f16,
                                                                    Precision::bf16};
  std::vector<Kernel> kernels;
  for (const Kind& kind : kinds)
    for (const auto& accumulator : accumulators) {
      Kernel kernel{.name = "answer." + std::string(kind.name),
                    .precisions = {all_precisions.begin(), all_precisions.end()},
                    .any_strides = true,
                    .claims = {.accumulator = accumulator},
                    .refuses = refuse_invalid,
                    .run = kind.run};
      if (accumulator) kernel.name += "_summed_in_" + std::string(name_of(*accumulator));
      kernels.push_back(std::move(kernel));
    }
  return kernels;
}

bool answer_was_wrong() { return wrong; }

}  // namespace convict::mutants
