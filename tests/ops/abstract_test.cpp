// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "ops/abstract_conv.hpp"
#include "ops/array_ops.hpp"
#include "ops/errors.hpp"
#include "ops/hints.hpp"
#include "tests/ops/cases.hpp"

namespace convict::ops::test {
namespace {

BOOST_AUTO_TEST_SUITE(abstract_test)

/// All four tensors of a case: image, filters, and an output gradient.
struct Operands {
  Array x, w, t;
};
Operands operands(const Case& c, std::uint32_t seed) {
  return {integers(c.image, seed, Precision::f64), integers(c.kern, seed + 1, Precision::f64),
          integers(top_shape(c), seed + 2, Precision::f64)};
}

BOOST_AUTO_TEST_CASE(equality_is_the_key_of_theano_and_aesara) {
  const AbstractConv op({.border_mode = {1, 2}});

  BOOST_TEST((op == AbstractConv({.border_mode = {{1, 1}, 2}})));
  BOOST_TEST((AbstractConv({.border_mode = 0}) == AbstractConv({.border_mode = "valid"})));
  BOOST_TEST((AbstractConv({}) == AbstractConv({.subsample = {1, 1}, .filter_dilation = {1, 1}})));
  const std::vector<ConvArgs> others = {{.convdim = 1, .border_mode = {1}},
                                        {.border_mode = {2, 1}},
                                        {.border_mode = {1, 2}, .subsample = {1, 2}},
                                        {.border_mode = {1, 2}, .filter_flip = false},
                                        {.imshp = {1, 1, 8, 8}, .border_mode = {1, 2}},
                                        {.kshp = {1, 1, 3, 3}, .border_mode = {1, 2}},
                                        {.border_mode = {1, 2}, .filter_dilation = {2, 1}},
                                        {.border_mode = {1, 2}, .num_groups = 2},
                                        {.border_mode = {1, 2}, .unshared = true}};
  for (const ConvArgs& other : others) BOOST_TEST((op != AbstractConv(other)));
}

BOOST_AUTO_TEST_CASE(perform_is_the_closed_form_in_all_three_directions) {
  for (const Case& c : cases()) {
    const auto [x, w, t] = operands(c, 20);
    const Dims n = spatial(c.image, c.args.convdim);
    const Dims k = spatial(c.kern, c.args.convdim);

    BOOST_TEST((AbstractConv(c.args).perform(x, w) == closed_forward(x, w, c.settings)), c.name);
    BOOST_TEST((AbstractConv_gradInputs(c.args).perform(w, t, n) ==
                closed_grad_inputs(w, t, c.image, c.settings)),
               c.name);
    BOOST_TEST((AbstractConv_gradWeights(c.args).perform(x, t, k) ==
                closed_grad_weights(x, t, c.kern, c.settings)),
               c.name);
  }
}

BOOST_AUTO_TEST_CASE(gradients_of_forward_are_the_two_adjoints) {
  for (const Case& c : cases()) {
    const auto [x, w, t] = operands(c, 30);

    const auto [d_img, d_kern] = AbstractConv(c.args).grad(x, w, t);

    BOOST_TEST((d_img == closed_grad_inputs(w, t, c.image, c.settings)), c.name);
    BOOST_TEST((d_kern == closed_grad_weights(x, t, c.kern, c.settings)), c.name);
  }
}

/// d/dx <g(x, y), cotangent> against a difference that is exact because g is linear in each
/// operand.
template <class Function>
void require_gradient(const std::string& name, const Function& value, const Array& x,
                      const Array& gradient) {
  const Array direction = integers(x.shape(), 77, Precision::f64);
  const double difference = value(sum_of(x, direction)) - value(x);
  BOOST_TEST(difference == dot(gradient, direction), name);
}

BOOST_AUTO_TEST_CASE(the_three_ops_close_under_differentiation) {
  for (const Case& c : cases()) {
    const auto [x, w, t] = operands(c, 40);
    const AbstractConv_gradWeights weights(c.args);
    const AbstractConv_gradInputs inputs(c.args);
    const Dims n = spatial(c.image, c.args.convdim);
    const Dims k = spatial(c.kern, c.args.convdim);
    const Array w_bar = integers(c.kern, 50, Precision::f64);
    const Array x_bar = integers(c.image, 51, Precision::f64);

    const auto [dw_x, dw_t] = weights.grad(x, t, w_bar);
    const auto [dx_w, dx_t] = inputs.grad(w, t, x_bar);

    require_gradient(
        c.name, [&](const Array& v) { return dot(weights(v, t, k), w_bar); }, x, dw_x);
    require_gradient(
        c.name, [&](const Array& v) { return dot(weights(x, v, k), w_bar); }, t, dw_t);
    require_gradient(
        c.name, [&](const Array& v) { return dot(inputs(v, t, n), x_bar); }, w, dx_w);
    require_gradient(
        c.name, [&](const Array& v) { return dot(inputs(w, v, n), x_bar); }, t, dx_t);
  }
}

BOOST_AUTO_TEST_CASE(shape_inputs_of_the_gradients_are_disconnected) {
  using Pattern = std::array<bool, 3>;
  BOOST_TEST((AbstractConv_gradWeights::connection_pattern() == Pattern{true, true, false}));
  BOOST_TEST((AbstractConv_gradInputs::connection_pattern() == Pattern{true, true, false}));
}

BOOST_AUTO_TEST_CASE(r_op_is_the_derivative_along_both_tangents_also_grouped_and_unshared) {
  for (const Case& c : cases()) {
    const auto [x, w, t] = operands(c, 60);
    const Array dx = integers(c.image, 63, Precision::f64);
    const Array dw = integers(c.kern, 64, Precision::f64);
    const AbstractConv op(c.args);
    const Array from_image = closed_forward(dx, w, c.settings);
    const Array from_kern = closed_forward(x, dw, c.settings);

    BOOST_TEST((op.R_op(x, w, &dx, &dw).value() == sum_of(from_image, from_kern)), c.name);
    BOOST_TEST((op.R_op(x, w, &dx, nullptr).value() == from_image), c.name);
    BOOST_TEST((op.R_op(x, w, nullptr, &dw).value() == from_kern), c.name);
    BOOST_TEST(!op.R_op(x, w, nullptr, nullptr).has_value(), c.name);
  }
}

BOOST_AUTO_TEST_CASE(inferred_shapes_are_those_of_the_results) {
  for (const Case& c : cases()) {
    const Hint image = known(c.image);
    const Hint kern = known(c.kern);
    const Hint top = known(top_shape(c));

    BOOST_TEST((AbstractConv(c.args).infer_shape(image, kern) == top), c.name);
    BOOST_TEST((AbstractConv_gradInputs(c.args).infer_shape(
                    kern, top, known(spatial(c.image, c.args.convdim))) == image),
               c.name);
    BOOST_TEST((AbstractConv_gradWeights(c.args).infer_shape(
                    image, top, known(spatial(c.kern, c.args.convdim))) == kern),
               c.name);
  }
}

BOOST_AUTO_TEST_CASE(hints_are_trusted_by_shape_inference) {
  const AbstractConv op({.imshp = {7, 3, 20, std::nullopt}, .kshp = {5, 3, 3, 3}});

  const Hint shape = op.infer_shape(Hint(4), {std::nullopt, 3, 3, 3});

  BOOST_TEST((shape == Hint{7, 5, 18, std::nullopt}));
}

BOOST_AUTO_TEST_CASE(flops_are_two_per_useful_multiplication_in_every_direction) {
  // 2 B F o0 o1 C/G k0 k1 = 2 * 2 * 9 * 3 * 4 * 2 * 3 * 2
  const ConvArgs args = {.num_groups = 3};
  const Dims image = {2, 6, 5, 5};
  const Dims kern = {9, 2, 3, 2};
  const Dims top = {2, 9, 3, 4};

  BOOST_TEST(AbstractConv(args).flops(image, kern) == 5184);
  BOOST_TEST(AbstractConv_gradInputs(args).flops(kern, top, {5, 5}) == 5184);
  BOOST_TEST(AbstractConv_gradWeights(args).flops(image, top, {3, 2}) == 5184);
  // Also where Theano and Aesara failed: three axes and banks.
  BOOST_TEST(AbstractConv({.convdim = 3}).flops({1, 2, 3, 3, 3}, {4, 2, 2, 2, 2}) == 1024);
  BOOST_TEST(AbstractConv({.unshared = true}).flops({1, 2, 3, 3}, {4, 2, 2, 2, 2, 2}) == 256);
}

BOOST_AUTO_TEST_CASE(constants_are_not_folded) { BOOST_TEST(!do_constant_folding()); }

BOOST_AUTO_TEST_CASE(false_hints_are_reported_only_when_asked_for) {
  const Array x = integers({1, 1, 4, 4}, 1);
  const Array w = integers({1, 1, 3, 3}, 2);
  const Array t = integers({1, 1, 2, 2}, 3);
  const Policy on{.conv_assert_shape = true};
  const ConvArgs wrong_image = {.imshp = {1, 1, 5, 5}};
  const ConvArgs wrong_kern = {.kshp = {1, 1, 2, 3}};

  const AbstractConv forward_image(wrong_image);
  const AbstractConv forward_kern(wrong_kern);
  const AbstractConv_gradWeights weights_image(wrong_image);
  const AbstractConv_gradWeights weights_kern(wrong_kern);
  const AbstractConv_gradInputs inputs_image(wrong_image);
  const AbstractConv_gradInputs inputs_kern(wrong_kern);

  BOOST_CHECK_NO_THROW(forward_image(x, w, {}));
  BOOST_CHECK_THROW(forward_image(x, w, on), AssertionError);
  BOOST_CHECK_THROW(forward_kern(x, w, on), AssertionError);
  // Each gradient looks at its first operand only.
  BOOST_CHECK_THROW(weights_image(x, t, {3, 3}, on), AssertionError);
  BOOST_CHECK_NO_THROW(weights_kern(x, t, {3, 3}, on));
  BOOST_CHECK_THROW(inputs_kern(w, t, {4, 4}, on), AssertionError);
  BOOST_CHECK_NO_THROW(inputs_image(w, t, {4, 4}, on));
}

BOOST_AUTO_TEST_CASE(perform_of_grad_inputs_requires_the_batch_of_the_hint) {
  const AbstractConv_gradInputs op({.imshp = {3, 1, 4, 4}});

  BOOST_CHECK_THROW(op.perform(integers({1, 1, 3, 3}, 1), integers({1, 1, 2, 2}, 2), {4, 4}),
                    ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::ops::test
