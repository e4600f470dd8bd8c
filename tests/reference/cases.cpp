// SPDX-License-Identifier: Apache-2.0
#include "tests/reference/cases.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "core/half.hpp"
#include "core/kernel.hpp"
#include "reference/kernels.hpp"

namespace convict::tests {
namespace {

/// A tensor laid out by `shape` in memory that is NaN everywhere else.
template <class T, std::size_t Rank>
class Placed {
 public:
  Placed(const Values& values, const Shape<Rank>& shape)
      : shape_(shape), memory_(static_cast<std::size_t>(shape.span()), nan()) {
    if (values.empty()) return;
    auto next = values.begin();
    for_each_index(shape_, [&](const auto& index) { at(index) = static_cast<T>(*next++); });
  }

  T* data() { return memory_.data(); }

  /// Returns the elements. Throws std::logic_error when a gap was written.
  Values taken() {
    Values values;
    for_each_index(shape_, [&](const auto& index) {
      values.push_back(static_cast<double>(at(index)));
      at(index) = nan();
    });
    for (const T& gap : memory_)
      if (!std::isnan(static_cast<double>(gap))) throw std::logic_error("a gap was written");
    return values;
  }

 private:
  static T nan() { return static_cast<T>(std::numeric_limits<double>::quiet_NaN()); }
  T& at(const std::array<index_t, Rank>& index) {
    return memory_[static_cast<std::size_t>(shape_.offset(index))];
  }

  Shape<Rank> shape_;
  std::vector<T> memory_;
};

template <class T>
Values rounded(const Values& values) {
  Values result;
  for (const double value : values) result.push_back(static_cast<double>(static_cast<T>(value)));
  return result;
}

bool same_bits_or_nan(const Values& a, const Values& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i] && !(std::isnan(a[i]) && std::isnan(b[i]))) return false;
  return true;
}

template <class T>
Values direct_as(const Call& call, const Problem& problem) {
  Operands given = call.operands;
  if (call.beta == 0) result_of(call.pass, given).clear();
  Placed<T, 5> input(given.input, problem.shapes.input);
  Placed<T, 8> filters(given.filters, problem.shapes.filters);
  Placed<T, 5> output(given.output, problem.shapes.output);

  reference::kernels().front().run(
      problem, {.input = input.data(), .filters = filters.data(), .output = output.data()});

  Operands after{input.taken(), filters.taken(), output.taken()};
  Values result = std::exchange(result_of(call.pass, after), {});
  result_of(call.pass, given).clear();
  for (const auto tensor : {&Operands::input, &Operands::filters, &Operands::output})
    if (!same_bits_or_nan(after.*tensor, rounded<T>(given.*tensor)))
      throw std::logic_error("an operand was changed");
  return result;
}

}  // namespace

Values& result_of(Pass pass, Operands& operands) {
  if (pass == Pass::forward) return operands.output;
  return pass == Pass::grad_input ? operands.input : operands.filters;
}

Call with_old_result(Call call, Values old_result) {
  result_of(call.pass, call.operands) = std::move(old_result);
  return call;
}

Values direct(const Call& call, Precision precision, Layout layout, index_t pitch) {
  const Problem problem{.spec = call.spec,
                        .pass = call.pass,
                        .precision = precision,
                        .alpha = call.alpha,
                        .beta = call.beta,
                        .threads = 1,
                        .shapes = shapes_of(call.spec, layout, pitch)};
  if (const auto why = refusal(reference::kernels().front(), problem))
    throw std::logic_error("reference.direct refuses: " + *why);
  return with_storage_type(precision, [&]<class T>(T) { return direct_as<T>(call, problem); });
}

reference::Truth truth(const Call& call, reference::Width width) {
  Operands given = call.operands;
  const Values old_result = std::exchange(result_of(call.pass, given), {});
  reference::Question question{.spec = call.spec,
                               .pass = call.pass,
                               .input = given.input,
                               .filters = given.filters,
                               .output = given.output,
                               .alpha = call.alpha,
                               .beta = call.beta,
                               .old_result = {}};
  if (call.beta != 0) question.old_result = old_result;
  return reference::truth(question, width);
}

Values Dice::integers(index_t count) {
  Values values;
  for (index_t i = 0; i < count; ++i)
    values.push_back(static_cast<double>(one_in(2) ? between(1, 8) : -between(1, 8)));
  return values;
}

namespace {

/// A random spec, which may have no output.
ConvSpec any_spec(Dice& dice) {
  ConvSpec spec;
  spec.rank = static_cast<int>(dice.between(1, 3));
  spec.batch = dice.one_in(40) ? 0 : dice.between(1, 3);
  spec.groups = dice.one_in(2) ? 1 : dice.between(2, 3);
  spec.in_channels = spec.groups * (dice.one_in(40) ? 0 : dice.between(1, 3));
  spec.out_channels = spec.groups * (dice.one_in(40) ? 0 : dice.between(1, 3));
  const std::array borders = {BorderMode::none, BorderMode::none, BorderMode::valid,
                              BorderMode::half, BorderMode::full};
  spec.border = borders[static_cast<std::size_t>(dice.between(0, 4))];
  const index_t longest = spec.rank == 1 ? 12 : spec.rank == 2 ? 7 : 4;
  for (std::size_t a = 0; a < static_cast<std::size_t>(spec.rank); ++a) {
    spec.input[a] = dice.between(dice.one_in(20) ? 0 : 1, longest);
    spec.filter[a] = dice.between(1, spec.rank == 3 ? 3 : 4);
    spec.stride[a] = dice.one_in(2) ? 1 : dice.between(2, 3);
    spec.dilation[a] = dice.one_in(2) ? 1 : dice.between(2, 3);
    if (spec.border == BorderMode::none && !dice.one_in(3))
      spec.padding[a] = {dice.between(0, 3), dice.between(0, 3)};
  }
  spec.flip = dice.one_in(2);
  spec.unshared = dice.one_in(4);
  return spec;
}

}  // namespace

ConvSpec random_spec(Dice& dice) {
  constexpr index_t most_flops = 6000;
  for (;;) {
    const ConvSpec spec = any_spec(dice);
    if (!why_invalid(spec) && flops(spec) <= most_flops) return spec;
  }
}

Operands random_operands(const ConvSpec& spec, Dice& dice) {
  Operands operands;
  operands.input = dice.integers(input_elements(spec));
  operands.filters = dice.integers(filter_elements(spec));
  operands.output = dice.integers(output_elements(spec));
  return operands;
}

Call call_of(const ConvSpec& spec, Pass pass, Operands operands) {
  return {.spec = spec, .pass = pass, .operands = std::move(operands)};
}

}  // namespace convict::tests
