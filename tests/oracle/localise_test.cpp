// SPDX-License-Identifier: Apache-2.0
#include "oracle/localise/localise.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <functional>
#include <numeric>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "datasets/random.hpp"
#include "oracle/localise/error_picture.hpp"
#include "oracle/truth/element_index.hpp"

namespace convict::oracle {
namespace {

BOOST_AUTO_TEST_SUITE(localise_test)

using Index = std::vector<index_t>;
using IsWrong = std::function<bool(const Index&)>;

index_t elements_of(const Trial& trial) { return result_elements(trial.spec, trial.pass); }

/// Every element of the result whose index is `wrong`.
std::vector<index_t> planted(const Trial& trial, const IsWrong& wrong) {
  std::vector<index_t> found;
  for (index_t at = 0; at < elements_of(trial); ++at)
    if (wrong(element_index(trial, at))) found.push_back(at);
  return found;
}

std::string said_of(std::string_view text, const IsWrong& wrong) {
  const Trial trial = parse_trial(text);
  return localise(trial, planted(trial, wrong));
}

/// Every element with probability `share`.
std::vector<index_t> at_random(index_t elements, double share, std::uint64_t seed) {
  datasets::Draws draws(seed, 1);
  std::vector<index_t> found;
  for (index_t at = 0; at < elements; ++at)
    if (draws.below(1'000'000) < static_cast<index_t>(share * 1e6)) found.push_back(at);
  return found;
}

// 2 images, 18 channels in 3 groups of 6, 9 rows, 13 columns
constexpr auto image = "n2_c6_i9x13_k18_f3x3_p1_g3/forward/f32";

BOOST_AUTO_TEST_CASE(an_index_on_one_axis_is_named) {
  const auto said = [](const IsWrong& wrong) { return said_of(image, wrong); };

  BOOST_TEST(said([](const Index&) { return true; }) == "every element");
  BOOST_TEST(said([](const Index& i) {
               return i == Index{1, 2, 3, 4};
             }) == "one element (1, 2, 3, 4)");
  BOOST_TEST(said([](const Index& i) { return i[0] == 1; }) == "image 1 (the last)");
  BOOST_TEST(said([](const Index& i) { return i[1] == 3; }) == "channel 3 of every image");
  BOOST_TEST(said([](const Index& i) { return i[2] % 2 == 1; }) ==
             "odd rows of every image and channel");
  BOOST_TEST(said([](const Index& i) { return i[2] >= 2 && i[2] <= 5; }) ==
             "rows 2-5 of every image and channel");
  BOOST_TEST(said([](const Index& i) { return i[3] >= 8; }) ==
             "columns 8 and later (13 columns: the remainder of tiles of 8) of every image and "
             "channel");
  BOOST_TEST(said([](const Index& i) { return i[3] >= 3; }) ==
             "columns 3 and later of every image and channel");
  BOOST_TEST(said([](const Index& i) { return i[3] != 5; }) ==
             "all but column 5 of every image and channel");
  BOOST_TEST(said([](const Index& i) { return i[3] % 4 >= 2 && i[3] % 4 <= 3; }) ==
             "columns 2-3 of every 4 of every image and channel");
}

BOOST_AUTO_TEST_CASE(the_last_column_is_described_as_a_remainder_and_as_reading_padding) {
  BOOST_TEST(said_of(image, [](const Index& i) { return i[3] == 12; }) ==
             "column 12 (the last; 13 columns: the remainder of tiles of 4; where windows meet "
             "padding after) of every image and channel");
  BOOST_TEST(said_of("n2_c6_i11x16_k18_f3x3/forward/f32", [](const Index& i) {
               return i[3] == 13;
             }) == "column 13 (the last) of every image and channel");
}

BOOST_AUTO_TEST_CASE(images_from_one_on_and_all_but_the_first_are_named) {
  constexpr auto batch = "n40_c2_i3_k2_f3/forward/f32";

  BOOST_TEST(said_of(batch, [](const Index& i) { return i[0] >= 32; }) ==
             "images 32 and later (40 images: the remainder of tiles of 16, 32)");
  BOOST_TEST(said_of(batch, [](const Index& i) { return i[0] != 0; }) ==
             "all but image 0 (the first)");
}

BOOST_AUTO_TEST_CASE(groups_and_channels_within_them_are_named) {
  BOOST_TEST(said_of(image, [](const Index& i) { return i[1] / 6 == 1; }) ==
             "group 1 of 3 of every image");
  BOOST_TEST(said_of(image, [](const Index& i) { return i[1] % 6 == 5; }) ==
             "channel 5 of each group (the last) of every image");
  BOOST_TEST(said_of("n2_c2_i3_k40_f3_p1_g2/forward/f32", [](const Index& i) {
               return i[1] / 20 == 1 && i[1] % 20 % 8 == 5;
             }) == "channels 5 mod 8 of group 1 of 2 of every image");
}

BOOST_AUTO_TEST_CASE(two_axes_are_named_together) {
  BOOST_TEST(said_of(image, [](const Index& i) { return i[2] < 4 && i[3] >= 8 && i[3] < 12; }) ==
             "rows 0-3 x columns 8-11 of every image and channel");
  BOOST_TEST(said_of(image, [](const Index& i) { return i[1] == 3 && i[3] % 2 == 0; }) ==
             "even columns of channel 3 of every image");
}

BOOST_AUTO_TEST_CASE(the_complement_is_described_where_that_is_shorter) {
  BOOST_TEST(said_of(image, [](const Index& i) { return i[2] >= 7 || i[3] >= 7; }) ==
             "all but rows 0-6 x columns 0-6 of every image and channel");
}

BOOST_AUTO_TEST_CASE(padding_explains_borders) {
  constexpr auto wide = "n1_c1_i12x12_k2_f5x5_p2/forward/f32";

  BOOST_TEST(said_of(wide, [](const Index& i) { return i[2] < 2; }) ==
             "rows 0-1 (where windows meet padding before) of every channel");
  BOOST_TEST(said_of(wide, [](const Index& i) { return i[2] < 2 || i[2] >= 10; }) ==
             "rows where windows meet padding of every channel");
  BOOST_TEST(said_of(wide, [](const Index& i) {
               return i[2] < 2 || i[2] >= 10 || i[3] < 2 || i[3] >= 10;
             }) == "positions where windows meet padding in some axis of every channel");
}

BOOST_AUTO_TEST_CASE(rows_that_a_stride_skips_are_named) {
  // Windows of 2 every 4 inputs: 0, 1, 4, 5, 8, 9 are read; 10, 11 lie behind the last window.
  constexpr auto strided = "n2_c3_i12x5_k2_f2x1_s4x1/grad_input/f32";

  BOOST_TEST(said_of(strided, [](const Index& i) { return i[2] % 4 >= 2; }) ==
             "rows 2-3 of every 4 (that no window reaches) of every image and channel");
  BOOST_TEST(said_of(strided, [](const Index& i) { return i[2] >= 10; }) ==
             "rows 10 and later (behind the last window) of every image and channel");
  BOOST_TEST(said_of("n2_c3_i13x5_k2_f3x1_s3x1/grad_input/f32", [](const Index& i) {
               return i[2] % 3 == 1;
             }) == "rows 1 mod 3 (a phase of stride 3) of every image and channel");
}

BOOST_AUTO_TEST_CASE(filters_and_taps_have_their_own_names) {
  constexpr auto weights = "n2_c4_i9x9_k6_f3x5_p1x0/grad_weights/f32";

  BOOST_TEST(said_of(weights, [](const Index& i) { return i[2] == 0; }) ==
             "tap row 0 (the first; where taps meet padding before) of every filter and channel");
  BOOST_TEST(said_of(weights, [](const Index& i) { return i[0] == 4; }) == "filter 4");
  BOOST_TEST(said_of("n2_c4_i9x9_k6_f3x3_unshared/grad_weights/f32",
                     [](const Index& i) { return i[1] == 2; }) == "bank row 2 of every filter");
}

BOOST_AUTO_TEST_CASE(remainders_in_memory_order_are_named) {
  constexpr auto odd = "n3_c2_i7x11_k5_f1x1/forward/f32";  // 77 positions

  BOOST_TEST(said_of(odd, [](const Index& i) { return i[2] * 11 + i[3] >= 64; }) ==
             "positions 64 and later in memory order (77 positions: the remainder of tiles of 16, "
             "32, 64) of every image and channel");
  const Trial trial = parse_trial(odd);
  std::vector<index_t> last(13);
  std::iota(last.begin(), last.end(), elements_of(trial) - 13);
  BOOST_TEST(localise(trial, last) == "the last 13 elements in memory order, from 1142 on");
}

BOOST_AUTO_TEST_CASE(a_pattern_with_exceptions_is_described_with_their_counts) {
  const Trial trial = parse_trial(image);
  std::vector<index_t> wrong =
      planted(trial, [](const Index& i) { return i[3] % 2 == 1; });  // 1944
  wrong.erase(wrong.begin() + 7, wrong.begin() + 20);
  wrong.insert(wrong.begin(), {0, 2});

  BOOST_TEST(localise(trial, wrong) ==
             "mostly odd columns of every image and channel: 1931 of 1933 wrong elements, and 13 "
             "right ones");
}

BOOST_AUTO_TEST_CASE(random_elements_have_no_pattern) {
  const Trial trial = parse_trial(image);
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    for (const double share : {0.01, 0.1, 0.5, 0.8}) {
      const std::vector<index_t> wrong = at_random(elements_of(trial), share, seed);

      const std::string said = localise(trial, wrong);

      BOOST_TEST(said == fmt::format("scattered: {} of 4212, no pattern found", wrong.size()));
    }
}

BOOST_AUTO_TEST_CASE(random_elements_in_a_corner_are_described_by_a_box) {
  const Trial trial = parse_trial(image);
  std::vector<index_t> wrong;
  for (const index_t at : at_random(elements_of(trial), 0.5, 3)) {
    const Index index = element_index(trial, at);
    if (index[1] == 2 && index[2] >= 3) wrong.push_back(at);
  }

  const std::string said = localise(trial, wrong);

  BOOST_TEST(said == fmt::format("scattered: {} of the 156 in rows 3-8 of channel 2 of every "
                                 "image, no pattern found",
                                 wrong.size()));
}

BOOST_AUTO_TEST_CASE(an_incomplete_list_is_described_as_far_as_it_goes) {
  const Trial trial = parse_trial(image);
  std::vector<index_t> wrong = planted(trial, [](const Index& i) { return i[3] == 4; });
  wrong.resize(wrong.size() / 4);

  BOOST_TEST(localise(trial, wrong, false) ==
             "column 4 of every channel, as far as the first 936 elements go");
}

BOOST_AUTO_TEST_CASE(elements_outside_the_result_are_an_error) {
  const Trial trial = parse_trial(image);

  BOOST_CHECK_THROW(localise(trial, std::vector<index_t>{1, 4212}), SpecError);
}

BOOST_AUTO_TEST_CASE(a_million_elements_take_a_fraction_of_a_second) {
  const Trial trial = parse_trial("n4_c8_i250x250_k4_f3x3_p1/forward/f32");
  std::vector<index_t> all(1'000'000);
  std::iota(all.begin(), all.end(), 0);
  const std::vector<index_t> half = at_random(1'000'000, 0.5, 1);
  std::vector<index_t> border;
  for (index_t at = 0; at < 1'000'000; ++at)
    if (at % 250 == 0 || at % 250 == 249 || at / 250 % 250 == 0 || at / 250 % 250 == 249)
      border.push_back(at);

  const auto begin = std::chrono::steady_clock::now();
  BOOST_TEST(localise(trial, all) == "every element");
  BOOST_TEST(localise(trial, half).ends_with("no pattern found"));
  BOOST_TEST(localise(trial, border) ==
             "positions where windows meet padding in some axis of every image and channel");
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;

  BOOST_TEST_MESSAGE(fmt::format("three results of a million elements: {:.3f} s", time.count()));
  BOOST_TEST(time.count() < 3.0);  // 0.1 s each without sanitizers
}

BOOST_AUTO_TEST_CASE(a_result_too_large_to_count_has_no_pattern) {
  const Trial trial = parse_trial("c1_i3000x3000_k1_f1x1/forward/f32");

  BOOST_TEST(localise(trial, std::vector<index_t>{1, 7}) ==
             "no pattern looked for in a result so large");
  BOOST_TEST(error_picture(trial, std::vector<index_t>{1, 7}, {}) == "");
}

BOOST_AUTO_TEST_CASE(any_set_of_elements_has_a_description_and_a_picture_that_fits) {
  for (const char* spec :
       {"c1_i1_k1_f1", "n3_c4_i17_k6_f4_s3_d2_p5:0_g2", "n2_c3_i5x4_k2_f2x3_s2x1_p0:2x1_unshared",
        "c2_i3x70_k4_f3x1_phalf_g2_flip", "n2_c6_i4x3x9_k3_f2x2x2_d1x2x1_p1_g3",
        "c1_i25x61_k1_f1x1"})
    for (const Pass pass : all_passes)
      for (std::uint64_t seed = 0; seed < 12; ++seed) {
        const Trial trial{.spec = parse_spec(spec), .pass = pass};
        const double share = seed % 3 == 0 ? 0.02 : seed % 3 == 1 ? 0.5 : 1;
        const std::vector<index_t> wrong = at_random(elements_of(trial), share, seed);
        const bool complete = seed % 2 == 0;

        const std::string said = localise(trial, wrong, complete);
        const std::string picture = error_picture(trial, wrong, wrong, complete);

        BOOST_TEST(!said.empty());
        if (share == 1 && complete && wrong.size() > 1) BOOST_TEST(said == "every element");
        const auto lines = std::ranges::count(picture, '\n');
        BOOST_TEST((wrong.empty() ? lines == 0 : lines >= 2 && lines <= 21));
        const std::string last_line =
            picture.substr(picture.find_last_of('\n', picture.size() - 2) + 1);
        BOOST_TEST(last_line.size() <= 61U);
        BOOST_TEST((wrong.empty() || picture.find('N') != std::string::npos ||
                    picture.find('+') != std::string::npos));
      }
}

BOOST_AUTO_TEST_CASE(a_picture_shows_the_plane_with_most_wrong_elements) {
  const Trial trial = parse_trial("n2_c1_i4x6_k3_f1x1/forward/f32");
  const std::vector<index_t> wrong = planted(trial, [](const Index& i) {
    return (i[0] == 1 && i[1] == 2 && i[3] >= 4) || i == Index{0, 0, 0, 0};
  });
  const std::vector<index_t> nan = planted(trial, [](const Index& i) {
    return i == Index{1, 2, 3, 5};
  });

  BOOST_TEST(error_picture(trial, wrong, nan) == R"(image 1, channel 2: rows 0-3 x columns 0-5
....##
....##
....##
....#N
)");
}

BOOST_AUTO_TEST_CASE(a_picture_shows_the_axes_that_tell_elements_apart) {
  const Trial trial = parse_trial("n2_c1_i4x3_k5_f1x1/forward/f32");
  const std::vector<index_t> wrong =
      planted(trial, [](const Index& i) { return i[0] == 1 && i[1] == 3; });

  BOOST_TEST(error_picture(trial, wrong, {}) == R"(row 0, column 0: images 0-1 x channels 0-4
.....
...#.
)");
}

BOOST_AUTO_TEST_CASE(a_large_picture_puts_several_elements_into_a_character) {
  const Trial trial = parse_trial("c1_i40x120_k1_f1x1/forward/f32");
  const std::vector<index_t> wrong =
      planted(trial, [](const Index& i) { return i[2] == 0 || i[3] >= 110; });

  const std::string picture = error_picture(trial, wrong, {});

  BOOST_TEST(picture.starts_with("rows 0-39 x columns 0-119 (2 x 2 elements a character)\n" +
                                 std::string(55, '+') + "#####\n" + std::string(55, '.') +
                                 "#####\n"));
  BOOST_TEST(std::ranges::count(picture, '\n') == 21);
}

BOOST_AUTO_TEST_CASE(a_picture_leaves_unknown_elements_blank) {
  const Trial trial = parse_trial("c1_i4x6_k1_f1x1/forward/f32");
  const std::vector<index_t> wrong = {0, 9};

  BOOST_TEST(error_picture(trial, wrong, {}, false) ==
             "rows 0-3 x columns 0-5\n#.....\n...#  \n      \n      \n");
  BOOST_TEST(error_picture(trial, {}, {}) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::oracle
