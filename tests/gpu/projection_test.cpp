// SPDX-License-Identifier: Apache-2.0
// The kernels of the projection, run on the host, compared with the host's own projection: both
// must give the same answer to every question.
#include "gpu/projection/projection.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <limits>
#include <new>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "oracle/projection/on_device.hpp"
#include "tests/gpu/cuda_on_cpu.hpp"
#include "tests/oracle/projection_cases.hpp"
#include "tests/remote_device.hpp"
// Has to be included after the definitions of CUDA keywords:
#include "gpu/projection/kernel.cuh"
#include "gpu/projection/launch.hpp"

namespace convict {

/// For Boost's messages.
std::ostream& operator<<(std::ostream& out, const Projected& found) {
  return out << found.positions << " positions, " << found.failed_count << " failed, "
             << found.impossible_count << " impossible, first " << found.first_failed.value_or(-1);
}

}  // namespace convict

namespace convict::gpu::projection {

BOOST_AUTO_TEST_SUITE(projection_test)

namespace {

using datasets::Draws;
using oracle::Known;

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// A device that projects by running its kernels on the host, one fiber per thread.
class FiberDevice final : public RemoteDevice {
 public:
  std::byte* allocate(std::size_t bytes) override {
    if (bytes > most_bytes) throw std::bad_alloc();
    return RemoteDevice::allocate(bytes);
  }
  void download(std::byte* host, const std::byte* from, std::size_t bytes) override {
    downloaded += bytes;
    RemoteDevice::download(host, from, bytes);
  }
  bool equal(const std::byte* a, const std::byte* b, std::size_t bytes) override {
    return projector.equal(a, b, bytes);
  }
  std::optional<Projected> project(const ProjectionQuestion& question) override {
    return projector.project(question);
  }

  explicit FiberDevice(const Tuning& tuning) : projector(*this, launch(), tuning) {}

  std::size_t downloaded = 0;
  std::size_t most_bytes = std::numeric_limits<std::size_t>::max();
  std::uint32_t seed = 0;
  unsigned preempt_one_in = 0;
  int launches = 0;

 private:
  Launch launch() {
    return [this](const Grid& grid, const Step& step, void* stream) {
      BOOST_REQUIRE(stream == this->stream());
      ++launches;
      start_step(grid, step, [this](const Grid& size, auto kernel, const auto& argument) {
        cuda_on_cpu::launch({.grid = size.blocks,
                             .block = size.threads,
                             .seed = seed,
                             .preempt_one_in = preempt_one_in},
                            [&] { kernel(argument); });
      });
    };
  }

