// SPDX-License-Identifier: Apache-2.0
// The projection: right results always pass, and planted faults fail at their positions.
#include "oracle/projection/projection.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "oracle/truth/element_index.hpp"
#include "tests/oracle/projection_cases.hpp"

namespace convict::oracle {
namespace {

BOOST_AUTO_TEST_SUITE(projection_test)

using datasets::Draws;
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// NaN counts as the same value.
bool names_exactly(const std::vector<WrongElement>& wrong, std::size_t at, double subject,
                   double truth) {
  return wrong.size() == 1 && wrong[0].at == static_cast<index_t>(at) && wrong[0].truth == truth &&
         (wrong[0].subject == subject || (std::isnan(subject) && std::isnan(wrong[0].subject)));
}

constexpr std::uint64_t drawn_trials = 3000;

BOOST_AUTO_TEST_CASE(the_truth_always_passes) {
  std::size_t elements = 0;
  for (std::uint64_t seed = 0; seed < drawn_trials; ++seed) {
    const Known known(draw_trial(seed));

    const Projection found = known.projected(known.truth, seed);

    BOOST_REQUIRE_MESSAGE(found.failed.empty() && found.impossible.empty(), to_string(known.trial));
    BOOST_REQUIRE(found.failed_count == 0 && found.impossible_count == 0);
    BOOST_TEST(found.miss_probability <= 0x1p-26 * static_cast<double>(found.positions));
    elements += known.truth.size();
  }
  BOOST_TEST(elements > 100'000U);
}

BOOST_AUTO_TEST_CASE(a_single_wrong_element_fails_at_its_position_and_is_named) {
  std::size_t tried = 0;
  for (std::uint64_t seed = 0; seed < drawn_trials; ++seed) {
    const Known known(draw_trial(seed));
    if (known.truth.empty()) continue;
    Draws draw(seed, 78);
    const double grid = known.limits.grid;
    const double power = grid * std::ldexp(1.0, static_cast<int>(draw.below(20)));
    for (const double error : {grid, -grid, power, -power, 0.5 * grid, nan_value, infinity}) {
      const auto at =
          static_cast<std::size_t>(draw.below(static_cast<index_t>(known.truth.size())));
      std::vector<double> result = known.truth;
      result[at] = known.stored(result[at] + error);
      if (result[at] == known.truth[at]) continue;  // f32 has no halves above 2^23

      const Projection found = known.projected(result, seed);

      BOOST_REQUIRE_MESSAGE(found.failed == std::vector{known.position_of(at)},
                            to_string(known.trial) << " error " << error);
      BOOST_REQUIRE_MESSAGE(
          names_exactly(known.located(result, found.failed[0]), at, result[at], known.truth[at]),
          to_string(known.trial) << " error " << error);
      if (!(std::fmod(result[at], grid) == 0))
        BOOST_REQUIRE(found.impossible == std::vector{static_cast<index_t>(at)});
      ++tried;
    }
  }
  BOOST_TEST(tried > 15'000U);
}

BOOST_AUTO_TEST_CASE(errors_that_cancel_in_plain_sums_are_caught) {
  const Known known(Trial{.spec = parse_spec("n4_c4_i6x6_k6_f3x3_p1"), .recipe = {}});
  const std::size_t plane = 36;
  const std::size_t image = 6 * plane;
  Draws draw(3, 79);
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const double error =
        std::ldexp(1.0, static_cast<int>(draw.below(21))) * static_cast<double>(draw.between(1, 3));
    const auto p = static_cast<std::size_t>(draw.below(36));
    const auto n = static_cast<std::size_t>(draw.below(3)) * image;
    const auto k = static_cast<std::size_t>(draw.below(5)) * plane;
    std::vector<double> result = known.truth;
    result[n + k + p] += error;
    result[n + k + plane + p] -= error;
    result[n + image + k + p] -= error;
    result[n + image + k + plane + p] += error;

    const Projection found = known.projected(result, seed);

    BOOST_TEST(found.failed == std::vector{static_cast<index_t>(p)},
               boost::test_tools::per_element());
    BOOST_TEST(known.located(result, found.failed.at(0)).size() == 4U);
  }
}

BOOST_AUTO_TEST_CASE(exchanged_images_and_channels_are_caught) {
  for (const Pass pass : all_passes)
    for (const char* spec :
         {"n2_c4_i5x5_k4_f3x3_p1_g2", "n3_c4_i4x4x3_k6_f2x2x2", "n2_c4_i9_k4_f1"}) {
      const Known known(Trial{.spec = parse_spec(spec), .pass = pass, .recipe = {}});
      const auto outer = static_cast<std::size_t>(
          element_index(known.trial, static_cast<index_t>(known.truth.size()) - 1)[0] + 1);
      const auto inner = static_cast<std::size_t>(
          element_index(known.trial, static_cast<index_t>(known.truth.size()) - 1)[1] + 1);
      const auto exchanged = [&](std::size_t length) {
        std::vector<double> result = known.truth;
        const auto middle = result.begin() + static_cast<std::ptrdiff_t>(length);
        std::swap_ranges(result.begin(), middle, middle);
        return result;
      };

      BOOST_TEST(!known.projected(exchanged(known.truth.size() / outer)).failed.empty());
      BOOST_TEST(!known.projected(exchanged(known.truth.size() / outer / inner)).failed.empty());
    }
}

BOOST_AUTO_TEST_CASE(an_old_result_that_does_not_count_is_not_read) {
  for (const Pass pass : all_passes) {
    const Known known(
        Trial{.spec = parse_spec("n2_c4_i5x5_k4_f3x3_p1"), .pass = pass, .recipe = {}});
    const std::vector<float> poison(known.truth.size(), static_cast<float>(nan_value));
    ExactQuestion<float> question = known.question<float>();
    question.old_result = poison;
    const std::vector<float> result(known.truth.begin(), known.truth.end());
    std::vector<float> wrong = result;
    wrong[7] += 1;

    BOOST_TEST(project<float>(question, result, known.limits, 1, 2).failed.empty());
    BOOST_TEST(project<float>(question, wrong, known.limits, 1, 2).failed.size() == 1U);
    BOOST_TEST(locate<float>(question, wrong, known.limits, known.position_of(7)).size() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(empty_sums_leave_the_old_result_only) {
  for (const char* text : {"n0_c4_i5_k4_f3", "n2_c0_i5_k4_f3", "n2_c4_i5_k0_f3"})
    for (const Pass pass : all_passes) {
      Trial trial{.spec = parse_spec(text), .pass = pass, .recipe = {}};
      trial.recipe.beta = -1;
      const Known known(trial);

      BOOST_TEST(known.projected(known.truth).failed.empty());
      for (std::size_t at = 0; at < known.truth.size(); ++at) {
        std::vector<double> result = known.truth;
        result[at] += 1;
        BOOST_TEST(known.projected(result).failed == std::vector{known.position_of(at)},
                   boost::test_tools::per_element());
      }
    }
}

// Long planes and short ones, tiles, few tasks and many, rows that no tap reads, short filters; the
// last six give several threads enough to do on every side.
constexpr auto large_specs = {"n3_c20_i70x70_k6_f1x1",
                              "n3_c24_i33x40_k8_f3x3_s2_p1_g2",
                              "n2_c300_i4x4_k12_f3x3_p1",
                              "n2_c2600_i2_k3_f1",
                              "n4_c40_i60x60_k4_f1x1_s2",
                              "n3_c6_i9x71x40_k4_f1x2x2_s2x3x3_p0x1x1",
                              "n1_c3_i150x150_k4_f7x7_s2_p3",
                              "n2_c40_i12x9_k6_f1x1_s1x2_p1_g2",
                              "n9_c32_i21x17_k32_f3x3_p1_g32",
                              "n3_c6_i20x20_k8_f3x3_p1_g2_unshared",
                              "n2_c3_i9x90_k4_f2x40_d1x2_p0:1x4_flip",
                              "n4_c1_i150x150_k8_f1x1",
                              "n4_c8_i150x150_k1_f1x1",
                              "n60_c1_i20x20_k20_f1x1",
                              "n30_c40_i20x20_k1_f3x3_p1",
                              "n1_c640_i1x1_k640_f1x1",
                              "n1_c256_i2x2_k512_f3x3_p1_g2"};

BOOST_AUTO_TEST_CASE(large_problems_run_in_blocks_and_threads_to_the_same_end) {
  for (const char* text : large_specs)
    for (const Pass pass : all_passes)
      for (const Precision precision : {Precision::f32, Precision::f64}) {
        if (precision == Precision::f64 && pass != Pass::forward) continue;
        const Known known(
            Trial{.spec = parse_spec(text), .pass = pass, .precision = precision, .recipe = {}});
        const std::size_t at = known.truth.size() / 3;
        std::vector<double> result = known.truth;
        std::vector<double> off_by_one = known.truth;
        result[at] = nan_value;
        off_by_one[at] += 1;
        for (const int threads : {1, 3}) {
          const Projection found = known.projected(result, 5, threads);

          BOOST_TEST(known.projected(known.truth, 5, threads).failed_count == 0);
          BOOST_TEST(
              known.projected(off_by_one, 5, threads).failed == std::vector{known.position_of(at)},
              boost::test_tools::per_element());
          BOOST_TEST(found.failed == std::vector{known.position_of(at)},
                     boost::test_tools::per_element());
          BOOST_TEST(found.impossible == std::vector{static_cast<index_t>(at)},
                     boost::test_tools::per_element());
        }
      }
}

BOOST_AUTO_TEST_CASE(all_wrong_elements_are_counted_but_only_the_first_are_listed) {
  const Known known(Trial{.spec = parse_spec("n2_c1_i300x300_k2_f1x1"), .recipe = {}});
  std::vector<double> result(known.truth.size(), nan_value);
  result[0] = known.truth[0];

  const Projection found = known.projected(result);

  BOOST_TEST(found.failed_count == 300 * 300);
  BOOST_TEST(found.impossible_count == 4 * 300 * 300 - 1);
  BOOST_REQUIRE(found.failed.size() == std::size_t{Projection::most_kept});
  BOOST_REQUIRE(found.impossible.size() == std::size_t{Projection::most_kept});
  BOOST_TEST(found.failed.back() == Projection::most_kept - 1);
  BOOST_TEST(found.impossible.front() == 1);
  BOOST_TEST(found.impossible.back() == Projection::most_kept);
}

/// Zeros that take no memory until they are written.
class Zeros {
 public:
  explicit Zeros(index_t floats) : bytes_(static_cast<std::size_t>(floats) * sizeof(float)) {
    memory_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    BOOST_REQUIRE(memory_ != MAP_FAILED);
  }
  Zeros(const Zeros&) = delete;
  Zeros& operator=(const Zeros&) = delete;
  ~Zeros() { munmap(memory_, bytes_); }
  std::span<float> floats() { return {static_cast<float*>(memory_), bytes_ / sizeof(float)}; }

 private:
  std::size_t bytes_;
  void* memory_;
};

#ifndef __SANITIZE_THREAD__  // tests/threads.cmake
BOOST_AUTO_TEST_CASE(results_of_more_than_two_to_the_31_elements_are_checked_to_the_last) {
  const ConvSpec spec = parse_spec("n1024_c1_i64x64_k513_f1x1");
  Zeros input(input_elements(spec)), filters(filter_elements(spec)), output(output_elements(spec));
  const auto limits = datasets::exact_limits(spec, Pass::forward, Precision::f32, 1, 0);
  const ExactQuestion<float> question{
      .spec = spec, .input = input.floats(), .filters = filters.floats(), .output = {}};
  const auto last = static_cast<std::size_t>(output_elements(spec)) - 1;
  output.floats()[last] = 1;
  output.floats()[last - 1] = 0.5F;

  const Projection found = project<float>(question, output.floats(), *limits, 1, 2);

  BOOST_TEST(last > std::size_t{1} << 31);
  BOOST_TEST(found.failed == (std::vector<index_t>{64 * 64 - 2, 64 * 64 - 1}),
             boost::test_tools::per_element());
  BOOST_TEST(found.impossible == std::vector{static_cast<index_t>(last) - 1},
             boost::test_tools::per_element());
  const std::vector<WrongElement> wrong =
      locate<float>(question, output.floats(), *limits, found.failed.back());
  BOOST_TEST((wrong == std::vector<WrongElement>{{static_cast<index_t>(last), 1, 0}}));
}
#endif

BOOST_AUTO_TEST_CASE(the_chance_of_a_miss_is_the_one_derived) {
  const Trial single = parse_trial("n2_c1_i1_k2_f1/forward/f32");
  const Trial twice = parse_trial("n2_c1_i1_k2_f1/forward/f64");
  const auto miss = [](const Trial& trial) {
    const Known known(trial);
    return known.projected(known.truth).miss_probability;
  };

  // One product: values up to 2^24 and 2^31, errors up to twice that.
  BOOST_TEST(miss(single) == 39 * 0x1p-38);
  BOOST_TEST(miss(twice) == 32 * 0x1p-31);
}

BOOST_AUTO_TEST_CASE(questions_that_cannot_be_projected_throw) {
  Known known(Trial{.spec = parse_spec("n2_c4_i5x5_k4_f3x3_p1"), .recipe = {}});
  const std::vector<float> fraction(known.operands.input.size(), 0.5F);
  ExactQuestion<float> question = known.question<float>();
  question.input = fraction;
  const std::vector<float> result(known.truth.begin(), known.truth.end());
  datasets::ExactLimits wide = known.limits;
  wide.product_limit = index_t{1} << 30;
  ExactQuestion<float> tenth = known.question<float>();
  tenth.alpha = 0.1;

  BOOST_CHECK_THROW(project<float>(question, result, known.limits, 1, 2), SpecError);
  BOOST_CHECK_THROW(project<float>(known.question<float>(), result, wide, 1, 2), SpecError);
  BOOST_CHECK_THROW(project<float>(tenth, result, known.limits, 1, 2), SpecError);
}

BOOST_AUTO_TEST_CASE(dense_layers_are_worth_projecting_and_depthwise_ones_are_not) {
  for (const Pass pass : all_passes) {
    BOOST_TEST(worth_projecting(parse_spec("n8_c64_i56x56_k64_f3x3_p1"), pass));
    BOOST_TEST(worth_projecting(parse_spec("n8_c256_i14x14_k1024_f1x1"), pass));
    BOOST_TEST(!worth_projecting(parse_spec("n1_c64_i56x56_k64_f3x3_p1_g64"), pass));
    BOOST_TEST(!worth_projecting(parse_spec("n1_c1_i9x9_k1_f3x3"), pass));
    BOOST_TEST(!worth_projecting(parse_spec("n2_c3_i9_k4_f3"), pass));
    BOOST_TEST(worth_projecting(parse_spec("n4_c256_i1x1_k64_f1x1"), pass));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::oracle
