// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "ops/causal.hpp"
#include "ops/errors.hpp"
#include "ops/separable.hpp"
#include "tests/ops/closed_form.hpp"

namespace convict::ops::test {
namespace {

BOOST_AUTO_TEST_SUITE(layers_test)

BOOST_AUTO_TEST_CASE(separable_is_a_depthwise_and_a_pointwise_convolution) {
  const Array x = integers({2, 3, 6, 5}, 1);
  const Array depthwise = integers({6, 1, 3, 2}, 2);
  const Array pointwise = integers({4, 6, 1, 1}, 3);

  const Array y = separable_conv2d(x, depthwise, pointwise, 3,
                                   {.border_mode = {{0, 2}, 1},
                                    .subsample = {2, 1},
                                    .filter_flip = false,
                                    .filter_dilation = {1, 2}});

  const Array middle = closed_forward(x, depthwise, {{2, 1}, {1, 2}, {{0, 2}, {1, 1}}, false, 3});
  BOOST_TEST((y == closed_forward(middle, pointwise, {{1, 1}, {1, 1}, {{0, 0}, {0, 0}}})));
}

BOOST_AUTO_TEST_CASE(separable_has_three_axes_too) {
  const Array x = integers({1, 2, 4, 3, 5}, 4);
  const Array depthwise = integers({4, 1, 2, 1, 3}, 5);
  const Array pointwise = integers({3, 4, 1, 1, 1}, 6);

  const Array y = separable_conv3d(
      x, depthwise, pointwise, 2,
      {.input_shape = {1, 2, 4, 3, 5}, .depthwise_filter_shape = {4, 1, 2, 1, 3}, .border_mode = 1},
      {.conv_assert_shape = true});

  const Settings padded{{1, 1, 1}, {1, 1, 1}, {{1, 1}, {1, 1}, {1, 1}}, true, 2};
  const Settings plain{{1, 1, 1}, {1, 1, 1}, {{0, 0}, {0, 0}, {0, 0}}};
  BOOST_TEST((y == closed_forward(closed_forward(x, depthwise, padded), pointwise, plain)));
}

BOOST_AUTO_TEST_CASE(separable_needs_its_channels) {
  const Array x({1, 3, 4, 4});

  BOOST_CHECK_THROW(separable_conv2d(x, Array({4, 1, 2, 2}), Array({2, 4, 1, 1}), 2), ValueError);
  BOOST_CHECK_THROW(separable_conv2d(x, Array({6, 1, 2, 2}), Array({2, 4, 1, 1}), 3), ValueError);
}

/// y[b,f,t] = sum_{c,u} w[f,c,u] x[b,c, t s - v d], v = u when flipped, k - 1 - u when not
Array closed_causal(const Array& x, const Array& w, const CausalOptions& o) {
  const index_t length = (x.extent(2) + o.subsample - 1) / o.subsample;
  const index_t k = w.shape().back();
  const index_t channels = w.extent(w.rank() - 2);
  const index_t per_group = w.extent(0) / o.num_groups;
  Array y({x.extent(0), w.extent(0), length}, x.precision());
  std::size_t at = 0;
  for (index_t b = 0; b < x.extent(0); ++b)
    for (index_t f = 0; f < w.extent(0); ++f)
      for (index_t t = 0; t < length; ++t, ++at)
        for (index_t c = 0; c < channels; ++c)
          for (index_t u = 0; u < k; ++u) {
            const index_t back = (o.filter_flip ? u : k - 1 - u) * o.filter_dilation;
            const index_t p = t * o.subsample - back;
            if (p < 0) continue;
            const index_t bank = o.unshared ? f * length + t : f;
            const index_t channel = f / per_group * channels + c;
            y.set(
                at,
                y[at] +
                    w[static_cast<std::size_t>((bank * channels + c) * k + u)] *
                        x[static_cast<std::size_t>((b * x.extent(1) + channel) * x.extent(2) + p)]);
          }
  return y;
}

BOOST_AUTO_TEST_CASE(causal_is_its_closed_form) {
  for (const index_t stride : {1, 2, 3})
    for (const index_t dilation : {1, 2})
      for (const index_t groups : {1, 2})
        for (const bool flip : {true, false})
          for (const bool unshared : {true, false}) {
            const CausalOptions options{.subsample = stride,
                                        .filter_flip = flip,
                                        .filter_dilation = dilation,
                                        .num_groups = groups,
                                        .unshared = unshared};
            const index_t length = (7 + stride - 1) / stride;
            const Dims kern = unshared ? Dims{6, length, 4 / groups, 3} : Dims{6, 4 / groups, 3};
            const Array x = integers({2, 4, 7}, 1);
            const Array w = integers(kern, 2);

            const Array y = causal_conv1d(x, w, {kern.begin(), kern.end()}, options);

            BOOST_TEST((y == closed_causal(x, w, options)),
                       "stride " << stride << " dilation " << dilation);
          }
}

BOOST_AUTO_TEST_CASE(causal_reproduces_the_published_numbers) {
  const Array x({3, 2, 5}, std::vector<double>{2, 4, 9, 5, 8, 0, 0, 4, 0, 5, 2, 5, 8, 5, 5,
                                               1, 3, 0, 7, 9, 7, 0, 7, 1, 0, 0, 1, 4, 7, 2});
  const Array w({2, 2, 3}, std::vector<double>{5, 3, 1, 3, 1, 0, 6, 4, 9, 2, 2, 7});

  const Array y = causal_conv1d(x, w, {2, 2, 3}, {.filter_dilation = 2});

  BOOST_TEST((y == Array({3, 2, 5}, std::vector<double>{10, 20, 63, 37, 88, 12, 24, 70, 46, 120,
                                                        13, 34, 47, 64, 78, 14, 36, 58, 70, 105,
                                                        35, 3,  68, 27, 38, 42, 2,  78, 22, 103})));
}

BOOST_AUTO_TEST_CASE(causal_outputs_do_not_depend_on_the_future_but_on_now) {
  const Array w = integers({3, 2, 3}, 3);
  const Array x = integers({1, 2, 8}, 4);
  const Array y = causal_conv1d(x, w, {3, 2, 3});
  for (std::size_t now = 0; now < 8; ++now) {
    Array changed = x;
    for (std::size_t channel = 0; channel < 2; ++channel)
      changed.set(channel * 8 + now, x[channel * 8 + now] + 100);

    const Array z = causal_conv1d(changed, w, {3, 2, 3});

    for (std::size_t at = 0; at < y.elements(); ++at)
      if (at % 8 < now) BOOST_TEST(z[at] == y[at]);
    bool now_differs = false;
    for (std::size_t f = 0; f < 3; ++f) now_differs |= z[f * 8 + now] != y[f * 8 + now];
    BOOST_TEST(now_differs);
  }
}

BOOST_AUTO_TEST_CASE(causal_refuses_wrong_ranks_and_shapes) {
  const Array x({1, 2, 5});
  const Array w({3, 2, 3});

  BOOST_CHECK_THROW(causal_conv1d(Array({1, 2, 5, 1}), w, {3, 2, 3}), ValueError);
  BOOST_CHECK_THROW(causal_conv1d(x, Array({3, 2, 3, 1}), {3, 2, 3}), ValueError);
  BOOST_CHECK_THROW(causal_conv1d(x, w, {3, 2, 3}, {.input_shape = {1, 2}}), AssertionError);
  BOOST_CHECK_THROW(causal_conv1d(x, w, {3, 2}), AssertionError);
  BOOST_CHECK_THROW(causal_conv1d(x, w, {3, 2, std::nullopt}), ValueError);
  BOOST_CHECK_THROW(causal_conv1d(x, w, {3, 2, 4}), ValueError);
  BOOST_CHECK_THROW(causal_conv1d(x, w, {3, 2, 3}, {.subsample = 0}), ValueError);
  BOOST_CHECK_THROW(causal_conv1d(x, w, {3, 2, 3}, {.filter_dilation = -1}), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::ops::test
