// SPDX-License-Identifier: Apache-2.0
// Kernels on a device whose memory the host cannot address and whose stream runs when it is waited
// for.
#include <boost/test/unit_test.hpp>

#include "core/spec_text.hpp"
#include "oracle/judge/judge.hpp"
#include "reference/kernels.hpp"
#include "tests/remote_device.hpp"

namespace convict {

BOOST_AUTO_TEST_SUITE(device_test)

namespace {

using sandbox::Subject;

void convolve(const Problem& problem, const Buffers& buffers) {
  reference::kernels().front().run(problem, buffers);
}

RemoteDevice& device_of(const Buffers& buffers) {
  return *static_cast<RemoteDevice*>(buffers.stream);
}

Kernel device_kernel(std::function<void(const Problem&, const Buffers&)> run) {
  Kernel kernel = reference::kernels().front();
  kernel.name = "test.device";
  kernel.device = DeviceKind::gpu;
  kernel.run = std::move(run);
  return kernel;
}

/// A right kernel: all its work is enqueued on the stream that it was given.
Kernel on_its_stream() {
  return device_kernel([](const Problem& problem, const Buffers& buffers) {
    device_of(buffers).enqueue([problem, buffers] { convolve(problem, buffers); });
  });
}

Verdict verdict_on(const Kernel& kernel, RemoteDevice& device, Guard guard = Guard::none) {
  const Subject subject = sandbox::in_process(kernel, device);
  const auto sandbox = subject.open();
  oracle::Cases cases;
  const Trial trial{.spec = parse_valid_spec("n2_c4_i9x8_k6_f3x3_p1"),
                    .pass = Pass::forward,
                    .precision = Precision::f32,
                    .recipe = {.fill = "exact", .guard = guard}};
  return oracle::run_trial(trial, subject, *sandbox, cases);
}

struct Deferred {
  Deferred() { device.deferred = true; }
  RemoteDevice device;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sandbox_device, Deferred)

BOOST_AUTO_TEST_CASE(a_kernel_that_works_on_its_stream_passes) {
  const Verdict verdict = verdict_on(on_its_stream(), device);

  BOOST_TEST(name_of(verdict.outcome) == "pass");
  BOOST_TEST(device.delays == 2);
}

BOOST_AUTO_TEST_CASE(a_kernel_on_another_stream_reads_operands_that_have_not_arrived) {
  const Kernel elsewhere = device_kernel(convolve);

  BOOST_TEST(name_of(verdict_on(elsewhere, device).outcome) == "fail");
}

BOOST_AUTO_TEST_CASE(writes_after_the_call_in_stream_order_do_not_count) {
  std::function<void()> later;
  const Kernel late = device_kernel([&later](const Problem& problem, const Buffers& buffers) {
    if (later) later();
    later = [problem, buffers] { convolve(problem, buffers); };
  });

  const Verdict verdict = verdict_on(late, device);

  BOOST_TEST(name_of(verdict.outcome) == "fail");
}

BOOST_AUTO_TEST_CASE(reads_after_the_call_in_stream_order_return_poison) {
  const Kernel late = device_kernel([this](const Problem& problem, const Buffers& buffers) {
    // The inner work is enqueued only when the outer runs, so it comes after what follows the call.
    device.enqueue([this, problem, buffers] {
      device.enqueue([problem, buffers] { convolve(problem, buffers); });
    });
  });

  BOOST_TEST(name_of(verdict_on(late, device).outcome) == "fail");
}

BOOST_AUTO_TEST_CASE(every_other_call_is_recorded_and_played_back) {
  device.records = true;

  BOOST_TEST(name_of(verdict_on(on_its_stream(), device).outcome) == "pass");

  BOOST_TEST(device.recordings == 1);
}

BOOST_AUTO_TEST_CASE(a_kernel_that_waits_during_its_call_cannot_be_recorded) {
  device.records = true;
  Kernel waiting = device_kernel([](const Problem& problem, const Buffers& buffers) {
    device_of(buffers).enqueue([problem, buffers] { convolve(problem, buffers); });
    device_of(buffers).synchronize();
  });

  const Verdict verdict = verdict_on(waiting, device);

  BOOST_TEST(name_of(verdict.outcome) == "crashed");
  BOOST_TEST(verdict.reason.find("waits while it is recorded") != std::string::npos);
  waiting.claims.recordable = false;
  BOOST_TEST(name_of(verdict_on(waiting, device).outcome) == "pass");
}

BOOST_AUTO_TEST_CASE(overwritten_operands_are_found_on_a_device_with_copies) {
  const Kernel overwriting = device_kernel([](const Problem& problem, const Buffers& buffers) {
    device_of(buffers).enqueue([problem, buffers] {
      convolve(problem, buffers);
      static_cast<float*>(buffers.input)[3] = 7;
    });
  });

  const Verdict verdict = verdict_on(overwriting, device);

  BOOST_TEST(name_of(verdict.outcome) == "fail");
  BOOST_TEST(verdict.layer == "memory safety");
}

BOOST_AUTO_TEST_CASE(guarded_buffers_lie_against_walls) {
  device.wall_bytes = 1 << 16;
  const auto distance_to_wall = [&](Guard guard, const Buffers& buffers, std::size_t bytes) {
    auto* const buffer = static_cast<std::byte*>(buffers.output);
    const auto wall = std::prev(device.walls.upper_bound(buffer));
    return guard == Guard::left ? buffer - wall->first
                                : wall->first + wall->second - (buffer + bytes);
  };
  for (const Guard guard : {Guard::left, Guard::right}) {
    const Kernel kernel = device_kernel([&](const Problem& problem, const Buffers& buffers) {
      const auto bytes =
          static_cast<std::size_t>(output_elements(problem.spec) * bytes_of(problem.precision));
      BOOST_TEST(distance_to_wall(guard, buffers, bytes) == 0);
      device_of(buffers).enqueue([problem, buffers] { convolve(problem, buffers); });
    });

    BOOST_TEST(name_of(verdict_on(kernel, device, guard).outcome) == "pass");
  }
  BOOST_TEST(device.walls.empty());
}

BOOST_AUTO_TEST_CASE(a_device_without_walls_runs_guarded_trials_without_them) {
  BOOST_TEST(name_of(verdict_on(on_its_stream(), device, Guard::right).outcome) == "pass");
}

BOOST_AUTO_TEST_CASE(an_error_of_the_device_during_the_call_is_a_crash_of_the_kernel) {
  const Kernel breaker = device_kernel([](const Problem&, const Buffers& buffers) {
    device_of(buffers).illegal_address = true;
    device_of(buffers).lost = true;
  });

  const Verdict verdict = verdict_on(breaker, device);

  BOOST_TEST(name_of(verdict.outcome) == "crashed");
  BOOST_TEST(verdict.reason.find("illegal address") != std::string::npos);
  BOOST_TEST(verdict.reason.find("device lost") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()

}  // namespace convict
