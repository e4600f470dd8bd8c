// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "ops/corr_mm_ops.hpp"
#include "ops/errors.hpp"
#include "ops/hints.hpp"
#include "ops/slow_conv.hpp"
#include "tests/ops/cases.hpp"

namespace convict::ops::test {
namespace {

BOOST_AUTO_TEST_SUITE(corr_mm_test)

CorrMMArgs args_of(const Case& c) {
  return {.border_mode = c.args.border_mode,
          .subsample = c.args.subsample,
          .filter_dilation = c.args.filter_dilation,
          .num_groups = c.args.num_groups,
          .unshared = c.args.unshared};
}

template <class Forward, class GradWeights, class GradInputs>
void require_correlations(const Case& c) {
  Settings settings = c.settings;
  settings.flip = false;
  const Array x = integers(c.image, 1);
  const Array w = integers(c.kern, 2);
  const Array t = integers(top_shape(c), 3);
  const int axes = c.args.convdim;

  BOOST_TEST((Forward(args_of(c))(x, w) == closed_forward(x, w, settings)), c.name);
  BOOST_TEST((GradWeights(args_of(c))(x, t, spatial(c.kern, axes)) ==
              closed_grad_weights(x, t, c.kern, settings)),
             c.name);
  BOOST_TEST((GradInputs(args_of(c))(w, t, spatial(c.image, axes)) ==
              closed_grad_inputs(w, t, c.image, settings)),
             c.name);
}

BOOST_AUTO_TEST_CASE(the_gemm_ops_correlate) {
  for (const Case& c : cases()) {
    if (c.args.convdim == 2) require_correlations<CorrMM, CorrMM_gradWeights, CorrMM_gradInputs>(c);
    if (c.args.convdim == 3)
      require_correlations<Corr3dMM, Corr3dMM_gradWeights, Corr3dMM_gradInputs>(c);
  }
}

BOOST_AUTO_TEST_CASE(shapes_may_be_left_out_where_they_follow) {
  const Array x = integers({1, 2, 6, 7}, 1);
  const Array w = integers({3, 2, 2, 3}, 2);
  const CorrMMArgs dilated = {.filter_dilation = {2, 2}};
  const Array t = CorrMM(dilated)(x, w);

  BOOST_TEST((CorrMM_gradWeights(dilated)(x, t).shape() == w.shape()));
  BOOST_TEST((CorrMM_gradInputs(dilated)(w, t).shape() == x.shape()));
}

BOOST_AUTO_TEST_CASE(shapes_must_be_given_where_they_do_not_follow) {
  const Array x({1, 1, 5, 5});
  const Array w({1, 1, 3, 3});

  BOOST_CHECK_THROW(CorrMM_gradInputs({.subsample = {2, 2}})(w, Array({1, 1, 2, 2})), ValueError);
  BOOST_CHECK_THROW(CorrMM_gradWeights({.subsample = {2, 2}})(x, Array({1, 1, 2, 2})), ValueError);
  BOOST_CHECK_THROW(CorrMM_gradWeights({.border_mode = "half"})(x, Array({1, 1, 5, 5})),
                    ValueError);
  BOOST_CHECK_NO_THROW(CorrMM_gradInputs({.border_mode = "half"})(w, Array({1, 1, 5, 5})));
}

BOOST_AUTO_TEST_CASE(the_gemm_ops_take_f32_f64_and_mixtures_only) {
  const Array x = integers({1, 1, 3, 3}, 1);
  const Array w = integers({1, 1, 2, 2}, 2);

  BOOST_TEST((CorrMM()(x, w.as(Precision::f64)).precision() == Precision::f64));
  BOOST_CHECK_THROW(CorrMM()(x.as(Precision::f16), w.as(Precision::f16)), NoImplementationError);
}

BOOST_AUTO_TEST_CASE(three_axes_know_neither_pairs_nor_banks) {
  BOOST_CHECK_THROW(Corr3dMM({.border_mode = {{1, 1}, 0, 0}}), NotImplementedError);
  BOOST_CHECK_THROW(Corr3dMM({.unshared = true}), NotImplementedError);
}

BOOST_AUTO_TEST_CASE(the_slow_conv_is_a_true_convolution) {
  const Array x = integers({2, 4, 5, 6}, 1);
  const Array w = integers({6, 2, 2, 3}, 2);

  BOOST_TEST((conv(x, w, {.dilation = {2, 1}, .num_groups = 2}) ==
              closed_forward(x, w, {{1, 1}, {2, 1}, {{0, 0}, {0, 0}}, true, 2})));
  BOOST_TEST((conv(x, w, {.mode = "full", .num_groups = 2}) ==
              closed_forward(x, w, {{1, 1}, {1, 1}, {{1, 1}, {2, 2}}, true, 2})));
}

BOOST_AUTO_TEST_CASE(the_slow_conv_takes_banks) {
  const Array x = integers({1, 2, 3, 3}, 3);
  const Array bank = integers({2, 2, 2, 2, 2, 2}, 4);

  BOOST_TEST((conv(x, bank, {.unshared = true}) ==
              closed_forward(x, bank, {{1, 1}, {1, 1}, {{0, 0}, {0, 0}}, true, 1, true})));
}

BOOST_AUTO_TEST_CASE(the_slow_conv_refuses_what_it_refused) {
  const Array x({1, 4, 5, 5});
  const Array w({6, 2, 2, 2});

  BOOST_CHECK_THROW(conv(x, w, {.mode = "half", .num_groups = 2}), ValueError);
  BOOST_CHECK_THROW(conv(x, w, {.dilation = {1}, .num_groups = 2}), ValueError);
  BOOST_CHECK_THROW(conv(x, w, {.num_groups = 3}), ValueError);
  BOOST_CHECK_THROW(conv(x, w), ValueError);
  BOOST_CHECK_THROW(conv(Array({1, 1, 2, 2, 2}), Array({1, 1, 1, 1, 1}), {.unshared = true}),
                    NotImplementedError);
  BOOST_CHECK_THROW(conv(x, w, {.mode = "full", .unshared = true, .direction = "backprop weights"}),
                    ValueError);
}

BOOST_AUTO_TEST_CASE(unshared2d_is_its_formulas) {
  const Array inp({2, 2}, std::vector<double>{1, 2, 3, 4});
  const Array bank({1, 2, 2, 1}, std::vector<double>{1, 10, 100, 1000});
  const Array top({1, 2}, std::vector<double>{5, 7});

  // out[r,c] = inp[r,c] bank[r,c,1] + inp[r+1,c] bank[r,c,0]
  BOOST_TEST((unshared2d(inp, bank, {1, 2}) == Array({1, 2}, std::vector<double>{13, 2400})));
  // out[r,c,u] = top[r,c] inp[r+u,c]
  BOOST_TEST((unshared2d(inp, top, {1, 2, 2, 1}, "backprop weights") ==
              Array({1, 2, 2, 1}, std::vector<double>{5, 15, 14, 28})));
  // out[r+u,c] += top[r,c] bank[r,c,1-u]
  BOOST_TEST((unshared2d(top, bank, {2, 2}, "backprop inputs") ==
              Array({2, 2}, std::vector<double>{50, 7000, 5, 700})));
  BOOST_CHECK_THROW(unshared2d(inp, bank, {1, 2}, "sideways"), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::ops::test