  Projector projector;
};

/// Blocks of a few threads and grids that are too small, so that small problems reach all branches.
Tuning tiny_tuning(Draws& draw) {
  return {.threads = static_cast<unsigned>(draw.between(1, 5)),
          .most_blocks = draw.between(1, 4),
          .wanted_threads = draw.between(1, 40),
          .least_rows = draw.between(1, 3),
          .coalesced = draw.between(1, 12),
          .most_planes = draw.between(1, 200)};
}

template <class T>
const std::byte* bytes_of_vector(const std::vector<T>& values) {
  return reinterpret_cast<const std::byte*>(values.data());
}

/// The answer of the device for a result (device memory is host memory here).
std::optional<Projected> by_device(FiberDevice& device, const Known& known,
                                   const std::vector<double>& result, std::uint64_t seed) {
  return known.in_precision(result, [&]<class T>(std::span<const T> values) {
    const auto& [input, filters, output, old] = known.in<T>();
    oracle::OnDevice tensors{.input = bytes_of_vector(input),
                             .filters = bytes_of_vector(filters),
                             .output = bytes_of_vector(output),
                             .old_result = bytes_of_vector(old)};
    const auto* const there = reinterpret_cast<const std::byte*>(values.data());
    if (known.trial.pass == Pass::forward) tensors.output = there;
    if (known.trial.pass == Pass::grad_input) tensors.input = there;
    if (known.trial.pass == Pass::grad_weights) tensors.filters = there;
    return oracle::project_on(device, problem_of(known.trial), tensors, known.limits, seed);
  });
}

Projected by_host(const Known& known, const std::vector<double>& result, std::uint64_t seed) {
  const oracle::Projection found = known.projected(result, seed);
  Projected same{.positions = found.positions,
                 .failed_count = found.failed_count,
                 .impossible_count = found.impossible_count,
                 .first_failed = {}};
  if (!found.failed.empty()) same.first_failed = found.failed.front();
  return same;
}

/// A problem of any pass with shared filters, small enough for fibers.
Trial draw_shared(std::uint64_t seed) {
  Trial trial = oracle::draw_trial(seed);
  trial.spec.unshared = false;
  return trial;
}

constexpr std::uint64_t drawn_trials = 2000;

}  // namespace

BOOST_AUTO_TEST_CASE(right_results_fail_nowhere) {
  index_t positions = 0;
  for (std::uint64_t seed = 0; seed < drawn_trials; ++seed) {
    const Known known(draw_shared(seed));
    Draws draw(seed, 80);
    FiberDevice device(tiny_tuning(draw));
    device.seed = static_cast<std::uint32_t>(seed);

    const auto found = by_device(device, known, known.truth, seed);

    BOOST_REQUIRE_MESSAGE(found.has_value(), to_string(known.trial));
    BOOST_REQUIRE_MESSAGE(*found == by_host(known, known.truth, seed), to_string(known.trial)
                                                                           << ": " << *found);
    BOOST_REQUIRE(found->failed_count == 0 && found->impossible_count == 0);
    positions += found->positions;
  }
  BOOST_TEST(positions > 10'000);
}

BOOST_AUTO_TEST_CASE(every_single_wrong_element_is_found_where_the_host_finds_it) {
  int tried = 0;
  int impossible = 0;
  for (std::uint64_t seed = 0; seed < drawn_trials; ++seed) {
    const Known known(draw_shared(seed));
    if (known.truth.empty()) continue;
    Draws draw(seed, 81);
    FiberDevice device(tiny_tuning(draw));
    const double grid = known.limits.grid;
    const double power = grid * std::ldexp(1.0, static_cast<int>(draw.below(20)));
    for (const double error : {grid, -power, 0.5 * grid, 3.5, nan_value, -infinity}) {
      const auto at =
          static_cast<std::size_t>(draw.below(static_cast<index_t>(known.truth.size())));
      std::vector<double> result = known.truth;
      result[at] = known.stored(result[at] + error);
      if (result[at] == known.truth[at]) continue;  // f32 has no halves above 2^23

      const auto found = by_device(device, known, result, seed);

      BOOST_REQUIRE_MESSAGE(found == by_host(known, result, seed),
                            to_string(known.trial) << " error " << error << ": " << *found);
      BOOST_REQUIRE(found->failed_count == 1);
      BOOST_REQUIRE(found->first_failed == known.position_of(at));
      const bool is_impossible = !(std::fmod(result[at], grid) == 0);
      if (is_impossible) BOOST_REQUIRE(found->impossible_count == 1);
      impossible += is_impossible ? 1 : 0;
      ++tried;
    }
  }
  BOOST_TEST(tried > 8'000);
  BOOST_TEST(impossible > 4'000);
}

BOOST_AUTO_TEST_CASE(many_wrong_elements_are_counted_as_the_host_counts_them) {
  index_t failed = 0;
  for (std::uint64_t seed = 0; seed < drawn_trials; ++seed) {
    const Known known(draw_shared(seed));
    if (known.truth.empty()) continue;
    Draws draw(seed, 82);
    FiberDevice device(tiny_tuning(draw));
    std::vector<double> result = known.truth;
    const std::array errors{known.limits.grid, -7 * known.limits.grid, nan_value, infinity};
    for (index_t i = draw.between(1, std::ssize(result)); i > 0; --i)
      result[static_cast<std::size_t>(draw.below(std::ssize(result)))] += draw.one_of(errors);

    const auto found = by_device(device, known, result, seed);

    BOOST_REQUIRE_MESSAGE(found == by_host(known, result, seed), to_string(known.trial)
                                                                     << ": " << *found);
    failed += found->failed_count;
  }
  BOOST_TEST(failed > 10'000);
}

BOOST_AUTO_TEST_CASE(errors_that_cancel_in_plain_sums_are_caught) {
  const Known known(Trial{.spec = parse_spec("n4_c4_i3x3_k6_f3x3_p1"), .recipe = {}});
  FiberDevice device({.threads = 8, .wanted_threads = 64});
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const double error = std::ldexp(1.0, static_cast<int>(seed % 21));
    const std::size_t p = seed % 9;
    std::vector<double> result = known.truth;
    result[p] += error;
    result[9 + p] -= error;
    result[54 + p] -= error;
    result[63 + p] += error;

    const auto found = by_device(device, known, result, seed);

    BOOST_TEST(found->failed_count == 1);
    BOOST_TEST(found->first_failed.value() == static_cast<index_t>(p));
  }
}

BOOST_AUTO_TEST_CASE(the_answer_is_the_same_under_every_schedule) {
  for (const Pass pass : all_passes) {
    Trial trial{.spec = parse_spec("n3_c4_i6x5_k6_f3x2_s2x1_d1x2_p1:0x2:1_g2_flip"), .pass = pass};
    trial.recipe.beta = 0.5;
    const Known known(trial);
    std::vector<double> result = known.truth;
    result[7] += 1;
    result[2] = nan_value;
    for (std::uint32_t seed = 0; seed < 12; ++seed) {
      FiberDevice device({.threads = 7, .wanted_threads = 50, .least_rows = 1, .coalesced = 9});
      device.seed = seed;
      device.preempt_one_in = seed % 3 * 2;

      BOOST_TEST(by_device(device, known, known.truth, 5)->failed_count == 0);
      BOOST_TEST(by_device(device, known, result, 5).value() == by_host(known, result, 5));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_devices_own_blocks_agree_on_larger_problems) {
  for (const char* text : {"n9_c32_i12x11_k32_f3x3_p1_g4", "n3_c40_i9x9_k24_f1x1_s2",
                           "n2_c6_i5x9x7_k4_f1x2x2_s2x3x3_p0x1x1", "n65_c3_i1_k70_f1"})
    for (const Pass pass : all_passes) {
      const Known known(Trial{.spec = parse_spec(text), .pass = pass, .recipe = {}});
      FiberDevice device(Tuning{});
      const std::size_t at = known.truth.size() / 3;
      std::vector<double> result = known.truth;
      result[at] += 1;

      BOOST_TEST(by_device(device, known, known.truth, 3)->failed_count == 0);
      BOOST_TEST(by_device(device, known, result, 3)->first_failed.value() ==
                 known.position_of(at));
    }
}

BOOST_AUTO_TEST_CASE(a_question_costs_four_words_of_download_and_memory_that_is_kept) {
  const Known known(Trial{.spec = parse_spec("n2_c4_i6x5_k6_f3x3_p1"), .recipe = {}});
  FiberDevice device({.threads = 16, .wanted_threads = 64});

  for (int i = 0; i < 3; ++i) BOOST_TEST(by_device(device, known, known.truth, 5).has_value());

  BOOST_TEST(device.downloaded == 3 * 32U);
  BOOST_TEST(device.allocations == 1);
}

BOOST_AUTO_TEST_CASE(a_question_it_cannot_answer_gets_no_answer) {
  FiberDevice device({.threads = 16, .wanted_threads = 64});
  Known known(Trial{.spec = parse_spec("n2_c4_i6x5_k6_f3x3_p1"), .recipe = {}});
  const Known unshared(Trial{.spec = parse_spec("c2_i5_k2_f3_unshared"), .recipe = {}});

  BOOST_TEST(!by_device(device, unshared, unshared.truth, 1).has_value());
  BOOST_TEST(device.launches == 0);
  device.most_bytes = 100;
  BOOST_TEST(!by_device(device, known, known.truth, 1).has_value());
  device.most_bytes = 1 << 20;
  BOOST_TEST(by_device(device, known, known.truth, 1).has_value());
  for (const float bad : {0.5F, static_cast<float>(nan_value), 0x1p31F}) {
    const float good = std::exchange(known.narrow.input[3], bad);
    BOOST_TEST(!by_device(device, known, known.truth, 1).has_value());
    known.narrow.input[3] = good;
  }
  Problem channels_last = problem_of(known.trial);
  channels_last.shapes = shapes_of(known.trial.spec, Layout::nhwc);
  BOOST_TEST(!oracle::project_on(device, channels_last, {}, known.limits, 1).has_value());
}

BOOST_AUTO_TEST_CASE(memory_is_equal_only_when_every_byte_is) {
  FiberDevice device({.threads = 4, .most_blocks = 3});
  constexpr std::size_t most = 200;
  std::vector<std::byte> a(most + 16, std::byte{0xFF}), b(a);
  for (const std::size_t shift_a : {0U, 16U, 3U})
    for (const std::size_t shift_b : {0U, 5U})
      for (const std::size_t bytes : {0U, 1U, 15U, 16U, 17U, 96U, 200U}) {
        BOOST_REQUIRE(device.equal(a.data() + shift_a, b.data() + shift_b, bytes));
        for (std::size_t at = 0; at < bytes; ++at) {
          b[shift_b + at] ^= std::byte{0x80};
          BOOST_REQUIRE(!device.equal(a.data() + shift_a, b.data() + shift_b, bytes));
          b[shift_b + at] ^= std::byte{0x80};
        }
      }
  device.downloaded = 0;
  BOOST_TEST(device.equal(a.data(), b.data(), most));
  BOOST_TEST(device.downloaded == 8U);
}

BOOST_AUTO_TEST_CASE(a_device_without_a_kernel_to_compare_downloads_and_compares) {
  RemoteDevice device;
  std::vector<std::byte> a((std::size_t{5} << 19) + 3), b(a);

  BOOST_TEST(device.equal(a.data(), b.data(), a.size()));
  for (const std::size_t at : {std::size_t{0}, a.size() / 2, a.size() - 1}) {
    b[at] = std::byte{1};
    BOOST_TEST(!device.equal(a.data(), b.data(), a.size()));
    BOOST_TEST(!host_device().equal(a.data(), b.data(), a.size()));
    b[at] = std::byte{0};
  }
  BOOST_TEST(host_device().equal(a.data(), b.data(), a.size()));
}

BOOST_AUTO_TEST_CASE(sums_beyond_2_to_the_32_rows_and_columns_are_cut_without_overflow) {
  const index_t big = index_t{1} << 33;
  const RowSums long_rows = cut(RowSums{.rows = 3, .length = big}, Tuning{});
  const RowSums many_rows = cut(RowSums{.rows = big, .length = 3}, Tuning{});
  const Meeting meeting = cut(Meeting{.geometry = geometry_of(parse_valid_spec("c1_i1_k1_f1")),
                                      .positions = 9,
                                      .sites = big,
                                      .depth = 256},
                              Tuning{});

  BOOST_TEST(long_rows.threads() >= big);
  BOOST_TEST(many_rows.chunks * many_rows.chunk_rows >= big);
  BOOST_TEST((many_rows.chunks - 1) * many_rows.chunk_rows < big);
  BOOST_TEST(many_rows.threads() <= 2 * Tuning{}.wanted_threads);
  BOOST_TEST(meeting.threads() <= Tuning{}.wanted_threads);
  BOOST_TEST(meeting.threads() > Tuning{}.wanted_threads / 2);
}

BOOST_AUTO_TEST_CASE(rows_that_lie_more_than_2_to_the_32_elements_apart_are_summed_up) {
  constexpr index_t stride = (index_t{1} << 32) + 5;
  constexpr std::size_t bytes = (2 * stride + 3) * sizeof(float);
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return;  // the address space is too small
  auto* const values = static_cast<float*>(memory);
  for (index_t row = 0; row < 3; ++row)
    for (index_t i = 0; i < 3; ++i) values[row * stride + i] = static_cast<float>(10 * row + i);
  const std::array<Word, 3> weights{1, 100, 10000};
  std::array<Word, 3> sums{};
  Word impossible = 0;
  const RowSums step = cut(RowSums{.values = values,
                                   .weights = weights.data(),
                                   .sums = sums.data(),
                                   .reading = {.scale = 1, .limit = 100},
                                   .impossible = &impossible,
                                   .rows = 3,
                                   .length = 3,
                                   .row_stride = stride},
                           {.least_rows = 1});

  cuda_on_cpu::launch({.grid = 2, .block = 4}, [&] { sum_rows<float>(step); });

  munmap(memory, bytes);
  BOOST_TEST(impossible == 0U);
  BOOST_TEST(sums == (std::array<Word, 3>{201000, 211101, 221202}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(questions_off_the_grid_are_refused_with_a_reason) {
  const Known known(Trial{.spec = parse_spec("c1_i3_k1_f1"), .recipe = {}});
  Problem problem = problem_of(known.trial);
  problem.alpha = 0.1;
  FiberDevice device(Tuning{});

  BOOST_CHECK_EXCEPTION(oracle::project_on(device, problem, {}, known.limits, 1), SpecError,
                        [](const SpecError& error) {
                          return std::string_view(error.what()) ==
                                 "a projection needs alpha and beta on the grid of its limits";
                        });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace convict::gpu::projection
