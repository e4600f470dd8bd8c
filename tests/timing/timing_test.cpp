// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <new>
#include <span>
#include <thread>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "oracle/projection/projection.hpp"
#include "reference/kernels.hpp"
#include "reports/tables/race_table.hpp"
#include "tests/remote_device.hpp"
#include "timing/race.hpp"

namespace convict {

BOOST_AUTO_TEST_SUITE(timing_test)

namespace {

using timing::Contestant;
using timing::Race;

/// A device with a clock factor and a ceiling that the test chooses.
class OddDevice final : public RemoteDevice {
 public:
  double time_ms(const std::function<void()>& enqueue) override {
    return clock_factor * host_device().time_ms(enqueue);
  }
  void flush_caches() override { ++flushes; }
  Ceiling ceiling(Precision) const override { return top; }

  double clock_factor = 1;
  Ceiling top{};
  int flushes = 0;
};

/// A fake device that projects results itself, by the host's projection.
class JudgingDevice final : public RemoteDevice {
 public:
  std::byte* allocate(std::size_t bytes) override {
    if (allocations >= most_allocations) throw std::bad_alloc();
    return RemoteDevice::allocate(bytes);
  }
  void upload(std::byte* to, const std::byte* host, std::size_t bytes) override {
    ++uploads;
    RemoteDevice::upload(to, host, bytes);
  }
  void download(std::byte* host, const std::byte* from, std::size_t bytes) override {
    downloaded += bytes;
    RemoteDevice::download(host, from, bytes);
  }
  bool equal(const std::byte* a, const std::byte* b, std::size_t bytes) override {
    ++comparisons;
    return std::memcmp(a, b, bytes) == 0;
  }
  std::optional<Projected> project(const ProjectionQuestion& question) override {
    ++projections;
    if (answer) return answer;
    const Problem& problem = question.problem;
    const auto values = [](const std::byte* at, index_t count) {
      return std::span(reinterpret_cast<const float*>(at), static_cast<std::size_t>(count));
    };
    const oracle::ExactQuestion<float> asked{
        .spec = problem.spec,
        .pass = problem.pass,
        .input = values(question.input, input_elements(problem.spec)),
        .filters = values(question.filters, filter_elements(problem.spec)),
        .output = values(question.output, output_elements(problem.spec))};
    const auto found = oracle::project<float>(
        asked, asked.output,
        *datasets::exact_limits(problem.spec, problem.pass, problem.precision, 1, 0), 1, 1);
    return Projected{.positions = found.positions,
                     .failed_count = found.failed_count,
                     .impossible_count = found.impossible_count,
                     .first_failed = std::nullopt};
  }

