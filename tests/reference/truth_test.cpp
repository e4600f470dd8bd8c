// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "core/spec_text.hpp"
#include "reference/product_counts.hpp"
#include "tests/reference/cases.hpp"

/// The fields of Truth besides the value: magnitude, multiply-adds, correction, ambiguity.
namespace convict::tests {

BOOST_AUTO_TEST_SUITE(truth_test)

namespace {

__extension__ using quad = __float128;

constexpr double infinity = std::numeric_limits<double>::infinity();
const double nan = std::numeric_limits<double>::quiet_NaN();

Values absolute(Values values) {
  for (double& value : values) value = std::fabs(value);
  return values;
}

Values ones(Values values) {
  for (double& value : values) value = 1;
  return values;
}

/// sum a[i] * b[i] as each pass computes it: over input channels, output channels, or the batch.
Call dot_product(Pass pass, const Values& a, const Values& b) {
  const auto n = std::to_string(a.size());
  if (pass == Pass::forward)
    return call_of(parse_valid_spec("c" + n + "_i1_k1_f1"), pass, {a, b, {}});
  if (pass == Pass::grad_input)
    return call_of(parse_valid_spec("c1_i1_k" + n + "_f1"), pass, {{}, a, b});
  return call_of(parse_valid_spec("n" + n + "_c1_i1_k1_f1"), pass, {a, {}, b});
}

/// |value + correction - exact| <= n^2 2^-104 S + 2^-1073, exact the same sum in 113 bits: the
/// second-order error of Dot2 (Ogita, Rump, Oishi 2005, Proposition 5.5) and of the 113 bits
/// themselves, and the rounding of two doubles that are subnormal.
void check_twice_as_wide(const Call& call, const Values& a, const Values& b) {
  quad exact = 0;
  quad magnitude = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const quad product = static_cast<quad>(a[i]) * b[i];
    exact += call.alpha * product;
    magnitude += std::fabs(call.alpha) * (product < 0 ? -product : product);
  }
  const auto terms = static_cast<double>(a.size() + 2);

  const reference::Truth answer = truth(call, reference::Width::twice_f64);
  const quad error = static_cast<quad>(answer.value[0]) + answer.correction[0] - exact;
  const quad bound = terms * terms * 0x1p-104 * magnitude + 0x1p-1073;

  BOOST_TEST((error <= bound && -error <= bound),
             name_of(call.pass) << " over " << a.size() << " products is off by "
                                << static_cast<double>(error) << ", more than "
                                << static_cast<double>(bound));
  BOOST_TEST(answer.value[0] == answer.value[0] + answer.correction[0]);
  BOOST_TEST(std::fabs(answer.magnitude[0] - static_cast<double>(magnitude)) <=
             terms * 0x1p-52 * static_cast<double>(magnitude));
}

/// Uniform in [-1, 1) with all 53 bits in use.
double fraction(Dice& dice) {
  return std::ldexp(static_cast<double>(dice.between(-(index_t{1} << 53), (index_t{1} << 53) - 1)),
                    -53);
}

/// Terms that cancel to about 1e-16 of their size: each large product comes back with the other
/// sign and one factor moved by a few units in the last place.
void cancelling(Dice& dice, Values& a, Values& b) {
  for (int i = 0; i < 40; ++i) {
    const double left = std::ldexp(fraction(dice), 20);
    const double right = std::ldexp(fraction(dice), 20);
    a.insert(a.end(), {left, -left});
    b.insert(b.end(), {right, right * (1 + static_cast<double>(dice.between(-2, 2)) * 0x1p-52)});
  }
}

/// Factors of magnitude 2^least to 2^most.
void wide_range(Dice& dice, index_t least, index_t most, Values& a, Values& b) {
  for (int i = 0; i < 60; ++i) {
    a.push_back(std::ldexp(fraction(dice), static_cast<int>(dice.between(least, most))));
    b.push_back(std::ldexp(fraction(dice), static_cast<int>(dice.between(least, most))));
  }
}

template <class Fill>
void check_dot_products(Fill fill, double alpha = 1) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Dice dice(seed);
    Values a;
    Values b;
    fill(dice, a, b);
    for (const Pass pass : all_passes) {
      Call call = dot_product(pass, a, b);
      call.alpha = alpha;
      check_twice_as_wide(call, a, b);
    }
  }
}

