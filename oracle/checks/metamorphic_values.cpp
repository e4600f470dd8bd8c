// SPDX-License-Identifier: Apache-2.0
// Metamorphic relations between results of one problem on related operands: linearity, additivity,
// impulses.
#include <fmt/format.h>

#include <algorithm>

#include "datasets/random.hpp"
#include "oracle/checks/expectation.hpp"
#include "oracle/checks/metamorphic.hpp"
#include "oracle/checks/numbers.hpp"
#include "oracle/judge/layers.hpp"

namespace convict::oracle {
namespace {

/// factor * result of a call on these two operands.
struct Term {
  double factor;
  std::vector<double> first, second;
};

/// An equation between results of the trial's problem; on real data the two sides may differ by the
/// sum of the bounds of all its terms.
class Equation {
 public:
  Equation(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
           bool exact)
      : trial_(trial),
        claims_(subject.kernel.claims),
        calls_(subject, sandbox),
        problem_(problem_with(trial, trial.spec, trial.pass, harmless_alpha(trial))),
        exact_(exact) {}

  Verdict judge(const std::string& says, const Term& left, const std::vector<Term>& right) {
    std::vector<double> subject(size(), 0.0);
    std::vector<double> expected(size(), 0.0);
    if (auto verdict = add(left, subject)) return *verdict;
    for (const Term& term : right)
      if (auto verdict = add(term, expected)) return *verdict;
    return verdict_on({.trial = trial_,
                       .layer = metamorphic_layer,
                       .says = says,
                       .subject = subject,
                       .expected = expected,
                       .bound = bound_});
  }

 private:
  std::size_t size() const {
    return static_cast<std::size_t>(elements_of(trial_.spec, trial_.pass));
  }

  std::optional<Verdict> add(const Term& term, std::vector<double>& side) {
    Tensors tensors;
    const auto [first, second] = operands_read_by(trial_.pass);
    tensors[first] = term.first;
    tensors[second] = term.second;
    const datasets::Operands operands = operands_for(trial_.pass, tensors);
    const Called called = calls_(problem_, operands, trial_.recipe);
    if (called.verdict) return called.verdict;
    for (std::size_t at = 0; at < side.size(); ++at) side[at] += term.factor * called.values[at];
    if (!exact_) add_bound(term.factor, bounds_of(problem_, operands, claims_));
    return std::nullopt;
  }

  void add_bound(double factor, const std::vector<double>& bounds) {
    bound_.resize(size(), 0.0);
    for (std::size_t at = 0; at < bound_.size(); ++at) bound_[at] += factor * bounds[at];
  }

