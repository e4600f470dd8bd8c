// SPDX-License-Identifier: Apache-2.0
#include "ops/conv.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/errors.hpp"
#include "tests/ops/cases.hpp"

namespace convict::ops::test {
namespace {

BOOST_AUTO_TEST_SUITE(conv_test)

ConvOptions forward_options(const Case& c) {
  return {.border_mode = c.args.border_mode,
          .subsample = c.args.subsample,
          .filter_flip = c.args.filter_flip,
          .filter_dilation = c.args.filter_dilation,
          .num_groups = c.args.num_groups,
          .unshared = c.args.unshared};
}
GradInputsOptions inputs_options(const Case& c) {
  return {.border_mode = c.args.border_mode,
          .subsample = c.args.subsample,
          .filter_flip = c.args.filter_flip,
          .filter_dilation = c.args.filter_dilation,
          .num_groups = c.args.num_groups,
          .unshared = c.args.unshared};
}
GradWeightsOptions weights_options(const Case& c) {
  return {.border_mode = c.args.border_mode,
          .subsample = c.args.subsample,
          .filter_flip = c.args.filter_flip,
          .filter_dilation = c.args.filter_dilation,
          .num_groups = c.args.num_groups,
          .unshared = c.args.unshared};
}
TransposeOptions transpose_options(const Case& c) {
  return {.border_mode = c.args.border_mode,
          .input_dilation = c.args.subsample,
          .filter_flip = c.args.filter_flip,
          .filter_dilation = c.args.filter_dilation,
          .num_groups = c.args.num_groups,
          .unshared = c.args.unshared};
}
Hint hint(const Dims& shape) { return {shape.begin(), shape.end()}; }

constexpr decltype(&conv2d) forward_of[] = {conv1d, conv2d, conv3d};
constexpr decltype(&conv2d_grad_wrt_inputs) inputs_of[] = {
    conv1d_grad_wrt_inputs, conv2d_grad_wrt_inputs, conv3d_grad_wrt_inputs};
constexpr decltype(&conv2d_grad_wrt_weights) weights_of[] = {
    conv1d_grad_wrt_weights, conv2d_grad_wrt_weights, conv3d_grad_wrt_weights};
constexpr decltype(&conv2d_transpose) transpose_of[] = {conv1d_transpose, conv2d_transpose,
                                                        conv3d_transpose};

BOOST_AUTO_TEST_CASE(forward_is_its_closed_form) {
  for (const Case& c : cases()) {
    for (const Precision precision : {Precision::f32, Precision::f64}) {
      const Array x = integers(c.image, 1, precision);
      const Array w = integers(c.kern, 2, precision);

      const Array y = forward_of[c.args.convdim - 1](x, w, forward_options(c), {});

      BOOST_TEST((y == closed_forward(x, w, c.settings)), c.name);
    }
  }
}

BOOST_AUTO_TEST_CASE(grad_wrt_inputs_is_its_closed_form) {
  for (const Case& c : cases()) {
    const Array w = integers(c.kern, 3);
    const Array t = integers(top_shape(c), 4);

    const Array gx = inputs_of[c.args.convdim - 1](t, w, hint(c.image), inputs_options(c), {});

    BOOST_TEST((gx == closed_grad_inputs(w, t, c.image, c.settings)), c.name);
  }
}

BOOST_AUTO_TEST_CASE(grad_wrt_weights_is_its_closed_form) {
  for (const Case& c : cases()) {
    const Array x = integers(c.image, 5);
    const Array t = integers(top_shape(c), 6);

    const Array gw = weights_of[c.args.convdim - 1](x, t, hint(c.kern), weights_options(c), {});

    BOOST_TEST((gw == closed_grad_weights(x, t, c.kern, c.settings)), c.name);
  }
}

BOOST_AUTO_TEST_CASE(both_gradients_are_adjoint_to_forward) {
  for (const Case& c : cases()) {
    const int r = c.args.convdim - 1;
    const Array x = integers(c.image, 7, Precision::f64);
    const Array w = integers(c.kern, 8, Precision::f64);
    const Array t = integers(top_shape(c), 9, Precision::f64);

    const double forward = dot(forward_of[r](x, w, forward_options(c), {}), t);

    BOOST_TEST(forward == dot(x, inputs_of[r](t, w, hint(c.image), inputs_options(c), {})), c.name);
    BOOST_TEST(forward == dot(w, weights_of[r](x, t, hint(c.kern), weights_options(c), {})),
               c.name);
  }
}

BOOST_AUTO_TEST_CASE(transpose_is_the_gradient_with_respect_to_inputs) {
  for (const Case& c : cases()) {
    const int r = c.args.convdim - 1;
    const Array w = integers(c.kern, 10);
    const Array t = integers(top_shape(c), 11);
    Hint output_shape = hint(c.image);
    output_shape[0] = std::nullopt;
    output_shape[1] = std::nullopt;

    const Array transposed = transpose_of[r](t, w, output_shape, transpose_options(c), {});

    BOOST_TEST((transposed == closed_grad_inputs(w, t, c.image, c.settings)), c.name);
  }
}

BOOST_AUTO_TEST_CASE(abstract_conv2d_is_conv2d) {
  const Array x = integers({2, 3, 6, 5}, 1);
  const Array w = integers({4, 3, 3, 2}, 2);

  BOOST_TEST(
      (abstract_conv2d(x, w, {.border_mode = "half"}) == conv2d(x, w, {.border_mode = "half"})));
}

BOOST_AUTO_TEST_CASE(unshared_with_equal_filters_is_shared) {
  for (const Case& c : cases()) {
    if (!c.args.unshared) continue;
    const Dims o = spatial(top_shape(c), c.args.convdim);
    Dims shared_shape = {c.kern[0]};
    shared_shape.insert(shared_shape.end(), c.kern.begin() + 1 + c.args.convdim, c.kern.end());
    const Array shared = integers(shared_shape, 12);
    const Array x = integers(c.image, 13);
    Array bank(c.kern);
    const std::size_t filter = shared.elements() / static_cast<std::size_t>(c.kern[0]);
    std::size_t positions = 1;
    for (const index_t extent : o) positions *= static_cast<std::size_t>(extent);
    for (std::size_t at = 0; at < bank.elements(); ++at)
      bank.set(at, shared[at / filter / positions * filter + at % filter]);
    ConvOptions options = forward_options(c);
    const Array unshared = forward_of[c.args.convdim - 1](x, bank, options, {});

    options.unshared = false;

    BOOST_TEST((unshared == forward_of[c.args.convdim - 1](x, shared, options, {})), c.name);
  }
}

BOOST_AUTO_TEST_CASE(transpose_reproduces_the_published_numbers) {
  const Array input = Array({2, 2, 4, 4}, std::vector<double>(64, 1));
  const Array filters = Array({2, 1, 4, 4}, std::vector<double>(32, 1));

  const Array out = conv2d_transpose(input, filters, {2, 1, 10, 10}, {.input_dilation = {2, 2}});

  const std::vector<double> edge = {2, 2, 4, 4, 4, 4, 4, 4, 2, 2};
  const std::vector<double> inner = {4, 4, 8, 8, 8, 8, 8, 8, 4, 4};
  BOOST_TEST((out.shape() == Dims{2, 1, 10, 10}));
  for (std::size_t at = 0; at < out.elements(); ++at) {
    const std::size_t row = at / 10 % 10;
    BOOST_TEST(out[at] == (row < 2 || row > 7 ? edge : inner)[at % 10]);
  }
}

BOOST_AUTO_TEST_CASE(every_admissible_input_size_is_reachable_and_the_rest_is_refused) {
  const Array w = integers({1, 1, 3, 3}, 1);
  const Array t = integers({1, 1, 4, 4}, 2);
  const GradInputsOptions options = {.subsample = {3, 3}};

  // (o - 1) s + K = 12, and s - 1 = 2 more rows that no window meets.
  for (const index_t n : {12, 13, 14})
    BOOST_TEST((conv2d_grad_wrt_inputs(t, w, {1, 1, n, n}, options).shape() == Dims{1, 1, n, n}));
  for (const index_t n : {11, 15})
    BOOST_CHECK_THROW(conv2d_grad_wrt_inputs(t, w, {1, 1, n, n}, options), ValueError);
}

BOOST_AUTO_TEST_CASE(mixed_types_give_the_wider_one) {
  const Array x = integers({1, 2, 4, 4}, 1, Precision::f32);
  const Array w = integers({3, 2, 2, 2}, 2, Precision::f64);

  const Array y = conv2d(x, w);

  BOOST_TEST((y.precision() == Precision::f64));
  BOOST_TEST((y == conv2d(x.as(Precision::f64), w)));
  BOOST_TEST(
      (conv2d(x.as(Precision::f16), x.reshaped({1, 2, 4, 4})).precision() == Precision::f32));
}

BOOST_AUTO_TEST_CASE(empty_batches_channels_and_filters_give_zeros) {
  BOOST_TEST((conv2d(Array({0, 2, 4, 4}), Array({3, 2, 2, 2})).shape() == Dims{0, 3, 3, 3}));
  BOOST_TEST((conv2d(Array({2, 2, 4, 4}), Array({0, 2, 2, 2})).shape() == Dims{2, 0, 3, 3}));

  const Array without_channels = conv2d(Array({2, 0, 4, 4}), Array({3, 0, 2, 2}));
  const Array no_rows = conv2d(Array({1, 1, 0, 2}), integers({1, 1, 3, 3}, 1), {.border_mode = 2});

  BOOST_TEST((without_channels == Array({2, 3, 3, 3})));
  BOOST_TEST((no_rows == Array({1, 1, 2, 4})));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::ops::test
