// SPDX-License-Identifier: Apache-2.0
// Searches for kernels that take few problems: nearly every trial calls them, and what is wrong
// with some of these problems is found.
#include <atomic>
#include <boost/test/unit_test.hpp>

#include "fuzz/acceptance.hpp"
#include "fuzz/campaign.hpp"
#include "tests/sandbox/plugin_path.hpp"

namespace convict {

BOOST_AUTO_TEST_SUITE(narrow_test)

namespace {

/// Counts the trials that call a kernel, and asks for a stop at the first finding.
struct Watch final : run::Observer {
  void trial(const TrialResult& result) override {
    ++trials;
    const std::string& check = result.trial.recipe.check;
    const bool calls = check != "must_refuse" && check != "power";
    if (calls && result.verdict.outcome != Outcome::unsupported) ++called;
    if (!is_finding(result.verdict.outcome)) return;
    found = to_string(result.trial) + ": " + result.verdict.reason;
    stop = true;
  }
  std::size_t trials = 0;
  std::size_t called = 0;
  std::string found;  ///< the first finding
  std::atomic<bool> stop = false;
};

Watch& search(Watch& watch, const sandbox::Subject& subject, std::size_t cases) {
  const std::span<const sandbox::Subject> subjects(&subject, 1);
  fuzz::CampaignOptions options{.cases = cases, .shrink_s = 0};
  options.space = fuzz::with_accepted(
      fuzz::within_reach({.products = 1e5, .large = false}, subjects), subjects);
  options.stop = &watch.stop;
  fuzz::run_campaign(subjects, watch, options);
  return watch;
}

bool is_wrong(const sandbox::Subject& subject) { return subject.kernel.name.ends_with("_wrong"); }

}  // namespace

BOOST_AUTO_TEST_CASE(at_least_90_percent_of_the_trials_call_a_narrow_kernel) {
  std::size_t kernels = 0;
  for (const sandbox::Subject& subject : sandbox::load_plugin(plugin_path("narrow"))) {
    if (is_wrong(subject)) continue;
    ++kernels;
    Watch watch;
    search(watch, subject, 400);
    BOOST_TEST(watch.found.empty(), subject.kernel.name << " on " << watch.found);
    BOOST_TEST(10 * watch.called >= 9 * watch.trials,
               subject.kernel.name << ": " << watch.called << " of " << watch.trials);
  }
  BOOST_TEST(kernels == 12U);
}

BOOST_AUTO_TEST_CASE(a_fault_at_one_remainder_is_found_in_11_of_12_narrow_kernels) {
  std::size_t found = 0;
  for (const sandbox::Subject& subject : sandbox::load_plugin(plugin_path("narrow"))) {
    if (!is_wrong(subject)) continue;
    Watch watch;
    search(watch, subject, 6000);
    BOOST_TEST_MESSAGE(subject.kernel.name
                       << (watch.found.empty() ? " not found in " : " found after ")
                       << watch.trials);
    if (!watch.found.empty()) ++found;
  }
  BOOST_TEST(found >= 11U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace convict