  const Trial& trial_;
  const Claims& claims_;
  Calls calls_;
  Problem problem_;
  bool exact_;
  std::vector<double> bound_;
};

std::vector<double> sum(double factor, const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result(a.size());
  std::ranges::transform(a, b, result.begin(), [&](double x, double y) { return factor * x + y; });
  return result;
}

/// Two tensors, a and b, for each operand. On real data the elements of b are +-1, so that 2 a + b
/// and a + b are exact.
struct TwoPairs {
  std::vector<double> first_a, first_b, second_a, second_b;
};

TwoPairs pairs_for(const Trial& trial, const Numbers& numbers) {
  const auto [first, second] = operands_read_by(trial.pass);
  const auto other = [&](index_t count, std::uint64_t stream) {
    return numbers.exact ? numbers(count, stream) : numbers.signs(count, stream);
  };
  const index_t firsts = elements_of(trial.spec, first);
  const index_t seconds = elements_of(trial.spec, second);
  return {numbers(firsts, 1), other(firsts, 2), numbers(seconds, 3), other(seconds, 4)};
}

enum class Operand { first, second };

Verdict linear_in(Operand operand, const Trial& trial, const sandbox::Subject& subject,
                  sandbox::Sandbox& sandbox) {
  std::string why_not;
  const auto numbers = numbers_for(trial, subject.kernel.claims, std::array{trial.pass},
                                   spare_bits_for_sums, why_not);
  if (!numbers) return unsupported(metamorphic_layer, why_not);
  TwoPairs with = pairs_for(trial, *numbers);
  const auto [first, second] = operands_read_by(trial.pass);
  const bool in_first = operand == Operand::first;
  const std::vector<double>& a = in_first ? with.first_a : with.second_a;
  const std::vector<double>& b = in_first ? with.first_b : with.second_b;
  const auto term = [&](double factor, const std::vector<double>& varied) {
    return in_first ? Term{factor, varied, with.second_a} : Term{factor, with.first_a, varied};
  };
  return Equation(trial, subject, sandbox, numbers->exact)
      .judge(fmt::format("linearity in the {}", tensor_name(in_first ? first : second)),
             term(1, sum(2, a, b)), {term(2, a), term(1, b)});
}

/// The element of a dense tensor, or a reference to it.
template <std::size_t Rank>
double& at(std::vector<double>& values, const Shape<Rank>& shape,
           const std::array<index_t, Rank>& index) {
  return values[static_cast<std::size_t>(shape.offset(index))];
}

/// Calls visit(k, group, c within the group, tap) for all (k, c, tap) that are multiplied with
/// channel `channel` of the image-like tensor that holds the impulse: its group's channels on the
/// other side, and every tap.
template <class Visit>
void for_each_partner(const Geometry& g, Pass pass, index_t channel, Visit&& visit) {
  const bool by_output = pass == Pass::grad_input;
  const index_t group = channel / (by_output ? g.group_out_channels : g.group_in_channels);
  const index_t local = channel % (by_output ? g.group_out_channels : g.group_in_channels);
  const index_t partners = by_output ? g.group_in_channels : g.group_out_channels;
  const auto taps = row_major(std::array{partners, g.filter[0], g.filter[1], g.filter[2]});
  for_each_index(taps, [&](const std::array<index_t, 4>& index) {
    const Axes tap = {index[1], index[2], index[3]};
    const index_t k = group * g.group_out_channels + (by_output ? local : index[0]);
    visit(k, group, by_output ? index[0] : local, tap);
  });
}

/// The position that `tap` pairs with `position`: for grad_input the input position of an output,
/// else the output position of an input. Nothing when it is padding or lies between two strides.
std::optional<Axes> other_end(const Geometry& g, Pass pass, const Axes& position, const Axes& tap) {
  Axes other{};
  for (int axis = 0; axis < max_rank; ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    other[a] = pass == Pass::grad_input ? g.input_position(axis, position[a], tap[a])
                                        : g.output_position(axis, position[a], tap[a]);
    if (other[a] < 0 || (pass == Pass::grad_input && !g.inside_input(axis, other[a])))
      return std::nullopt;
  }
  return other;
}

/// The right result for an impulse at `index` of the first operand.
std::vector<double> response(const Trial& trial, const ImageIndex& index,
                             std::vector<double>& second) {
  const Geometry g = geometry_of(trial.spec);
  const TensorShapes shapes = shapes_of(trial.spec);
  std::vector<double> result(static_cast<std::size_t>(elements_of(trial.spec, trial.pass)), 0.0);
  const Axes position = {index[2], index[3], index[4]};
  for_each_partner(g, trial.pass, index[1], [&](index_t k, index_t group, index_t c, Axes tap) {
    const auto other = other_end(g, trial.pass, position, tap);
    if (!other) return;
    const Axes& out = trial.pass == Pass::grad_input ? position : *other;
    const Axes bank = g.unshared ? out : Axes{0, 0, 0};
    const FilterIndex w = {k, bank[0], bank[1], bank[2], c, tap[0], tap[1], tap[2]};
    const ImageIndex y = {index[0], k, out[0], out[1], out[2]};
    const ImageIndex x = {index[0], group * g.group_in_channels + c, (*other)[0], (*other)[1],
                          (*other)[2]};
    switch (trial.pass) {
      case Pass::forward: at(result, shapes.output, y) = at(second, shapes.filters, w); break;
      case Pass::grad_input: at(result, shapes.input, x) = at(second, shapes.filters, w); break;
      case Pass::grad_weights: at(result, shapes.filters, w) = at(second, shapes.output, y); break;
    }
  });
  return result;
}

ImageIndex index_of(const InputShape& shape, index_t offset) {
  ImageIndex index{};
  for (std::size_t a = index.size(); a-- > 0; offset /= shape.extents[a])
    index[a] = offset % shape.extents[a];
  return index;
}

/// The first and the last element, and four random ones.
std::vector<index_t> places(const Trial& trial, index_t count) {
  constexpr int between = 4;
  std::vector<index_t> chosen = {0, count - 1};
  datasets::Draws draws(trial.recipe.seed, 9);
  for (int i = 0; i < between; ++i) chosen.push_back(draws.below(count));
  return chosen;
}

}  // namespace

Verdict linear_in_first(const Trial& trial, const sandbox::Subject& subject,
                        sandbox::Sandbox& sandbox, Cases&) {
  return linear_in(Operand::first, trial, subject, sandbox);
}

Verdict linear_in_second(const Trial& trial, const sandbox::Subject& subject,
                         sandbox::Sandbox& sandbox, Cases&) {
  return linear_in(Operand::second, trial, subject, sandbox);
}

Verdict additivity(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                   Cases&) {
  std::string why_not;
  const auto numbers = numbers_for(trial, subject.kernel.claims, std::array{trial.pass},
                                   spare_bits_for_sums, why_not);
  if (!numbers) return unsupported(metamorphic_layer, why_not);
  const TwoPairs with = pairs_for(trial, *numbers);
  return Equation(trial, subject, sandbox, numbers->exact)
      .judge("additivity",
             {1, sum(1, with.first_a, with.first_b), sum(1, with.second_a, with.second_b)},
             {{1, with.first_a, with.second_a},
              {1, with.first_a, with.second_b},
              {1, with.first_b, with.second_a},
              {1, with.first_b, with.second_b}});
}

Verdict impulse(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases&) {
  std::string why_not;
  const auto numbers =
      numbers_for(trial, subject.kernel.claims, std::array{trial.pass}, 0, why_not);
  if (!numbers) return unsupported(metamorphic_layer, why_not);
  const auto [first, second] = operands_read_by(trial.pass);
  const TensorShapes shapes = shapes_of(trial.spec);
  const InputShape& shape = first == Pass::forward ? shapes.output : shapes.input;
  const index_t count = shape.elements();
  Calls calls(subject, sandbox);
  Tensors tensors;
  tensors[second] = (*numbers)(elements_of(trial.spec, second), 1);
  Verdict verdict = unsupported(metamorphic_layer, "no impulse was tried");
  for (const index_t place : places(trial, count)) {
    tensors[first].assign(static_cast<std::size_t>(count), 0.0);
    tensors[first][static_cast<std::size_t>(place)] = 1;
    const Problem problem = problem_with(trial, trial.spec, trial.pass);
    const datasets::Operands operands = operands_for(trial.pass, tensors);
    const Called called = calls(problem, operands, trial.recipe);
    if (called.verdict) return *called.verdict;
    const std::vector<double> expected = response(trial, index_of(shape, place), tensors[second]);
    const std::vector<double> bound = numbers->exact
                                          ? std::vector<double>()
                                          : bounds_of(problem, operands, subject.kernel.claims);
    Verdict here = verdict_on(
        {.trial = trial,
         .layer = metamorphic_layer,
         .says = fmt::format("impulse in element {} of the {}", place, tensor_name(first)),
         .subject = called.values,
         .expected = expected,
         .bound = bound});
    // An impulse that no output reads gives zeros only: that is right, and no reason to mistrust.
    if (here.outcome == Outcome::mistrusted) here.outcome = Outcome::pass;
    if (is_finding(here.outcome)) return here;
    verdict = std::move(here);
    verdict.reason.clear();
  }
  return verdict;
}

}  // namespace convict::oracle
