// SPDX-License-Identifier: Apache-2.0
#include "ops/legacy.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/array_ops.hpp"
#include "ops/conv3d2d.hpp"
#include "ops/errors.hpp"
#include "tests/ops/closed_form.hpp"

namespace convict::ops::test {
namespace {

BOOST_AUTO_TEST_SUITE(legacy_test)

/// out[n,t,f,y,x] = sum_{tau,c,u,v} w[f,tau,c,u,v] s~[n, t + Tf-1-tau - pt, c, y + kh-1-u - ph,
/// ...]
Array closed_conv3d2d(const Array& s, const Array& w, const Dims& pads) {
  const Dims& n = s.shape();
  const Dims& k = w.shape();
  const Dims extents = {n[1] + 2 * pads[0] - k[1] + 1, n[3] + 2 * pads[1] - k[3] + 1,
                        n[4] + 2 * pads[2] - k[4] + 1};
  Array out({n[0], extents[0], k[0], extents[1], extents[2]}, s.precision());
  std::size_t at = 0;
  for (index_t b = 0; b < n[0]; ++b)
    for (index_t t = 0; t < extents[0]; ++t)
      for (index_t f = 0; f < k[0]; ++f)
        for (index_t y = 0; y < extents[1]; ++y)
          for (index_t x = 0; x < extents[2]; ++x, ++at)
            for (std::size_t tap = 0; tap < w.elements() / static_cast<std::size_t>(k[0]); ++tap) {
              const auto rest = static_cast<index_t>(tap);
              const index_t v = rest % k[4];
              const index_t u = rest / k[4] % k[3];
              const index_t c = rest / (k[4] * k[3]) % k[2];
              const index_t tau = rest / (k[4] * k[3] * k[2]);
              const index_t pt = t + k[1] - 1 - tau - pads[0];
              const index_t py = y + k[3] - 1 - u - pads[1];
              const index_t px = x + k[4] - 1 - v - pads[2];
              if (pt < 0 || pt >= n[1] || py < 0 || py >= n[3] || px < 0 || px >= n[4]) continue;
              const index_t from = (((b * n[1] + pt) * n[2] + c) * n[3] + py) * n[4] + px;
              const std::size_t weight =
                  static_cast<std::size_t>(f) * (w.elements() / static_cast<std::size_t>(k[0])) +
                  tap;
              out.set(at, out[at] + w[weight] * s[static_cast<std::size_t>(from)]);
            }
  return out;
}

BOOST_AUTO_TEST_CASE(conv3d2d_is_its_closed_form_in_every_border_mode) {
  const Array s = integers({2, 4, 3, 5, 6}, 1);
  const Array w = integers({2, 3, 3, 2, 4}, 2);
  using Mode = conv3d2d::BorderMode3d;

  BOOST_TEST((conv3d2d::conv3d(s, w) == closed_conv3d2d(s, w, {0, 0, 0})));
  BOOST_TEST((conv3d2d::conv3d(s, w, {.border_mode = "full"}) == closed_conv3d2d(s, w, {2, 1, 3})));
  BOOST_TEST((conv3d2d::conv3d(s, w, {.border_mode = "half"}) == closed_conv3d2d(s, w, {1, 1, 2})));
  BOOST_TEST((conv3d2d::conv3d(s, w, {.border_mode = Mode("full", "valid", "valid")}) ==
              closed_conv3d2d(s, w, {2, 0, 0})));
  BOOST_TEST((conv3d2d::conv3d(s, w, {.border_mode = Mode("valid", "half", "half")}) ==
              closed_conv3d2d(s, w, {0, 1, 2})));
}

BOOST_AUTO_TEST_CASE(conv3d2d_ignores_the_time_mode_of_single_frame_filters) {
  const Array s = integers({1, 3, 2, 4, 4}, 3);
  const Array w = integers({2, 1, 2, 3, 3}, 4);

  const Array y =
      conv3d2d::conv3d(s, w, {.border_mode = conv3d2d::BorderMode3d("nonsense", "valid", "valid")});

  BOOST_TEST((y == closed_conv3d2d(s, w, {0, 0, 0})));
}

BOOST_AUTO_TEST_CASE(conv3d2d_refuses_what_theano_and_aesara_refuse) {
  const Array s({1, 2, 1, 4, 4});
  const Array w({1, 2, 1, 3, 3});
  const Array longer({1, 3, 1, 3, 3});
  using Mode = conv3d2d::BorderMode3d;
  const auto with = [&](const Mode& mode) { return conv3d2d::conv3d(s, w, {.border_mode = mode}); };

  BOOST_CHECK_THROW(with("same"), NotImplementedError);
  BOOST_CHECK_THROW(with(Mode("valid", "valid", "full")), NotImplementedError);
  BOOST_CHECK_THROW(with("nonsense"), ValueError);
  BOOST_CHECK_THROW(conv3d2d::conv3d(s, longer), NotImplementedError);
  BOOST_CHECK_THROW(conv3d2d::conv3d(Array({1, 2, 1, 4}), w), TypeError);
}

BOOST_AUTO_TEST_CASE(diagonals_are_read_and_added_to) {
  const Array x({3, 2}, std::vector<double>{1, 2, 3, 4, 5, 6});

  const Array view = conv3d2d::diagonal_subtensor(x, 0, 1);
  const Array sum =
      conv3d2d::inc_diagonal_subtensor(x, 0, 1, Array({2, 2}, std::vector<double>{10, 20, 30, 40}));

  BOOST_TEST((view == Array({2, 2}, std::vector<double>{3, 2, 5, 4})));
  BOOST_TEST((sum == Array({3, 2}, std::vector<double>{1, 22, 13, 44, 35, 6})));
  BOOST_CHECK_THROW(conv3d2d::diagonal_subtensor(x, 1, 0), ValueError);
  BOOST_CHECK_THROW(conv3d2d::diagonal_subtensor(x, 0, 0), ValueError);
  BOOST_CHECK_THROW(conv3d2d::inc_diagonal_subtensor(x, 0, 1, x), ValueError);
}

BOOST_AUTO_TEST_CASE(the_old_conv2d_is_a_plain_flipped_convolution) {
  const Array x = integers({2, 3, 6, 5}, 1);
  const Array w = integers({4, 3, 3, 2}, 2);

  BOOST_TEST((legacy::conv2d(x, w, {.subsample = {2, 1}}) ==
              closed_forward(x, w, {{2, 1}, {1, 1}, {{0, 0}, {0, 0}}})));
  BOOST_TEST((legacy::conv2d(x, w, {.border_mode = "full"}) ==
              closed_forward(x, w, {{1, 1}, {1, 1}, {{2, 2}, {1, 1}}})));
}

BOOST_AUTO_TEST_CASE(logical_shapes_insert_zeros) {
  const Array x({1, 1, 2, 2}, std::vector<double>{1, 2, 3, 4});
  const Array w({1, 1, 1, 2}, std::vector<double>{1, 10});
  const Array spread({1, 1, 3, 4}, std::vector<double>{1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0});
  const Array top({1, 1, 1, 4}, std::vector<double>{1, 0, 10, 0});
  const Array bottom({1, 1, 1, 4}, std::vector<double>{0, 1, 0, 10});
  const Settings full{{1, 1}, {1, 1}, {{0, 0}, {3, 3}}};

  BOOST_TEST((legacy::conv2d(x, w, {.imshp_logical = {3, 4}}) ==
              closed_forward(spread, w, {{1, 1}, {1, 1}, {{0, 0}, {0, 0}}})));
  BOOST_TEST((legacy::conv2d(x, w, {.border_mode = "full", .kshp_logical = {1, 4}}) ==
              closed_forward(x, top, full)));
  BOOST_TEST(
      (legacy::conv2d(
           x, w,
           {.border_mode = "full", .kshp_logical = {1, 4}, .kshp_logical_top_aligned = false}) ==
       closed_forward(x, bottom, full)));
  BOOST_CHECK_THROW(legacy::conv2d(x, w, {.imshp_logical = {1, 2}}), ValueError);
  BOOST_CHECK_THROW(legacy::conv2d(x, w, {.imshp_logical = {2}}), ValueError);
}

BOOST_AUTO_TEST_CASE(the_old_conv2d_refuses_what_it_refused) {
  const Array x({1, 2, 4, 4});
  const Array w({3, 2, 2, 2});

  BOOST_CHECK_THROW(legacy::conv2d(x, w, {.border_mode = "half"}), NotImplementedError);
  BOOST_CHECK_THROW(legacy::conv2d(x, w.as(Precision::f64)), NotImplementedError);
  BOOST_CHECK_THROW(legacy::conv2d(x.as(Precision::f16), w.as(Precision::f16)),
                    NotImplementedError);
  BOOST_CHECK_THROW(legacy::conv2d(Array({2, 4, 4}), w), TypeError);
  BOOST_CHECK_THROW(
      legacy::conv2d(x, w, {.image_shape = {1, 2, 4, 4}, .filter_shape = {3, 1, 2, 2}}),
      AssertionError);
  BOOST_CHECK_THROW(legacy::conv2d(x, w, {.image_shape = {1, 2, 4, 5}}), ValueError);
  BOOST_CHECK_THROW(legacy::conv2d(x, Array({3, 2, 5, 5})), ValueError);
  BOOST_CHECK_THROW(legacy::conv2d(x, w, {.unroll_batch = 1}), ValueError);
}

BOOST_AUTO_TEST_CASE(gradients_of_the_old_conv2d_exist_where_it_had_them) {
  const Array x = integers({1, 2, 4, 4}, 1);
  const Array w = integers({3, 2, 2, 2}, 2);
  const Array t = integers({1, 3, 3, 3}, 3);
  const Settings plain{{1, 1}, {1, 1}, {{0, 0}, {0, 0}}};

  const auto [dx, dw] = legacy::conv2d_grad(x, w, t);

  BOOST_TEST((dx == closed_grad_inputs(w, t, x.shape(), plain)));
  BOOST_TEST((dw == closed_grad_weights(x, t, w.shape(), plain)));
  const auto refuse = [&](const legacy::Options& options) {
    BOOST_CHECK_THROW(legacy::conv2d_grad(x, w, t, options), NotImplementedError);
  };
  refuse({.subsample = {2, 2}});
  refuse({.border_mode = "full", .subsample = {3, 1}});
  refuse({.imshp_logical = {8, 8}});
  const Array strided = integers({1, 3, 3, 3}, 4);
  const legacy::Options two{.border_mode = "full", .subsample = {2, 2}};
  BOOST_CHECK_THROW(legacy::conv2d_grad(x, w, strided, two), ValueError);
  legacy::Options complete = two;
  complete.image_shape = {1, 2, 4, 4};
  complete.filter_shape = {3, 2, 2, 2};
  const Settings full{{2, 2}, {1, 1}, {{1, 1}, {1, 1}}};
  BOOST_TEST((legacy::conv2d_grad(x, w, strided, complete).first ==
              closed_grad_inputs(w, strided, x.shape(), full)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::ops::test