std::vector<int> flags(const Call& call) {
  std::vector<int> result;
  for (const std::uint8_t flag : truth(call).ambiguous) result.push_back(flag);
  return result;
}

void check_ambiguous(const Call& call, const std::vector<int>& expected) {
  BOOST_TEST(flags(call) == expected, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_CASE(magnitude_is_the_truth_of_absolute_operands) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Dice dice(seed);
    const ConvSpec spec = random_spec(dice);
    const Operands given = random_operands(spec, dice);
    for (const Pass pass : all_passes) {
      Call call = call_of(spec, pass, given);
      call.alpha = -0.5;
      call.beta = seed % 2 == 0 ? -3 : 0;
      Call bare = call_of(spec, pass,
                          {absolute(given.input), absolute(given.filters), absolute(given.output)});
      bare.alpha = 0.5;
      bare.beta = std::fabs(call.beta);

      BOOST_TEST_CONTEXT(to_string(spec) << " " << name_of(pass))
      BOOST_TEST(truth(call).magnitude == truth(bare).value, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(number_of_multiply_adds_is_the_truth_of_all_ones) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Dice dice(seed);
    const ConvSpec spec = random_spec(dice);
    const Operands given = random_operands(spec, dice);
    const Operands counters{ones(given.input), ones(given.filters), ones(given.output)};
    for (const Pass pass : all_passes) {
      const std::vector<index_t> products = truth(call_of(spec, pass, given)).products;
      BOOST_TEST_CONTEXT(to_string(spec) << " " << name_of(pass))
      BOOST_TEST(
          Values(products.begin(), products.end()) == truth(call_of(spec, pass, counters)).value,
          boost::test_tools::per_element());
      const std::vector<index_t> counts = reference::product_counts(spec, pass);
      for (std::size_t at = 0; at < products.size(); ++at)
        BOOST_TEST(counts[at % counts.size()] == products[at]);
    }
  }
}

BOOST_AUTO_TEST_CASE(twice_the_width_survives_cancellation) { check_dot_products(cancelling); }

BOOST_AUTO_TEST_CASE(a_plain_sum_does_not_survive_the_same_cancellation) {
  Dice dice(1);
  Values a;
  Values b;
  cancelling(dice, a, b);
  const Call call = dot_product(Pass::forward, a, b);

  const double plain = truth(call).value[0];
  const double wide = truth(call, reference::Width::twice_f64).value[0];

  BOOST_TEST(std::fabs(plain - wide) > 1e-3 * std::fabs(wide));
}

BOOST_AUTO_TEST_CASE(a_sum_below_the_last_bit_of_its_terms_is_found) {
  // 2^53 * 2^53 + 1 * 1 - 2^53 * 2^53
  const Call call = dot_product(Pass::forward, {0x1p53, 1, -0x1p53}, {0x1p53, 1, 0x1p53});
  BOOST_TEST(truth(call, reference::Width::twice_f64).value[0] == 1);

  // (1 + 2^-52)^2 = 1 + 2^-51 + 2^-104
  const Call square = dot_product(Pass::forward, {1 + 0x1p-52}, {1 + 0x1p-52});
  const reference::Truth answer = truth(square, reference::Width::twice_f64);
  BOOST_TEST(answer.value[0] == 1 + 0x1p-51);
  BOOST_TEST(answer.correction[0] == 0x1p-104);
}

BOOST_AUTO_TEST_CASE(twice_the_width_survives_wide_exponents) {
  for (const index_t range : {30, 200, 450, 500})
    check_dot_products(
        [range](Dice& dice, Values& a, Values& b) { wide_range(dice, -range, range, a, b); });
}

BOOST_AUTO_TEST_CASE(twice_the_width_survives_tiny_operands) {
  // 2^-530 is about 3e-160: products are subnormal or vanish.
  check_dot_products([](Dice& dice, Values& a, Values& b) { wide_range(dice, -540, -520, a, b); });
  check_dot_products([](Dice& dice, Values& a, Values& b) { wide_range(dice, -460, -440, a, b); });
}

BOOST_AUTO_TEST_CASE(a_large_alpha_lifts_tiny_sums_without_loss) {
  check_dot_products([](Dice& dice, Values& a, Values& b) { wide_range(dice, -540, -520, a, b); },
                     0x1.23456789abcdep+1000);
}

BOOST_AUTO_TEST_CASE(alpha_and_beta_are_applied_at_twice_the_width) {
  // (1 + 2^-52) * (1 + 2^-52) - 1 * (1 + 2^-51) = 2^-104
  Call call = dot_product(Pass::forward, {1 + 0x1p-52}, {1});
  call.alpha = 1 + 0x1p-52;
  call.beta = -1;
  const reference::Truth answer =
      truth(with_old_result(call, {1 + 0x1p-51}), reference::Width::twice_f64);
  BOOST_TEST(answer.value[0] == 0x1p-104);
}

BOOST_AUTO_TEST_CASE(a_non_finite_weight_that_meets_padding_is_ambiguous) {
  // 0 1 2 0: output 0 has tap 0 in the padding, output 1 has tap 2 there.
  const ConvSpec spec = parse_valid_spec("c1_i2_k1_f3_p1");
  for (const double odd : {infinity, -infinity, nan}) {
    check_ambiguous(call_of(spec, Pass::forward, {{1, 2}, {odd, 1, 1}, {}}), {1, 0});
    check_ambiguous(call_of(spec, Pass::forward, {{1, 2}, {1, odd, 1}, {}}), {0, 0});
    check_ambiguous(call_of(spec, Pass::forward, {{1, 2}, {1, 1, odd}, {}}), {0, 1});
    check_ambiguous(call_of(spec, Pass::forward, {{odd, 2}, {1, 1, 1}, {}}), {0, 0});
  }

  // Skipping is the value; what meets a real input is not ambiguous but infinite.
  const Call call = call_of(spec, Pass::forward, {{1, 2}, {infinity, 1, 1}, {}});
  BOOST_TEST(truth(call).value == (Values{3, infinity}), boost::test_tools::per_element());
  BOOST_TEST(direct(call) == (Values{3, infinity}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_non_finite_weight_over_a_hole_of_grad_input_is_ambiguous) {
  // Stride 2: outputs sit at inputs 0 and 2, input 1 is a hole.
  const ConvSpec spec = parse_valid_spec("c1_i3_k1_f1_s2");
  check_ambiguous(call_of(spec, Pass::grad_input, {{}, {infinity}, {1, 2}}), {0, 1, 0});
  check_ambiguous(call_of(spec, Pass::grad_input, {{}, {1}, {infinity, 2}}), {0, 0, 0});
  const Call call = call_of(spec, Pass::grad_input, {{}, {infinity}, {1, 2}});
  BOOST_TEST(truth(call).value == (Values{infinity, 0, infinity}),
             boost::test_tools::per_element());

  // Behind the last output: input 0 is reached by tap 0 only, input 2 by tap 1 only.
  const ConvSpec edge = parse_valid_spec("c1_i3_k1_f2");
  check_ambiguous(call_of(edge, Pass::grad_input, {{}, {nan, 1}, {1, 2}}), {0, 0, 1});
  check_ambiguous(call_of(edge, Pass::grad_input, {{}, {1, nan}, {1, 2}}), {1, 0, 0});

  // An unshared bank exists only where its output does: nothing to multiply.
  const ConvSpec unshared = parse_valid_spec("c1_i3_k1_f2_unshared");
  for (std::size_t odd = 0; odd < 4; ++odd) {
    Values banks = {1, 2, 3, 4};
    banks[odd] = nan;
    check_ambiguous(call_of(unshared, Pass::grad_input, {{}, banks, {1, 2}}), {0, 0, 0});
  }
}

BOOST_AUTO_TEST_CASE(a_non_finite_top_gradient_that_meets_padding_is_ambiguous) {
  // 0 1 2: at output 0, tap 0 is in the padding.
  const ConvSpec spec = parse_valid_spec("c1_i2_k1_f2_p1:0");
  const Call first = call_of(spec, Pass::grad_weights, {{1, 2}, {}, {infinity, 1}});
  check_ambiguous(first, {1, 0});
  BOOST_TEST(truth(first).value == (Values{1, infinity}), boost::test_tools::per_element());
  check_ambiguous(call_of(spec, Pass::grad_weights, {{1, 2}, {}, {1, infinity}}), {0, 0});
  check_ambiguous(call_of(spec, Pass::grad_weights, {{infinity, 2}, {}, {1, 1}}), {0, 0});
  // Unshared: only the bank of output 0 has the tap in the padding.
  const ConvSpec unshared = parse_valid_spec("c1_i2_k1_f2_p1:0_unshared");
  check_ambiguous(call_of(unshared, Pass::grad_weights, {{1, 2}, {}, {nan, nan}}), {1, 0, 0, 0});
}

BOOST_AUTO_TEST_CASE(non_finite_sums_keep_their_kind_in_both_widths) {
  for (const auto width : {reference::Width::f64, reference::Width::twice_f64}) {
    const auto value = [&](const Values& a, const Values& b) {
      return truth(dot_product(Pass::forward, a, b), width).value[0];
    };
    BOOST_TEST(value({infinity, 1}, {2, 1}) == infinity);
    BOOST_TEST(value({1, -infinity}, {1, 2}) == -infinity);
    BOOST_TEST(std::isnan(value({infinity, -infinity}, {1, 1})));
    BOOST_TEST(std::isnan(value({infinity, 1}, {0, 1})));
    BOOST_TEST(std::isnan(value({nan, 1}, {1, 1})));
    BOOST_TEST(value({infinity, 1e-200}, {2, 1e-200}) == infinity);
  }
}

BOOST_AUTO_TEST_CASE(beta_zero_does_not_read_the_old_result) {
  Call call = dot_product(Pass::forward, {1, 2}, {3, 4});
  call.operands.output = {nan};
  BOOST_TEST(direct(call)[0] == 11);
  BOOST_TEST(truth(call).value[0] == 11);

  call.beta = 1;
  BOOST_TEST(std::isnan(direct(call)[0]));
  BOOST_TEST(std::isnan(truth(call).value[0]));
}

BOOST_AUTO_TEST_CASE(answers_do_not_depend_on_how_many_threads_share_the_work) {
  // Large enough for several threads; reference.direct adds the same doubles in the same order on
  // one.
  const ConvSpec spec = parse_valid_spec("c8_i32x32_k16_f3x3_phalf");
  Dice dice(3);
  Operands operands;
  for (const auto& [tensor, count] : {std::pair{&Operands::input, input_elements(spec)},
                                      std::pair{&Operands::filters, filter_elements(spec)},
                                      std::pair{&Operands::output, output_elements(spec)}})
    for (index_t i = 0; i < count; ++i) (operands.*tensor).push_back(fraction(dice));
  for (const Pass pass : all_passes) {
    const Call call = call_of(spec, pass, operands);
    BOOST_TEST((truth(call).value == direct(call)), name_of(pass));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace convict::tests
