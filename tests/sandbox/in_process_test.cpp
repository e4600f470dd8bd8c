// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <map>
#include <new>

#include "core/errors.hpp"
#include "sandbox/sandbox.hpp"
#include "tests/remote_device.hpp"
#include "tests/sandbox/plugin_sandbox.hpp"

namespace convict {

BOOST_AUTO_TEST_SUITE(in_process_test)

namespace {

using sandbox::Admission;
using sandbox::CallEnd;
using sandbox::Sandbox;

Kernel kernel_that(std::function<void(const Problem&, const Buffers&)> run) {
  Kernel kernel;
  kernel.name = "test.kernel";
  kernel.refuses = refuse_invalid;
  kernel.run = std::move(run);
  return kernel;
}

void mark(const Buffers& buffers) { *static_cast<float*>(buffers.output) = 42; }

}  // namespace

BOOST_AUTO_TEST_CASE(a_kernel_works_on_the_arena_it_is_given) {
  const KernelCall call(tiny);
  const auto sandbox = sandbox::in_process(kernel_that([&](const Problem&, const Buffers& b) {
                         BOOST_TEST(b.workspace == nullptr);
                         BOOST_TEST(b.stream == nullptr);
                         mark(b);
                       })).open();
  call.fill(*sandbox);

  const CallEnd end = call.run(*sandbox);

  BOOST_TEST((end.kind == CallEnd::Kind::returned));
  BOOST_TEST(end.how == "");
  BOOST_TEST(call.first_output(*sandbox) == 42);
}

BOOST_AUTO_TEST_CASE(a_kernel_gets_the_workspace_it_asked_for) {
  Kernel kernel = kernel_that([](const Problem&, const Buffers& b) {
    BOOST_TEST(b.workspace_bytes == 100);
    std::memset(b.workspace, 1, b.workspace_bytes);
  });
  kernel.workspace_bytes = [](const Problem&) { return std::size_t{100}; };
  KernelCall call(tiny);
  const auto sandbox = sandbox::in_process(kernel).open();

  const Admission admission = sandbox->admit(call.problem);
  call.add_workspace(admission.workspace_bytes);
  call.fill(*sandbox);
  const CallEnd end = call.run(*sandbox);

  BOOST_TEST(admission.workspace_bytes == 100);
  BOOST_TEST((end.kind == CallEnd::Kind::returned));
}

BOOST_AUTO_TEST_CASE(a_refusal_has_the_kernels_reason) {
  const auto sandbox = sandbox::in_process(kernel_that({})).open();
  KernelCall call(tiny);
  call.problem.precision = Precision::f64;
  KernelCall invalid(tiny);
  invalid.problem.spec.groups = 0;

  BOOST_TEST(sandbox->admit(call.problem).refusal.value() == "does not take f64");
  BOOST_TEST(sandbox->admit(invalid.problem).refusal.value() ==
             "groups is 0; it must be at least 1");
  BOOST_TEST(!sandbox->admit(KernelCall(tiny).problem).refusal);
}

BOOST_AUTO_TEST_CASE(an_invalid_spec_that_is_taken_is_not_asked_for_workspace) {
  Kernel kernel = kernel_that({});
  kernel.refuses = nullptr;
  kernel.workspace_bytes = [](const Problem&) -> std::size_t { throw std::bad_alloc(); };
  KernelCall call(tiny);
  call.problem.spec.groups = 0;

  const Admission admission = sandbox::in_process(kernel).open()->admit(call.problem);

  BOOST_TEST(!admission.refusal);
  BOOST_TEST((admission.end.kind == CallEnd::Kind::returned));
}

BOOST_AUTO_TEST_CASE(a_kernel_error_is_a_failure_and_any_other_exception_a_crash) {
  const KernelCall call(tiny);
  const auto end_of = [&](std::function<void()> act) {
    const auto sandbox = sandbox::in_process(kernel_that([&](auto&, auto&) { act(); })).open();
    call.fill(*sandbox);
    return call.run(*sandbox);
  };

  const CallEnd failed = end_of([] { throw KernelError("status 3"); });
  const CallEnd out_of_memory = end_of([] { throw std::bad_alloc(); });
  const CallEnd wordy = end_of([] { throw std::out_of_range("tap 9"); });
  const CallEnd odd = end_of([] { throw 7; });

  BOOST_TEST((failed.kind == CallEnd::Kind::failed));
  BOOST_TEST(failed.how == "status 3");
  BOOST_TEST((out_of_memory.kind == CallEnd::Kind::crashed));
  BOOST_TEST(out_of_memory.how == "threw std::bad_alloc");
  BOOST_TEST(wordy.how == "threw std::out_of_range: tap 9");
  BOOST_TEST(odd.how == "threw int");
}

BOOST_AUTO_TEST_CASE(an_exception_in_refuses_ends_the_admission) {
  Kernel kernel = kernel_that({});
  kernel.refuses = [](const Problem&) -> std::optional<std::string> {
    throw std::runtime_error("no table");
  };

  const Admission admission = sandbox::in_process(kernel).open()->admit(KernelCall(tiny).problem);

  BOOST_TEST((admission.end.kind == CallEnd::Kind::crashed));
  BOOST_TEST(admission.end.how == "threw std::runtime_error: no table");
}

BOOST_AUTO_TEST_CASE(the_arena_is_reused_while_it_is_large_enough) {
  struct : RemoteDevice {
    bool host_addressable() const override { return true; }
  } device;
  {
    const auto sandbox = sandbox::in_process(kernel_that({}), device).open();
    const std::byte* const large = sandbox->arena(1000).data();

    BOOST_TEST(sandbox->arena(10).data() == large);
    BOOST_TEST(sandbox->arena(10).size() == 10);
    BOOST_TEST(sandbox->arena(1000).data() == large);
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(large) % 64 == 0);
    BOOST_TEST(device.allocations == 1);

    BOOST_TEST(sandbox->arena(2000).size() == 2000);
    BOOST_TEST(device.allocations == 2);
  }
  BOOST_TEST(device.releases == 2);
}

