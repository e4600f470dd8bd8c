// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <ostream>

#include "core/memory_budget.hpp"
#include "oracle/checks/checks.hpp"
#include "sandbox/poison.hpp"
#include "sandbox/wire/shared_arena.hpp"
#include "tests/sandbox/plugin_path.hpp"
#include "tests/sandbox/plugin_sandbox.hpp"

namespace convict {

BOOST_AUTO_TEST_SUITE(memory_test)

namespace {

constexpr std::size_t mebibytes = 100;
constexpr auto problem = "c2_i5x4_k3_f2x2/forward/f32";

sandbox::Subject subject_of(const std::string& kernel, std::size_t limit_mib = 2048) {
  const auto all =
      sandbox::load_plugin(plugin_path("memory"), {.time_s = 20, .memory_bytes = limit_mib << 20});
  const auto subject =
      std::ranges::find(all, "memory." + kernel, [](const auto& one) { return one.kernel.name; });
  BOOST_REQUIRE((subject != all.end()));
  return *subject;
}

Verdict verdict_on(const std::string& kernel, const std::string& trial, std::size_t limit = 2048) {
  const sandbox::Subject subject = subject_of(kernel, limit);
  const auto sandbox = subject.open();
  oracle::Cases cases;
  return oracle::carry_out(parse_trial(trial), subject, *sandbox, cases);
}

struct Growing {
  const char* kernel;
  Outcome outcome;
  const char* reason;  ///< begins with this
};
std::ostream& operator<<(std::ostream& out, const Growing& one) { return out << one.kernel; }

const Growing growing[] = {
    {"leaks_64_kib", Outcome::fail, "its memory grew by 6"},  // 64 KiB a call, and page tables
    {"caches_64_calls", Outcome::pass, ""},
    {"caches_300_calls", Outcome::pass, ""},
    {"takes_50_mib_once", Outcome::pass, ""},
    {"copies_its_padding", Outcome::pass, ""},
};

}  // namespace

BOOST_DATA_TEST_CASE(a_leak_is_a_finding_and_a_cache_is_none, boost::unit_test::data::make(growing),
                     expected) {
  const Verdict verdict = verdict_on(expected.kernel, std::string(problem) + "/seed=3,check=leak");

  BOOST_TEST((verdict.outcome == expected.outcome), verdict.reason);
  BOOST_TEST(verdict.reason.starts_with(expected.reason), verdict.reason);
}

BOOST_DATA_TEST_CASE(calls_that_are_quick_are_held_to_the_limit,
                     boost::unit_test::data::make({"leaks_10_mib", "leaks_files",
                                                   "leaks_shared_memory"}),
                     kernel) {
  const Verdict verdict = verdict_on(kernel, std::string(problem) + "/check=leak", mebibytes);

  BOOST_TEST((verdict.outcome == Outcome::crashed), verdict.reason);
  std::size_t killed_at = 0;
  double grew_by = 0;
  const std::string told = verdict.reason.substr(verdict.reason.find("killed"));
  BOOST_REQUIRE_MESSAGE(
      std::sscanf(told.c_str(), "killed at %zu MiB of memory (it grew by %lf MiB a call",
                  &killed_at, &grew_by) == 2,
      verdict.reason);
  BOOST_TEST(killed_at >= mebibytes);
  BOOST_TEST(killed_at < 2 * mebibytes);  // some calls fit in an interval of 10 ms
  BOOST_TEST(grew_by > 5);
}

BOOST_AUTO_TEST_CASE(a_kernel_that_copies_huge_padding_can_answer_where_it_fits) {
  // A workspace of 64 MiB, and one of 16 GiB.
  BOOST_TEST(
      (verdict_on("copies_its_padding", "c1_i3_k2_f2_d16777217_p16777216:0/forward/f32").outcome ==
       Outcome::pass));
  const Verdict verdict =
      verdict_on("asks_for_everything", "c1_i3_k2_f2_d4294967297_p4294967296:0/forward/f32");

  BOOST_TEST((verdict.outcome == Outcome::unsupported));
  BOOST_TEST(verdict.reason.starts_with(
                 "too large here: the kernel asks for a workspace of 18446744073709551616 bytes"),
             verdict.reason);
}

BOOST_AUTO_TEST_CASE(a_workspace_costs_what_the_kernel_uses_of_it) {
  constexpr std::size_t gibibyte = std::size_t{1} << 30;
  constexpr std::size_t few = std::size_t{40} << 20;
  sandbox::SharedArena arena;
  BOOST_REQUIRE(MemoryBudget::of_process().bytes() > gibibyte);

  const auto workspace = arena.reserve(gibibyte);
  sandbox::poison_sparsely(workspace, 0, sizeof(float), sandbox::Poison::finite, {});

  BOOST_TEST(static_cast<int>(workspace.front()) == static_cast<int>(sandbox::Poison::finite));
  BOOST_TEST(static_cast<int>(workspace.back()) == static_cast<int>(sandbox::Poison::finite));
  BOOST_TEST(arena.used_bytes() < few);
  std::ranges::fill(workspace.first(2 * few), std::byte{1});
  BOOST_TEST(arena.used_bytes() > 2 * few);
  arena.reserve(0);
  BOOST_TEST(arena.used_bytes() < few);
  BOOST_TEST((verdict_on("asks_for_more_than_it_uses", problem).outcome == Outcome::pass));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace convict
