// Everything of the cuDNN layer but running, with the true library and no device: a description of
// a device takes its place.
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "datasets/shape_sets.hpp"
#include "datasets/suite.hpp"
#include "gpu/cudnn/cudnn_service.hpp"
#include "gpu/cudnn/rows.hpp"
#include "gpu/runtime/library.hpp"
#include "tests/gpu_cudnn_cases.hpp"

namespace convict::gpu::cudnn::test {
namespace {

constexpr int skipped = 77;

/// Without the library there is nothing to try.
struct NeedsTheLibrary {
  NeedsTheLibrary() {
    if (const auto why = why_unusable()) {
      std::fprintf(stderr, "skipped: %s\n", why->c_str());
      std::_Exit(skipped);
    }
  }
};
BOOST_TEST_GLOBAL_FIXTURE(NeedsTheLibrary);

struct OnAnH200 {
  Planner planner{api(), device_properties(api(), h200())};

  Answer answer(const Problem& problem, const Choice& choice = {}) {
    return planner.answer(problem, choice);
  }
};

void require_allowed(const Plan& plan, const Problem& problem, const Choice& choice) {
  for (const auto note : forbidden_notes(problem.precision))
    BOOST_TEST_REQUIRE(!plan.notes.has(note), to_string(problem.spec) + ": " + name_of(note));
  BOOST_TEST_REQUIRE(!plan.notes.has(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC));
  BOOST_TEST_REQUIRE(!plan.notes.has(CUDNN_NUMERICAL_NOTE_FFT));
  BOOST_TEST_REQUIRE(!plan.notes.has(CUDNN_NUMERICAL_NOTE_WINOGRAD));
  BOOST_TEST_REQUIRE(plan.workspace_bytes <= choice.workspace_limit);
}

/// One problem of each (spec, pass, precision) that the core suite names, with the trial's layout,
/// pitch and factors; every other f32 one as tf32.
std::vector<Problem> core_problems() {
  std::vector<Problem> problems;
  std::set<std::string> seen;
  for (const Trial& trial : datasets::suite_named("core")) {
    if (why_invalid(trial.spec)) continue;
    const std::string name = to_string(trial.spec) + std::string(name_of(trial.pass)) +
                             std::string(name_of(trial.precision));
    if (!seen.insert(name).second) continue;
    const bool reduced = trial.precision == Precision::f32 && problems.size() % 2 == 1;
    Problem one = problem(trial.spec, trial.pass, reduced ? Precision::tf32 : trial.precision,
                          trial.recipe.layout, trial.recipe.pitch);
    one.alpha = trial.recipe.alpha;
    one.beta = trial.recipe.beta;
    problems.push_back(one);
  }
  return problems;
}

BOOST_FIXTURE_TEST_CASE(every_problem_of_the_core_suite_is_served_or_refused_in_words, OnAnH200) {
  const Choice usual;
  int served = 0, refused = 0;
  for (const Problem& one : core_problems()) {
    if (has_empty_tensor(one)) continue;
    const Answer answer = this->answer(one);

    if (!answer.plan) {
      ++refused;
      BOOST_TEST_REQUIRE(answer.why.size() > 10, to_string(one.spec));
      std::printf("%s %s %s: %s\n", to_string(one.spec).c_str(), name_of(one.pass).data(),
                  name_of(one.precision).data(), answer.why.c_str());
      continue;
    }
    ++served;
    require_allowed(*answer.plan, one, usual);
  }
  BOOST_TEST_MESSAGE(served << " served, " << refused << " refused");
  std::printf("%d %d\n", served, refused);
}

}  // namespace
}  // namespace convict::gpu::cudnn::test
