#include "reference/truth.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "core/layout.hpp"
#include "reference/products.hpp"

namespace convict::reference {
namespace {

__extension__ using quad = __float128;

/// Plain double sums.
struct PlainSum {
  double total = 0;
  void add(double a, double b) { total += a * b; }
};

/// Twice the working precision: every product and sum is split into its rounded value and its
/// rounding error, the errors are added up on the side (Ogita, Rump, Oishi, Accurate Sum and Dot
/// Product, SIAM J. Sci. Comput. 26, 2005, Dot2).
struct CompensatedSum {
  double total = 0;
  double errors = 0;
  void add(double a, double b) {
    const double product = a * b;
    const double product_error = std::fma(a, b, -product);
    const double sum = total + product;
    const double shifted = sum - total;
    const double sum_error = (total - (sum - shifted)) + (product - shifted);
    total = sum;
    errors += product_error + sum_error;
  }
};

/// For operands so small that a product's rounding error would underflow.
struct QuadSum {
  quad total = 0;
  void add(double a, double b) { total += static_cast<quad>(a) * static_cast<quad>(b); }
};

struct Split {
  double value;
  double correction;
};
Split split_of(const PlainSum& sum) { return {sum.total, 0}; }
Split split_of(const CompensatedSum& sum) {
  const double value = sum.total + sum.errors;
  // A sum with a NaN or an infinity has no meaningful error term.
  if (!std::isfinite(value)) return {sum.total, 0};
  return {value, (sum.total - value) + sum.errors};
}
Split split_of(const QuadSum& sum) {
  const auto value = static_cast<double>(sum.total);
  if (!std::isfinite(value)) return {value, 0};
  return {value, static_cast<double>(sum.total - static_cast<quad>(value))};
}

/// Collects everything that is said about one result element.
template <class Total>
struct Element {
  Total sum;
  double magnitude = 0;
  index_t products = 0;
  bool ambiguous = false;

  void product(double a, double b) {
    sum.add(a, b);
    magnitude += std::fabs(a * b);
    ++products;
  }
  void padding(double a) { ambiguous = ambiguous || !std::isfinite(a); }
};

/// Scales as the kernel is asked to; the scaled old result takes part like one more product.
template <class Total>
Element<Total> scaled(const Element<Total>& element, const Question& question, std::size_t at) {
  const Split sum = split_of(element.sum);
  Element<Total> result;
  result.products = element.products;
  result.ambiguous = element.ambiguous;
  result.sum.add(question.alpha, sum.value);
  if (sum.correction != 0) result.sum.add(question.alpha, sum.correction);
  result.magnitude = std::fabs(question.alpha) * element.magnitude;
  if (question.beta != 0) {
    result.sum.add(question.beta, question.old_result[at]);
    result.magnitude += std::fabs(question.beta * question.old_result[at]);
  }
  return result;
}

template <class Total, std::size_t Rank, class Visit>
Truth answer_each(const Question& question, const Shape<Rank>& result, index_t work, bool corrected,
                  Visit visit) {
  const auto elements = static_cast<std::size_t>(result.elements());
  Truth truth{.value = std::vector<double>(elements),
              .correction = std::vector<double>(corrected ? elements : 0),
              .magnitude = std::vector<double>(elements),
              .products = std::vector<index_t>(elements),
              .ambiguous = std::vector<std::uint8_t>(elements)};
  constexpr index_t worth_threads = index_t{1} << 22;
#pragma omp parallel for schedule(static) if (work > worth_threads)
  for (std::size_t at = 0; at < elements; ++at) {
    std::array<index_t, Rank> index{};
    auto rest = static_cast<index_t>(at);
    for (std::size_t a = Rank; a-- > 0; rest /= result.extents[a])
      index[a] = rest % result.extents[a];
    Element<Total> element;
    visit(index, element);
    const Element<Total> final = scaled(element, question, at);
    const Split split = split_of(final.sum);
    truth.value[at] = split.value;
    if (corrected) truth.correction[at] = split.correction;
    truth.magnitude[at] = final.magnitude;
    truth.products[at] = final.products;
    truth.ambiguous[at] = final.ambiguous ? 1 : 0;
  }
  return truth;
}

template <class Total>
Truth answer(const Question& question, bool corrected) {
  const Geometry g = geometry_of(question.spec);
  const TensorShapes shapes = shapes_of(question.spec);
  const View<const double, 5> x{question.input.data(), shapes.input};
  const View<const double, 5> y{question.output.data(), shapes.output};
  const View<const double, 8> w{question.filters.data(),
                                broadcast_over_positions(shapes.filters, g.output)};
  const index_t work = flops(question.spec) / 2;
  switch (question.pass) {
    case Pass::forward:
      return answer_each<Total>(
          question, shapes.output, work, corrected,
          [&](const auto& index, auto& element) { forward_products(g, x, w, index, element); });
    case Pass::grad_input:
      return answer_each<Total>(
          question, shapes.input, work, corrected,
          [&](const auto& index, auto& element) { grad_input_products(g, w, y, index, element); });
    case Pass::grad_weights:
      return answer_each<Total>(question, shapes.filters, work, corrected,
                                [&](const auto& index, auto& element) {
                                  grad_weights_products(g, x, y, index, element);
                                });
  }
  return {};
}

/// Smallest non-zero magnitude, or infinity.
double smallest(std::span<const double> values) {
  double least = std::numeric_limits<double>::infinity();
  for (const double value : values)
    if (value != 0 && std::fabs(value) < least) least = std::fabs(value);
  return least;
}

/// A product's rounding error is representable as long as the product stays above 2^(min_exponent +
/// digits).
bool errors_may_underflow(const Question& question) {
  double product = 1;
  for (const auto operand : {question.input, question.filters, question.output})
    if (!operand.empty()) product *= std::min(1.0, smallest(operand));
  return product < 0x1p-900;
}

}  // namespace

Truth truth(const Question& question, Width width) {
  if (width == Width::f64) return answer<PlainSum>(question, false);
  if (errors_may_underflow(question)) return answer<QuadSum>(question, true);
  return answer<CompensatedSum>(question, true);
}

}  // namespace convict::reference
