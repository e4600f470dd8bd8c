// SPDX-License-Identifier: Apache-2.0
// Every mutant is wrong where its trigger says so, and right elsewhere.
#include "mutants/mutants.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "datasets/suite.hpp"
#include "oracle/checks/checks.hpp"

namespace convict::mutants {
namespace {

BOOST_AUTO_TEST_SUITE(mutants_test)

Verdict verdict_on(const sandbox::Subject& subject, const Trial& trial, oracle::Cases& cases) {
  return oracle::carry_out(trial, subject, *subject.open(), cases);
}

/// Every `step`-th trial of the suite `core`.
std::vector<Trial> sample_of_core(std::size_t step) {
  static const std::vector<Trial> all = datasets::suite_named("core");
  std::vector<Trial> trials;
  for (std::size_t at = 0; at < all.size(); at += step) trials.push_back(all[at]);
  return trials;
}

bool is_layer_of_the_judge(std::string_view intended) {
  return intended == "sandbox" || intended == "memory safety" || intended == "exact" ||
         intended == "bound";
}
bool is_a_check(std::string_view intended) {
  return std::ranges::any_of(oracle::checks(),
                             [&](const oracle::Check& check) { return check.name == intended; });
}

/// Mutants whose intended check exists; prints the others.
std::vector<const Mutant*> with_a_check() {
  std::vector<const Mutant*> found;
  std::vector<std::string> skipped;
  for (const Mutant& mutant : all_mutants())
    if (is_layer_of_the_judge(mutant.intended) || is_a_check(mutant.intended))
      found.push_back(&mutant);
    else
      skipped.push_back(fmt::format("{} ({})", mutant.kernel.name, mutant.intended));
  if (!skipped.empty())
    BOOST_TEST_MESSAGE(fmt::format("SKIPPED, no such check yet: {}", fmt::join(skipped, ", ")));
  return found;
}

BOOST_AUTO_TEST_CASE(there_are_mutants_of_every_class_of_fault_and_no_name_twice) {
  std::set<std::string> names;
  std::set<std::string_view> classes;
  for (const Mutant& mutant : all_mutants()) {
    names.insert(mutant.kernel.name);
    classes.insert(mutant.fault_class);
    BOOST_TEST(mutant.kernel.name.starts_with("mutant."));
    BOOST_TEST(!mutant.fault.empty(), mutant.kernel.name);
  }

  BOOST_TEST(names.size() == all_mutants().size());
  BOOST_TEST(names.size() >= 70);
  for (const char* wanted : {"SHAPE", "IDX", "OVF", "PAD", "TAIL", "GRP", "UNINIT", "PREC",
                             "LAYOUT", "RACE", "STRB", "DISP", "WS", "ACC", "CACHE", "MEMORY"})
    BOOST_TEST(classes.contains(wanted), wanted);
}

BOOST_AUTO_TEST_CASE(the_right_kernel_passes_the_core_suite) {
  oracle::Cases cases;
  index_t passed = 0;
  for (const Trial& trial : sample_of_core(5)) {
    const Verdict verdict = verdict_on(sandbox::in_process(right()), trial, cases);

    const bool accepted = verdict.outcome == Outcome::pass ||
                          verdict.outcome == Outcome::mistrusted ||
                          (verdict.outcome == Outcome::unsupported &&
                           std::ranges::count(right().precisions, trial.precision) == 0);
    BOOST_TEST(accepted, to_string(trial) << ": " << verdict.reason);
    passed += verdict.outcome == Outcome::pass ? 1 : 0;
  }
  BOOST_TEST(passed > 2000);
}

BOOST_AUTO_TEST_CASE(every_mutant_is_found_on_its_example_and_the_right_kernel_is_accepted) {
  for (const Mutant* const mutant : with_a_check()) {
    const Trial trial = parse_trial(mutant->example);
    oracle::Cases cases;

    const Verdict of_right = verdict_on(sandbox::in_process(right()), trial, cases);
    const Verdict verdict = verdict_on(subject_of(*mutant), trial, cases);

    const std::string context =
        fmt::format("{} on {}: {}, {}: {}", mutant->kernel.name, mutant->example,
                    name_of(verdict.outcome), verdict.layer, verdict.reason);
    BOOST_TEST(!is_finding(of_right.outcome), context << " / " << of_right.reason);
    BOOST_TEST(is_finding(verdict.outcome), context);
    if (is_layer_of_the_judge(mutant->intended))
      BOOST_TEST(verdict.layer == mutant->intended, context);
  }
}

BOOST_AUTO_TEST_CASE(every_trigger_is_true_on_the_example) {
  for (const Mutant& mutant : all_mutants())
    BOOST_TEST(mutant.triggered(parse_trial(mutant.example)), mutant.kernel.name);
}

/// Trials that must be refused cost nothing and are tried on every mutant, the others on every
/// eighth.
BOOST_AUTO_TEST_CASE(no_mutant_is_found_where_its_trigger_is_false) {
  constexpr std::size_t share = 8;
  const std::vector<Trial> trials = sample_of_core(131);
  std::set<std::string_view> tried;
  oracle::Cases cases;
  for (std::size_t at = 0; at < trials.size(); ++at)
    for (std::size_t i = 0; i < all_mutants().size(); ++i) {
      const Trial& trial = trials[at];
      const Mutant& mutant = all_mutants()[i];
      if (trial.recipe.check == "judge" && (at + i) % share != 0) continue;
      if (mutant.triggered(trial)) continue;
      tried.insert(mutant.kernel.name);

      const Verdict verdict = verdict_on(subject_of(mutant), trial, cases);

      BOOST_TEST(!is_finding(verdict.outcome),
                 mutant.kernel.name << " on " << to_string(trial) << ": " << verdict.reason);
    }
  for (const Mutant& mutant : all_mutants())
    BOOST_TEST(tried.contains(mutant.kernel.name), mutant.kernel.name);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::mutants