BOOST_AUTO_TEST_CASE(a_device_with_its_own_memory_works_on_copies) {
  RemoteDevice device;
  const KernelCall call(tiny);
  float seen = 0;
  const auto sandbox = sandbox::in_process(kernel_that([&](const Problem&, const Buffers& b) {
                                             BOOST_TEST(b.stream == &device);
                                             seen = static_cast<float*>(b.input)[1];
                                             mark(b);
                                           }),
                                           device)
                           .open();
  call.fill(*sandbox);

  const CallEnd end = call.run(*sandbox);

  BOOST_TEST((end.kind == CallEnd::Kind::returned));
  BOOST_TEST(seen == 0);  // 1 * 7 % 5 - 2
  BOOST_TEST(call.first_output(*sandbox) == 42);
}

BOOST_AUTO_TEST_CASE(the_arena_holds_what_a_kernel_wrote_before_it_threw) {
  RemoteDevice device;
  const KernelCall call(tiny);
  const auto sandbox = sandbox::in_process(kernel_that([](const Problem&, const Buffers& b) {
                                             mark(b);
                                             throw KernelError("late");
                                           }),
                                           device)
                           .open();
  call.fill(*sandbox);

  const CallEnd end = call.run(*sandbox);

  BOOST_TEST((end.kind == CallEnd::Kind::failed));
  BOOST_TEST(call.first_output(*sandbox) == 42);
}

BOOST_AUTO_TEST_CASE(an_error_found_when_waiting_for_the_device_is_a_crash_of_the_kernel) {
  RemoteDevice device;
  const KernelCall call(tiny);
  const auto sandbox = sandbox::in_process(kernel_that([&](auto&, auto&) {
                                             device.illegal_address = true;
                                             device.lost = true;
                                           }),
                                           device)
                           .open();
  call.fill(*sandbox);

  const CallEnd end = call.run(*sandbox);

  BOOST_TEST((end.kind == CallEnd::Kind::crashed));
  BOOST_TEST(end.how ==
             "threw convict::EnvironmentError: illegal address; its memory could not be read "
             "afterwards: device lost");
}

BOOST_AUTO_TEST_CASE(a_device_that_fails_after_a_successful_run_is_no_finding) {
  RemoteDevice device;
  const KernelCall call(tiny);
  const auto sandbox = sandbox::in_process(kernel_that([](auto&, auto&) {}), device).open();
  call.fill(*sandbox);
  device.lost = true;

  BOOST_CHECK_THROW(call.run(*sandbox), EnvironmentError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace convict