  std::optional<Projected> answer;  ///< if set, the answer to every question
  int most_allocations = std::numeric_limits<int>::max();
  std::size_t downloaded = 0;
  int comparisons = 0;
  int projections = 0;
  int uploads = 0;
};

Trial small_trial() {
  return {.spec = parse_valid_spec("n2_c4_i8x8_k4_f3x3_p1"),
          .pass = Pass::forward,
          .precision = Precision::f32,
          .recipe = {.fill = "exact"}};
}

const Kernel& right_kernel() { return reference::kernels().front(); }

/// The reference kernel, followed by `afterwards`.
template <class Afterwards>
Kernel right_and(std::string name, Afterwards afterwards) {
  Kernel kernel = right_kernel();
  kernel.name = std::move(name);
  kernel.run = [afterwards](const Problem& problem, const Buffers& buffers) {
    right_kernel().run(problem, buffers);
    afterwards(problem, buffers);
  };
  return kernel;
}

Race race_of(std::initializer_list<const Kernel*> kernels, Device& device = host_device(),
             int rounds = 12) {
  std::vector<Contestant> contestants;
  for (const Kernel* const kernel : kernels) contestants.push_back({kernel, &device});
  return timing::race(small_trial(), contestants,
                      {.time_s = 0, .least_rounds = rounds, .cold = false});
}

}  // namespace

BOOST_AUTO_TEST_CASE(right_kernels_get_a_time_every_round) {
  const Kernel other = right_and("test.other", [](const Problem&, const Buffers&) {});

  const Race race = race_of({&right_kernel(), &other});

  BOOST_TEST_REQUIRE(race.finishes.size() == 2U);
  for (const auto& finish : race.finishes) {
    BOOST_TEST(!finish.excluded.has_value());
    BOOST_TEST(finish.times_ms.size() == 12U);
    BOOST_TEST(std::ranges::all_of(finish.times_ms, [](double ms) { return ms > 0; }));
  }
  BOOST_TEST_REQUIRE(race.noise.has_value());
  BOOST_TEST(race.noise->low <= race.noise->value);
  BOOST_TEST(race.noise->value <= race.noise->high);
}

BOOST_AUTO_TEST_CASE(a_kernel_that_takes_twice_as_long_is_half_as_fast) {
  const Kernel slow = right_and("test.slow", [](const Problem&, const Buffers&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  });

  const Race race = race_of({&right_kernel(), &slow}, host_device(), 7);

  const auto standing = reports::standings(std::span(&race, 1));
  BOOST_TEST(standing[0].geomean == 1);
  BOOST_TEST(standing[1].geomean < 0.9);
}

BOOST_AUTO_TEST_CASE(a_wrong_kernel_gets_no_time) {
  const Kernel wrong = right_and("test.wrong", [](const Problem&, const Buffers& buffers) {
    static_cast<float*>(buffers.output)[5] += 1;
  });

  const Race race = race_of({&right_kernel(), &wrong});

  BOOST_TEST(race.finishes[1].wrong);
  BOOST_TEST(race.finishes[1].times_ms.empty());
  BOOST_TEST(race.finishes[1].excluded->starts_with("wrong: "));
}

BOOST_AUTO_TEST_CASE(a_kernel_that_writes_nan_gets_no_time) {
  const Kernel wrong = right_and("test.nan", [](const Problem&, const Buffers& buffers) {
    static_cast<float*>(buffers.output)[0] = std::numeric_limits<float>::quiet_NaN();
  });

  BOOST_TEST(race_of({&wrong}).finishes[0].wrong);
}

BOOST_AUTO_TEST_CASE(a_kernel_that_is_wrong_only_when_timed_is_found) {
  int calls = 0;
  const Kernel tires = right_and("test.tires", [&calls](const Problem&, const Buffers& buffers) {
    if (++calls > 40) static_cast<float*>(buffers.output)[0] += 1;
  });

  const Race race = race_of({&tires}, host_device(), 60);

  BOOST_TEST(race.finishes[0].wrong);
  BOOST_TEST(*race.finishes[0].excluded ==
             "a timed call gave another result than the one that was judged");
}

BOOST_AUTO_TEST_CASE(a_kernel_that_caches_results_by_address_is_found) {
  std::map<void*, std::vector<float>> known;
  Kernel cheat = right_kernel();
  cheat.name = "test.cheat";
  cheat.run = [&known](const Problem& problem, const Buffers& buffers) {
    const auto count = static_cast<std::size_t>(output_elements(problem.spec));
    auto* const output = static_cast<float*>(buffers.output);
    const auto [at, is_new] = known.try_emplace(buffers.input);
    if (is_new) {
      right_kernel().run(problem, buffers);
      at->second.assign(output, output + count);
    }
    std::ranges::copy(at->second, output);
  };

  BOOST_TEST(race_of({&cheat}).finishes[0].wrong);
}

BOOST_AUTO_TEST_CASE(a_device_that_projects_sends_no_right_result_to_the_host) {
  JudgingDevice device;

  const Race race = race_of({&right_kernel()}, device);

  BOOST_TEST(!race.finishes[0].excluded.has_value());
  BOOST_TEST(device.downloaded == 0U);
  BOOST_TEST(device.uploads == 3 * 2);           // exchanging data needs none
  BOOST_TEST(device.projections == 3);           // one for each set of data
  BOOST_TEST(device.comparisons == 1 + 2 * 12);  // warm-up, and the first runs twice a round
  BOOST_TEST(device.releases == device.allocations);
}

BOOST_AUTO_TEST_CASE(a_result_that_a_device_finds_wrong_has_the_judges_reason) {
  for (const float error : {1.0F, 0.5F, std::numeric_limits<float>::quiet_NaN(),
                            std::numeric_limits<float>::infinity()})
    for (const std::size_t at : {0U, 100U, 511U}) {
      JudgingDevice device;
      const Kernel wrong = right_and("test.wrong", [=](const Problem&, const Buffers& buffers) {
        static_cast<float*>(buffers.output)[at] += error;
      });

      const Race race = race_of({&wrong}, device);

      BOOST_TEST(race.finishes[0].wrong);
      BOOST_TEST(*race.finishes[0].excluded == *race_of({&wrong}).finishes[0].excluded);
      BOOST_TEST(device.downloaded == 512 * sizeof(float));
    }
}

BOOST_AUTO_TEST_CASE(projection_uses_the_operands_as_they_were_before_the_call) {
  JudgingDevice device;
  const Kernel wipes = right_and("test.wipes", [](const Problem& problem, const Buffers& buffers) {
    std::fill_n(static_cast<float*>(buffers.input), input_elements(problem.spec), 0.0F);
    std::fill_n(static_cast<float*>(buffers.output), output_elements(problem.spec), 0.0F);
  });

  const Race race = race_of({&wipes}, device);

  BOOST_TEST(race.finishes[0].wrong);
  BOOST_TEST(race.finishes[0].excluded->starts_with("wrong: "));
}

BOOST_AUTO_TEST_CASE(the_result_is_poisoned_before_the_judged_call) {
  JudgingDevice device;
  int calls = 0;
  int poisoned = 0;
  Kernel looks = right_kernel();
  looks.run = [&](const Problem& problem, const Buffers& buffers) {
    const std::span output(static_cast<const float*>(buffers.output), 512);
    const bool all = std::ranges::all_of(output, [](float value) { return std::isnan(value); });
    if (++calls <= 3 && all) ++poisoned;
    right_kernel().run(problem, buffers);
  };

  race_of({&looks}, device);

  BOOST_TEST(poisoned == 3);
}

BOOST_AUTO_TEST_CASE(timed_calls_that_go_wrong_are_found_without_needless_downloads) {
  for (const bool deterministic : {true, false}) {
    JudgingDevice device;
    int calls = 0;
    Kernel tires = right_and("test.tires", [&calls](const Problem&, const Buffers& buffers) {
      if (++calls > 40) static_cast<float*>(buffers.output)[0] += 1;
    });
    tires.claims.deterministic = deterministic;

    const Race race = race_of({&tires}, device, 60);

    BOOST_TEST(race.finishes[0].wrong);
    BOOST_TEST(*race.finishes[0].excluded ==
               (deterministic ? "a timed call gave another result than the one that was judged"
                              : "a timed call was wrong: 1 of 512 elements wrong"));
    BOOST_TEST(device.downloaded == (deterministic ? 0 : 512 * sizeof(float)));
  }
}

BOOST_AUTO_TEST_CASE(without_device_memory_for_copies_the_host_judges) {
  const Kernel wrong = right_and("test.wrong", [](const Problem&, const Buffers& buffers) {
    static_cast<float*>(buffers.output)[5] += 1;
  });
  const auto finish_of = [](const Kernel& kernel, Device& device) {
    const Contestant contestant{&kernel, &device};
    return timing::race(small_trial(), std::span(&contestant, 1),
                        {.time_s = 0, .least_rounds = 7, .data_sets = 1, .cold = false})
        .finishes[0];
  };
  for (int more = 0; more < 3; ++more) {
    JudgingDevice device, other;
    device.most_allocations = other.most_allocations = 4 + more;  // workspace and three tensors

    BOOST_TEST(finish_of(right_kernel(), device).times_ms.size() == 7U);
    BOOST_TEST(device.projections == 0);
    BOOST_TEST(device.downloaded > 0U);
    BOOST_TEST(finish_of(wrong, other).wrong);
  }
}

BOOST_AUTO_TEST_CASE(results_of_a_device_that_cannot_project_are_judged_once_by_the_host) {
  OddDevice device;
  const Kernel wrong = right_and("test.wrong", [](const Problem&, const Buffers& buffers) {
    static_cast<float*>(buffers.output)[5] += 1;
  });

  const Race race = race_of({&right_kernel(), &wrong}, device);

  BOOST_TEST(race.finishes[0].times_ms.size() == 12U);
  BOOST_TEST(race.finishes[1].wrong);
}

BOOST_AUTO_TEST_CASE(a_result_that_only_the_device_finds_wrong_is_wrong) {
  JudgingDevice device;
  device.answer = Projected{
      .positions = 64, .failed_count = 2, .impossible_count = 0, .first_failed = index_t{7}};

  const Race race = race_of({&right_kernel()}, device);

  BOOST_TEST(race.finishes[0].wrong);
  BOOST_TEST(*race.finishes[0].excluded ==
             "wrong: 2 of 64 positions fail the exact projection, position 7 first");
}

BOOST_AUTO_TEST_CASE(a_kernel_that_caches_results_by_address_is_found_on_a_device_that_projects) {
  JudgingDevice device;
  std::map<void*, std::vector<float>> known;
  const Kernel cheat = right_and("test.cheat", [&known](const Problem&, const Buffers& buffers) {
    auto* const output = static_cast<float*>(buffers.output);
    const auto [at, is_new] = known.try_emplace(buffers.input, output, output + 512);
    std::ranges::copy(at->second, output);
  });

  const Race race = race_of({&cheat}, device);

  BOOST_TEST(race.finishes[0].wrong);
  BOOST_TEST(known.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_kernel_that_throws_gets_no_time_and_the_others_go_on) {
  const Kernel thrower = right_and(
      "test.thrower", [](const Problem&, const Buffers&) { throw std::runtime_error("no luck"); });

  const Race race = race_of({&thrower, &right_kernel()});

  BOOST_TEST(race.finishes[0].excluded->find("no luck") != std::string::npos);
  BOOST_TEST(race.finishes[1].times_ms.size() == 12U);
}

BOOST_AUTO_TEST_CASE(a_kernel_that_throws_only_when_timed_does_not_end_the_race) {
  int calls = 0;
  const Kernel tires = right_and("test.tires", [&calls](const Problem&, const Buffers&) {
    if (++calls > 40) throw KernelError("tired");
  });

  const Race race = race_of({&tires, &right_kernel()}, host_device(), 60);

  BOOST_TEST(race.finishes[0].wrong);
  BOOST_TEST(race.finishes[0].excluded->find("tired") != std::string::npos);
  BOOST_TEST(race.finishes[1].times_ms.size() == 60U);
}

BOOST_AUTO_TEST_CASE(a_problem_that_cannot_be_judged_is_not_timed) {
  Kernel narrow = right_kernel();
  narrow.precisions = {Precision::f16a16};
  const Contestant contestant{&narrow, &host_device()};
  const Trial beyond_exact{.spec = parse_valid_spec("c8000_i1_k1_f1"),
                           .pass = Pass::forward,
                           .precision = Precision::f16a16,
                           .recipe = {.fill = "exact"}};

  const Race race = timing::race(beyond_exact, std::span(&contestant, 1), {.time_s = 0});

  BOOST_TEST_REQUIRE(race.finishes[0].excluded.has_value());
  BOOST_TEST(race.finishes[0].excluded->starts_with("too many products are summed in one element"));
  BOOST_TEST(!race.finishes[0].wrong);
  BOOST_TEST(race.finishes[0].times_ms.empty());
}

BOOST_AUTO_TEST_CASE(a_mistrusted_result_is_not_timed) {
  const Contestant contestant{&right_kernel(), &host_device()};
  const Trial doubtful{.spec = parse_valid_spec("c20000_i1_k1_f1"),
                       .pass = Pass::forward,
                       .precision = Precision::f32,
                       .recipe = {.fill = "positive"}};

  const Race race = timing::race(doubtful, std::span(&contestant, 1), {.time_s = 0});

  BOOST_TEST_REQUIRE(race.finishes[0].excluded.has_value());
  BOOST_TEST(race.finishes[0].excluded->starts_with("mistrusted: "));
  BOOST_TEST(!race.finishes[0].wrong);
}

BOOST_AUTO_TEST_CASE(a_refusal_excludes_a_kernel_but_is_no_fault) {
  Kernel refusing = right_kernel();
  refusing.refuses = [](const Problem&) { return std::optional<std::string>("odd days only"); };

  const Race race = race_of({&refusing});

  BOOST_TEST(*race.finishes[0].excluded == "odd days only");
  BOOST_TEST(!race.finishes[0].wrong);
  BOOST_TEST(!race.noise.has_value());
}

BOOST_AUTO_TEST_CASE(work_outside_the_stream_is_found_by_the_hosts_clock) {
  OddDevice device;
  device.clock_factor = 0.01;  // the stream's events measure a hundredth of the time
  const Kernel slow = right_and("test.aside", [](const Problem&, const Buffers&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  });

  const Race race = race_of({&slow}, device, 7);

  BOOST_TEST(race.finishes[0].wrong);
  BOOST_TEST(race.finishes[0].excluded->ends_with("it works elsewhere"));
}

BOOST_AUTO_TEST_CASE(a_kernel_faster_than_the_device_can_be_is_excluded) {
  OddDevice device;
  device.top.gflop_per_s = 1e-6;

  const Race race = race_of({&right_kernel()}, device, 7);

  BOOST_TEST(race.finishes[0].wrong);
  BOOST_TEST(race.finishes[0].excluded->ends_with("it does not do the work"));
}

BOOST_AUTO_TEST_CASE(cold_races_flush_the_caches_before_every_sample) {
  OddDevice device;
  const Contestant contestant{&right_kernel(), &device};

  timing::race(small_trial(), std::span(&contestant, 1),
               {.time_s = 0, .least_rounds = 7, .cold = true});

  BOOST_TEST(device.flushes == 1 + 2 * 7);  // warm-up, and the first runs twice a round
}

BOOST_AUTO_TEST_CASE(the_floor_leaves_out_taps_in_padding) {
  const Problem padded{.spec = parse_valid_spec("c1_i1x1_k1_f3x3_p1"), .shapes = {}};

  BOOST_TEST(timing::floor_ms(padded, {.gflop_per_s = 2e-6}, false) == 1);  // 2 flops of 18
}

BOOST_AUTO_TEST_CASE(quantiles_are_interpolated) {
  const std::vector<double> times = {4, 1, 3, 2};

  BOOST_TEST(timing::median(times) == 2.5);
  BOOST_TEST(timing::quantile(times, 0) == 1);
  BOOST_TEST(timing::quantile(times, 1) == 4);
  BOOST_TEST(timing::quantile(times, 0.25) == 1.75);
}

BOOST_AUTO_TEST_CASE(the_interval_of_a_ratio_contains_it_and_is_narrow_for_equal_times) {
  std::vector<double> slow, fast;
  for (int round = 0; round < 20; ++round) {
    slow.push_back(2 + 0.01 * (round % 3));
    fast.push_back(1 + 0.01 * (round % 5));
  }

  const timing::Ratio ratio = timing::ratio_of_medians(slow, fast, 1);
  const timing::Ratio same = timing::ratio_of_medians(slow, slow, 1);

  BOOST_TEST(ratio.low <= ratio.value);
  BOOST_TEST(ratio.value <= ratio.high);
  BOOST_TEST(ratio.value == 2.01 / 1.02, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(same.low == 1);
  BOOST_TEST(same.high == 1);
}

BOOST_AUTO_TEST_CASE(tables_say_which_kernels_were_not_timed_and_why) {
  const Race race{.trial = small_trial(),
                  .finishes = {{.kernel = "a.fast", .excluded = {}, .times_ms = {1, 1, 1}},
                               {.kernel = "a.slow", .excluded = {}, .times_ms = {2, 2, 2}},
                               {.kernel = "a.shy", .excluded = "only Sundays", .times_ms = {}}},
                  .noise = {}};

  const std::string table = reports::race_table(race, "a.sl*");

  BOOST_TEST(table.find("not timed: only Sundays") != std::string::npos);
  BOOST_TEST(table.find("2.000 [2.000, 2.000]") != std::string::npos);
  BOOST_TEST(reports::standings_table(std::span(&race, 1), "a.slow").find("a.fast") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace convict
