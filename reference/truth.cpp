// SPDX-License-Identifier: Apache-2.0
#include "reference/truth.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/layout.hpp"
#include "reference/products.hpp"
#include "reference/sums.hpp"

namespace convict::reference {
namespace {

/// The visitor of products.hpp that sums one result element.
template <class Sum>
struct Element {
  bool watch_padding;  ///< false when every operand is finite
  bool ambiguous = false;
  Sum sum{};
  index_t products = 0;

  void product(double a, double b) {
    sum.add(a, b);
    ++products;
  }
  void padding(double a) {
    if (watch_padding) ambiguous = ambiguous || !std::isfinite(a);
  }
};

/// What is needed to compute elements of a result, and where they are stored.
template <std::size_t Rank, class Visit>
struct Task {
  const Question& question;
  Shape<Rank> result;
  Visit visit;
  bool watch_padding;
  const std::span<const index_t>* elements;  ///< which elements; null: all
  Truth& truth;

  std::size_t count() const {
    return elements != nullptr ? elements->size() : static_cast<std::size_t>(result.elements());
  }
};

template <class Sum>
void store(const Question& question, const Element<Sum>& element, double old, std::size_t at,
           Truth& truth) {
  Sum scaled;
  const bool may_leave_out = question.alpha == 0 || question.alpha_rounds_to_zero;
  const bool left_out = may_leave_out && !std::isfinite(element.sum.split().value);
  if (!left_out) scaled.add_scaled(question.alpha, element.sum);
  if (question.beta != 0) scaled.add(question.beta, old);
  const Split split = scaled.split();
  truth.value[at] = split.value;
  if (!truth.correction.empty()) truth.correction[at] = split.correction;
  truth.magnitude[at] = static_cast<double>(scaled.magnitude);
  if (!truth.sum_size.empty())
    truth.sum_size[at] = left_out ? 0 : static_cast<double>(element.sum.magnitude);
  truth.products[at] = element.products;
  truth.ambiguous[at] = element.ambiguous || left_out ? 1 : 0;
  if (left_out && question.alpha != 0) truth.ambiguous[at] = Truth::also_infinite;
}

template <std::size_t Rank>
std::array<index_t, Rank> index_at(const Shape<Rank>& shape, std::size_t at) {
  std::array<index_t, Rank> index{};
  auto rest = static_cast<index_t>(at);
  for (std::size_t a = Rank; a-- > 0; rest /= shape.extents[a]) index[a] = rest % shape.extents[a];
  return index;
}

/// Moves to the next index, last axis fastest.
template <std::size_t Rank>
void advance(std::array<index_t, Rank>& index, const Shape<Rank>& shape) {
  for (std::size_t a = Rank; a-- > 0; index[a] = 0)
    if (++index[a] < shape.extents[a]) return;
}

template <class Sum, std::size_t Rank, class Visit>
void compute(const Task<Rank, Visit>& task, std::size_t begin, std::size_t end) {
  const auto element_number = [&](std::size_t at) {
    return task.elements != nullptr ? static_cast<std::size_t>((*task.elements)[at]) : at;
  };
  auto index = index_at(task.result, element_number(begin));
  for (std::size_t at = begin; at < end; ++at) {
    const std::size_t number = element_number(at);
    if (task.elements != nullptr) index = index_at(task.result, number);
    Element<Sum> element{.watch_padding = task.watch_padding};
    task.visit(index, element);
    store(task.question, element, task.question.beta != 0 ? task.question.old_result[number] : 0,
          at, task.truth);
    advance(index, task.result);
  }
}

/// `compute` for processors with an FMA instruction, where std::fma is no function call: 2 to 4
/// times faster.
template <class Sum, std::size_t Rank, class Visit>
[[gnu::target("fma"), gnu::flatten]] void compute_with_fma(const Task<Rank, Visit>& task,
                                                           std::size_t begin, std::size_t end) {
  compute<Sum>(task, begin, end);
}

template <class Sum, std::size_t Rank, class Visit>
void compute_all(const Task<Rank, Visit>& task, index_t work) {
  constexpr index_t worth_threads = index_t{1} << 20;
  constexpr std::size_t block = 16;
  const auto part = __builtin_cpu_supports("fma") ? compute_with_fma<Sum, Rank, Visit>
                                                  : compute<Sum, Rank, Visit>;
  const std::size_t elements = task.count();
#ifndef __SANITIZE_THREAD__  // which does not see how the threads of libgomp wait for each other
#pragma omp parallel for schedule(dynamic) if (work > worth_threads)
#endif
  for (std::size_t begin = 0; begin < elements; begin += block)
    part(task, begin, std::min(begin + block, elements));
}

bool all_finite(const Question& question) {
  const auto finite = [](double value) { return std::isfinite(value); };
  return std::ranges::all_of(question.input, finite) &&
         std::ranges::all_of(question.filters, finite) &&
         std::ranges::all_of(question.output, finite);
}

/// Which elements are computed, and whether with corrections.
struct Request {
  const std::span<const index_t>* elements = nullptr;  ///< null: all
  bool corrected = false;
};

template <class Sum, std::size_t Rank, class Visit>
Truth answer_each(const Question& question, const Shape<Rank>& result, const Request& request,
                  Visit visit) {
  Truth truth;
  const Task<Rank, Visit> task{question,         result, visit, !all_finite(question),
                               request.elements, truth};
  const std::size_t elements = task.count();
  const bool is_scaled = question.alpha != 1 || question.beta != 0;
  truth = {.value = std::vector<double>(elements),
           .correction = std::vector<double>(request.corrected ? elements : 0),
           .magnitude = std::vector<double>(elements),
           .sum_size = std::vector<double>(is_scaled ? elements : 0),
           .products = std::vector<index_t>(elements),
           .ambiguous = std::vector<std::uint8_t>(elements)};
  const double share =
      static_cast<double>(elements) / static_cast<double>(std::max<index_t>(result.elements(), 1));
  compute_all<Sum>(task,
                   static_cast<index_t>(static_cast<double>(flops(question.spec)) / 2 * share));
  return truth;
}

template <class Sum>
Truth answer(const Question& question, const Request& request) {
  const Geometry g = geometry_of(question.spec);
  const TensorShapes shapes = shapes_of(question.spec);
  const View<const double, 5> x{question.input.data(), shapes.input};
  const View<const double, 5> y{question.output.data(), shapes.output};
  const View<const double, 8> w{question.filters.data(),
                                broadcast_over_positions(shapes.filters, g.output)};
  switch (question.pass) {
    case Pass::forward:
      return answer_each<Sum>(
          question, shapes.output, request,
          [&](const auto& index, auto& element) { forward_products(g, x, w, index, element); });
    case Pass::grad_input:
      return answer_each<Sum>(
          question, shapes.input, request,
          [&](const auto& index, auto& element) { grad_input_products(g, w, y, index, element); });
    case Pass::grad_weights:
      return answer_each<Sum>(question, shapes.filters, request,
                              [&](const auto& index, auto& element) {
                                grad_weights_products(g, x, y, index, element);
                              });
  }
  return {};
}

/// The smallest non-zero magnitude, or infinity.
double smallest(std::span<const double> values) {
  double least = std::numeric_limits<double>::infinity();
  for (const double value : values)
    if (value != 0 && std::fabs(value) < least) least = std::fabs(value);
  return least;
}

/// Whether rounding errors of products could underflow. They are representable as long as products
/// stay above 2^(min_exponent + digits) of double; the limit here is far above that.
bool errors_may_underflow(const Question& question) {
  double product = 1;
  for (const auto operand : {question.input, question.filters, question.output})
    if (!operand.empty()) product *= std::min(1.0, smallest(operand));
  return product < 0x1p-900;
}

Truth answer_as(const Question& question, Width width, const std::span<const index_t>* elements) {
  if (width == Width::f64) return answer<PlainSum>(question, {elements, false});
  if (errors_may_underflow(question)) return answer<QuadSum>(question, {elements, true});
  return answer<CompensatedSum>(question, {elements, true});
}

}  // namespace

Truth truth(const Question& question, Width width) { return answer_as(question, width, nullptr); }

Truth truth_at(const Question& question, Width width, std::span<const index_t> elements) {
  return answer_as(question, width, &elements);
}

}  // namespace convict::reference
