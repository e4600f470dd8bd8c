// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <numeric>

#include "ops/bilinear.hpp"
#include "ops/errors.hpp"
#include "tests/ops/closed_form.hpp"

namespace convict::ops::test {
namespace {

BOOST_AUTO_TEST_SUITE(upsampling_test)

/// x at a real coordinate of one axis, linearly interpolated and clamped to the border.
double interpolated(const std::vector<double>& x, double coordinate) {
  const double last = static_cast<double>(x.size()) - 1;
  const double at = std::clamp(coordinate, 0.0, last);
  const double low = std::floor(at);
  const double high = std::min(low + 1, last);
  return x[static_cast<std::size_t>(low)] * (1 - (at - low)) +
         x[static_cast<std::size_t>(high)] * (at - low);
}

/// Both axes of every map, the coordinate of output t being (t q - floor((p - 1) / 2)) / p.
Array closed_form(const Array& x, index_t p_rows, index_t q_rows, index_t p_columns,
                  index_t q_columns) {
  const auto size = [](index_t n, index_t p, index_t q) { return (n * p + q - 1) / q; };
  const auto coordinate = [](index_t t, index_t p, index_t q) {
    return static_cast<double>(t * q - (p - 1) / 2) / static_cast<double>(p);
  };
  const Dims& n = x.shape();
  Array out({n[0], n[1], size(n[2], p_rows, q_rows), size(n[3], p_columns, q_columns)},
            Precision::f64);
  const auto plane = static_cast<std::size_t>(out.extent(2) * out.extent(3));
  for (std::size_t at = 0; at < out.elements(); ++at) {
    const std::size_t map = at / plane;
    const auto row = static_cast<index_t>(at % plane) / out.extent(3);
    const auto column = static_cast<index_t>(at % plane) % out.extent(3);
    std::vector<double> middle;
    for (index_t r = 0; r < n[2]; ++r) {
      std::vector<double> line;
      for (index_t c = 0; c < n[3]; ++c)
        line.push_back(x[(map * static_cast<std::size_t>(n[2]) + static_cast<std::size_t>(r)) *
                             static_cast<std::size_t>(n[3]) +
                         static_cast<std::size_t>(c)]);
      middle.push_back(interpolated(line, coordinate(column, p_columns, q_columns)));
    }
    out.set(at, interpolated(middle, coordinate(row, p_rows, q_rows)));
  }
  return out;
}

/// Interpolation weights are rounded once or twice; values are below 4.
void require_close(const Array& result, const Array& truth, const std::string& what) {
  BOOST_TEST_REQUIRE((result.shape() == truth.shape()),
                     what << " has shape " << to_string(result.shape()));
  double worst = 0;
  bool all = true;
  for (std::size_t at = 0; at < truth.elements(); ++at) {
    const double error = std::fabs(result[at] - truth[at]);
    all = all && error <= 1e-13;
    worst = std::max(worst, error);
  }
  BOOST_TEST(all, what << " is off by " << worst);
}

BOOST_AUTO_TEST_CASE(one_axis_kernels_are_tents) {
  using Values = std::vector<double>;

  BOOST_TEST((bilinear_kernel_1D(1) == Array({1}, Values{1})));
  BOOST_TEST((bilinear_kernel_1D(2, false) == Array({3}, Values{1, 2, 1})));
  BOOST_TEST((bilinear_kernel_1D(4) == Array({7}, Values{0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25})));
  BOOST_TEST((bilinear_kernel_1D(3, false, Precision::f32).precision() == Precision::f32));
  BOOST_CHECK_THROW(bilinear_kernel_1D(0), ValueError);
}

BOOST_AUTO_TEST_CASE(two_axis_kernels_are_outer_products) {
  const Array kernel = bilinear_kernel_2D({2, 3}, false);

  BOOST_TEST(
      (kernel == Array({3, 5}, std::vector<double>{1, 2, 3, 2, 1, 2, 4, 6, 4, 2, 1, 2, 3, 2, 1})));
  BOOST_TEST((bilinear_kernel_2D(2) ==
              Array({3, 3}, std::vector<double>{0.25, 0.5, 0.25, 0.5, 1, 0.5, 0.25, 0.5, 0.25})));
}

BOOST_AUTO_TEST_CASE(whole_ratios_interpolate_on_both_kernel_paths) {
  for (index_t ratio = 1; ratio <= 9; ++ratio)
    for (index_t n = 1; n <= 5; ++n) {
      const Array x = integers({2, 2, n, 6 - n}, static_cast<std::uint32_t>(ratio), Precision::f64);
      const Array truth = closed_form(x, ratio, 1, ratio, 1);
      const std::string what = "ratio " + std::to_string(ratio) + " of " + to_string(x.shape());

      require_close(bilinear_upsampling(x, {.ratio = ratio}), truth, what + " by rows and columns");
      require_close(bilinear_upsampling(x, {.ratio = ratio, .use_1D_kernel = false}), truth,
                    what + " at once");
    }
}

BOOST_AUTO_TEST_CASE(fractions_up_to_nine_interpolate) {
  for (index_t p = 1; p <= 9; ++p)
    for (index_t q = 1; q <= 9; ++q)
      for (index_t n = 1; n <= 5; ++n) {
        const Array x =
            integers({1, 2, n, 6 - n}, static_cast<std::uint32_t>(p * 9 + q), Precision::f64);
        const index_t divisor = std::gcd(p, q);
        const index_t other = q % 9 + 1;
        const index_t other_divisor = std::gcd(p, other);

        const Array both = frac_bilinear_upsampling(x, Fraction{p, q});
        const Array each = frac_bilinear_upsampling(x, {Fraction{p, q}, Fraction{p, other}});

        const std::string what = std::to_string(p) + "/" + std::to_string(q);
        require_close(both, closed_form(x, p / divisor, q / divisor, p / divisor, q / divisor),
                      what);
        require_close(
            each,
            closed_form(x, p / divisor, q / divisor, p / other_divisor, other / other_divisor),
            what + " with other columns");
      }
}

BOOST_AUTO_TEST_CASE(a_whole_fraction_is_the_whole_ratio) {
  const Array x = integers({2, 3, 4, 5}, 1, Precision::f64);

  const Array fraction =
      bilinear_upsampling(x, {.frac_ratio = Fraction{6, 2}, .use_1D_kernel = false});

  require_close(fraction, bilinear_upsampling(x, {.ratio = 3}), "6/2");
}

BOOST_AUTO_TEST_CASE(results_keep_the_type_of_the_input) {
  const Array x = integers({1, 1, 2, 2}, 1, Precision::f32);

  BOOST_TEST((bilinear_upsampling(x, {.ratio = 2}).precision() == Precision::f32));
  BOOST_TEST((frac_bilinear_upsampling(x, Fraction{3, 2}).precision() == Precision::f32));
  BOOST_TEST((bilinear_upsampling(Array({0, 1, 2, 2}), {.ratio = 2}).shape() == Dims{0, 1, 4, 4}));
}

BOOST_AUTO_TEST_CASE(ratios_must_be_given_once_and_make_sense) {
  const Array x({1, 1, 2, 2});

  BOOST_CHECK_THROW(bilinear_upsampling(x, {.ratio = 2, .frac_ratio = Fraction{3, 2}}), ValueError);
  BOOST_CHECK_THROW(bilinear_upsampling(x, {}), ValueError);
  BOOST_CHECK_THROW(bilinear_upsampling(x, {.ratio = 0}), ValueError);
  BOOST_CHECK_THROW(bilinear_upsampling(x, {.ratio = -1}), ValueError);
  BOOST_CHECK_THROW(bilinear_upsampling(x, {.frac_ratio = Fraction{3, 2}}), ValueError);
  BOOST_CHECK_THROW(frac_bilinear_upsampling(x, Fraction{0, 2}), ValueError);
  BOOST_CHECK_THROW(frac_bilinear_upsampling(x, Fraction{1, -2}), ValueError);
  BOOST_CHECK_THROW(bilinear_upsampling(Array({1, 2, 2}), {.ratio = 2}), TypeError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::ops::test
