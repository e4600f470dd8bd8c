// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <functional>
#include <numeric>

#include "core/geometry.hpp"
#include "core/half.hpp"
#include "core/spec_text.hpp"
#include "tests/reference/cases.hpp"

/// Relations between the results of different problems, for random specs with integer operands,
/// where every sum is exact. Each property has problems of its own, the same in every run.
namespace convict::tests {

BOOST_AUTO_TEST_SUITE(properties_test)

namespace {

constexpr std::uint64_t specs_per_property = 300;

/// Calls property(spec, operands) for every problem of a series and reports which one failed.
void for_random_problems(std::uint64_t series,
                         const std::function<void(const ConvSpec&, const Operands&)>& property) {
  for (std::uint64_t i = 0; i < specs_per_property; ++i) {
    const std::uint64_t seed = series * specs_per_property + i;
    Dice dice(seed);
    const ConvSpec spec = random_spec(dice);
    BOOST_TEST_CONTEXT("problem " << seed << ": " << to_string(spec)) {
      property(spec, random_operands(spec, dice));
    }
  }
}

double dot(const Values& a, const Values& b) {
  BOOST_TEST_REQUIRE(a.size() == b.size());
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

void check_same(const Values& actual, const Values& expected) {
  BOOST_TEST(actual == expected, boost::test_tools::per_element());
}

/// Result[map(index)] = values[index], zero elsewhere.
template <std::size_t Rank, class Map>
Values spread(const Values& values, const Shape<Rank>& from, const Shape<Rank>& to, Map map) {
  Values result(static_cast<std::size_t>(to.elements()));
  auto next = values.begin();
  for_each_index(from, [&](const auto& index) {
    result[static_cast<std::size_t>(to.offset(map(index)))] = *next++;
  });
  return result;
}

/// Result[index] = values[map(index)].
template <std::size_t Rank, class Map>
Values pick(const Values& values, const Shape<Rank>& from, const Shape<Rank>& to, Map map) {
  Values result;
  for_each_index(to, [&](const auto& index) {
    result.push_back(values[static_cast<std::size_t>(from.offset(map(index)))]);
  });
  return result;
}

/// An index map that multiplies the three entries from `first` on.
auto times(std::size_t first, const Axes& factors) {
  return [first, factors](auto index) {
    for (std::size_t a = 0; a < max_rank; ++a) index[first + a] *= factors[a];
    return index;
  };
}

ConvSpec undilated(const ConvSpec& spec) {
  ConvSpec result = with_explicit_padding(spec);
  for (int axis = 0; axis < spec.rank; ++axis)
    result.filter[static_cast<std::size_t>(axis)] = dilated_extent(spec, axis);
  result.dilation = {1, 1, 1};
  return result;
}

ConvSpec unit_stride(const ConvSpec& spec) {
  ConvSpec result = spec;
  result.stride = {1, 1, 1};
  return result;
}

/// One group of a grouped problem, as a problem of its own, and the part of each tensor it uses.
struct Group {
  ConvSpec spec;
  Operands operands;
};
Group group_of(const ConvSpec& spec, const Operands& operands, index_t group) {
  Group result{.spec = spec, .operands = {}};
  result.spec.groups = 1;
  result.spec.in_channels /= spec.groups;
  result.spec.out_channels /= spec.groups;
  const TensorShapes whole = shapes_of(spec);
  const TensorShapes part = shapes_of(result.spec);
  const auto shifted = [group](std::size_t axis, index_t extent) {
    return [=](auto index) {
      index[axis] += group * extent;
      return index;
    };
  };
  result.operands.input =
      pick(operands.input, whole.input, part.input, shifted(1, result.spec.in_channels));
  result.operands.filters =
      pick(operands.filters, whole.filters, part.filters, shifted(0, result.spec.out_channels));
  result.operands.output =
      pick(operands.output, whole.output, part.output, shifted(1, result.spec.out_channels));
  return result;
}

Values value_of(const ConvSpec& spec, Pass pass, const Operands& operands) {
  return truth(call_of(spec, pass, operands)).value;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_kernel_agrees_with_truth_in_both_widths) {
  for_random_problems(1, [](const ConvSpec& spec, const Operands& operands) {
    for (const Pass pass : all_passes) {
      Call call = call_of(spec, pass, operands);
      call.alpha = -1.5;
      call.beta = 0.5;
      check_same(direct(call), truth(call).value);
      check_same(direct(call), truth(call, reference::Width::twice_f64).value);
    }
  });
}

BOOST_AUTO_TEST_CASE(the_gradients_are_adjoints_of_forward) {
  for_random_problems(2, [](const ConvSpec& spec, const Operands& operands) {
    const double expected = dot(value_of(spec, Pass::forward, operands), operands.output);
    BOOST_TEST(dot(value_of(spec, Pass::grad_input, operands), operands.input) == expected);
    BOOST_TEST(dot(value_of(spec, Pass::grad_weights, operands), operands.filters) == expected);
    BOOST_TEST(dot(direct(call_of(spec, Pass::grad_input, operands)), operands.input) == expected);
    BOOST_TEST(dot(direct(call_of(spec, Pass::grad_weights, operands)), operands.filters) ==
               expected);
  });
}

BOOST_AUTO_TEST_CASE(flip_means_reversed_taps) {
  for_random_problems(3, [](const ConvSpec& spec, const Operands& operands) {
    ConvSpec other = spec;
    other.flip = !spec.flip;
    const FilterShape bank = shapes_of(spec).filters;
    const auto reversed = [&](const Values& filters) {
      return pick(filters, bank, bank, [&](auto index) {
        for (std::size_t a = 5; a < 8; ++a) index[a] = bank.extents[a] - 1 - index[a];
        return index;
      });
    };
    const Operands flipped{operands.input, reversed(operands.filters), operands.output};

    for (const Pass pass : {Pass::forward, Pass::grad_input})
      check_same(value_of(spec, pass, operands), value_of(other, pass, flipped));
    check_same(value_of(spec, Pass::grad_weights, operands),
               reversed(value_of(other, Pass::grad_weights, operands)));
  });
}

BOOST_AUTO_TEST_CASE(dilation_means_a_filter_with_zeros_between_its_taps) {
  for_random_problems(4, [](const ConvSpec& spec, const Operands& operands) {
    const ConvSpec dense = undilated(spec);
    const FilterShape bank = shapes_of(spec).filters;
    const FilterShape wide = shapes_of(dense).filters;
    const auto between = times(5, geometry_of(spec).dilation);
    const Operands stuffed{operands.input, spread(operands.filters, bank, wide, between),
                           operands.output};

    for (const Pass pass : {Pass::forward, Pass::grad_input})
      check_same(value_of(spec, pass, operands), value_of(dense, pass, stuffed));
    check_same(value_of(spec, Pass::grad_weights, operands),
               pick(value_of(dense, Pass::grad_weights, operands), wide, bank, between));
  });
}

BOOST_AUTO_TEST_CASE(stride_means_every_sth_output_of_unit_stride) {
  for_random_problems(5, [](const ConvSpec& spec, const Operands& operands) {
    const ConvSpec dense = unit_stride(spec);
    const TensorShapes coarse = shapes_of(spec);
    const TensorShapes fine = shapes_of(dense);
    const Axes steps = geometry_of(spec).stride;
    const auto banks = times(1, spec.unshared ? steps : Axes{1, 1, 1});
    const Operands stuffed{operands.input,
                           spread(operands.filters, coarse.filters, fine.filters, banks),
                           spread(operands.output, coarse.output, fine.output, times(2, steps))};

    check_same(
        value_of(spec, Pass::forward, operands),
        pick(value_of(dense, Pass::forward, stuffed), fine.output, coarse.output, times(2, steps)));
    check_same(value_of(spec, Pass::grad_input, operands),
               value_of(dense, Pass::grad_input, stuffed));
    check_same(
        value_of(spec, Pass::grad_weights, operands),
        pick(value_of(dense, Pass::grad_weights, stuffed), fine.filters, coarse.filters, banks));
  });
}

BOOST_AUTO_TEST_CASE(equal_unshared_banks_are_one_shared_filter) {
  for_random_problems(6, [](ConvSpec spec, Operands operands) {
    spec.unshared = false;
    ConvSpec unshared = spec;
    unshared.unshared = true;
    const FilterShape bank = shapes_of(spec).filters;
    const FilterShape banks = shapes_of(unshared).filters;
    const auto first_bank = times(1, {0, 0, 0});
    Dice dice(7);
    operands.filters = dice.integers(bank.elements());
    const Operands repeated{operands.input, pick(operands.filters, bank, banks, first_bank),
                            operands.output};

    for (const Pass pass : {Pass::forward, Pass::grad_input})
      check_same(value_of(spec, pass, operands), value_of(unshared, pass, repeated));

    const Values per_bank = value_of(unshared, Pass::grad_weights, operands);
    Values summed(static_cast<std::size_t>(bank.elements()));
    auto next = per_bank.begin();
    for_each_index(banks, [&](const auto& index) {
      summed[static_cast<std::size_t>(bank.offset(first_bank(index)))] += *next++;
    });
    check_same(value_of(spec, Pass::grad_weights, operands), summed);
  });
}

BOOST_AUTO_TEST_CASE(groups_are_independent_problems) {
  for_random_problems(7, [](const ConvSpec& spec, const Operands& operands) {
    Operands computed;
    for (const Pass pass : all_passes) result_of(pass, computed) = value_of(spec, pass, operands);
    for (index_t group = 0; group < spec.groups; ++group) {
      const Group alone = group_of(spec, operands, group);
      Group expected = group_of(spec, computed, group);
      for (const Pass pass : all_passes)
        check_same(value_of(alone.spec, pass, alone.operands), result_of(pass, expected.operands));
    }
  });
}

BOOST_AUTO_TEST_CASE(leading_axes_of_extent_one_change_nothing) {
  for_random_problems(8, [](const ConvSpec& spec, const Operands& operands) {
    for (const Pass pass : all_passes)
      check_same(value_of(spec, pass, operands), value_of(lifted(spec), pass, operands));
  });
}

BOOST_AUTO_TEST_CASE(a_symbolic_border_is_the_padding_it_stands_for) {
  for_random_problems(9, [](const ConvSpec& spec, const Operands& operands) {
    for (const Pass pass : all_passes)
      check_same(value_of(spec, pass, operands),
                 value_of(with_explicit_padding(spec), pass, operands));
  });
}

BOOST_AUTO_TEST_CASE(the_kernel_takes_every_layout_and_pitch) {
  for_random_problems(10, [](const ConvSpec& spec, const Operands& operands) {
    for (const Pass pass : all_passes) {
      Call call = call_of(spec, pass, operands);
      call.beta = 2;
      const Values expected = direct(call);
      for (const Layout layout : {Layout::nchw, Layout::nhwc})
        for (const index_t pitch : {0, 3})
          check_same(direct(call, Precision::f64, layout, pitch), expected);
    }
  });
}

BOOST_AUTO_TEST_CASE(the_kernel_rounds_an_exact_sum_once_in_every_precision) {
  for_random_problems(11, [](const ConvSpec& spec, const Operands& operands) {
    for (const Pass pass : all_passes) {
      const Call call = call_of(spec, pass, operands);
      const Values exact = truth(call).value;
      for (const Precision precision : {Precision::f32, Precision::bf16, Precision::f16}) {
        Values expected;
        for (const double value : exact) expected.push_back(round_to(format_of(precision), value));
        check_same(direct(call, precision), expected);
      }
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace convict::tests
