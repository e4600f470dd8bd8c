// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <cmath>

#include "cli/campaign.hpp"
#include "cli/command.hpp"
#include "cli/quantities.hpp"
#include "cli/subjects.hpp"
#include "core/errors.hpp"
#include "core/printable.hpp"
#include "fuzz/evidence.hpp"
#include "oracle/checks/checks.hpp"
#include "oracle/localise/error_picture.hpp"
#include "oracle/truth/statistics.hpp"
#include "reports/words.hpp"

namespace convict::cli {
namespace {

constexpr Manual replay_manual = {
    .usage = "convict replay --kernel NAME|FILE.so[:NAME] TRIAL | convict replay EVIDENCE.h5",
    .purpose =
        "Carries out one trial again and shows what is wrong: a pattern, a picture, the elements "
        "furthest outside\ntheir bounds. An evidence file (convict fuzz) has trial, data and "
        "kernel; --kernel tests another kernel on them.\n"
        "The kernel runs in a worker process, so that a crash or a hang shows as a verdict.",
    .examples =
        "  convict replay --kernel optimized.corr_mm "
        "'c3_i8x8_k4_f3x3_phalf/forward/f32/fill=flat,seed=7'\n"
        "  convict replay --kernel ./direct.so:direct.forward 'c1_i5_k1_f3/forward/f32'\n"
        "  convict replay --times 100 --kernel ./direct.so:direct.forward "
        "'c1_i5_k1_f3/forward/f32'\n"
        "  convict replay convict-out/fuzz-20261122-153000/evidence/0001.h5\n"};

void print_elements(const oracle::Answer& answer) {
  const std::vector<Element>& shown = answer.worst.empty() ? answer.wrong : answer.worst;
  if (shown.empty()) return;
  fmt::print("\n{:<24} {:>24} {:>24} {:>12} {:>12} {:>12}\n", "element", "subject", "truth",
             "error", "bound", "error/bound");
  for (const Element& element : shown) {
    const double error = element.subject - element.truth;
    fmt::print("{:<24} {:>24.17g} {:>24.17g} {:>12.4g} {:>12.4g} {:>12}\n",
               fmt::format("({})", fmt::join(element.index, ", ")), element.subject, element.truth,
               error, element.bound,
               element.bound > 0 ? fmt::format("{:.4g}", std::fabs(error) / element.bound) : "-");
  }
  const auto total = static_cast<std::size_t>(answer.verdict.wrong);
  if (total > shown.size()) fmt::print("... and {} more\n", total - shown.size());
}

void print_picture(const Trial& trial, const oracle::Answer& answer) {
  // No picture of a sample: the elements between are not known.
  if (answer.verdict.pattern.empty() || answer.wrong_elements.size() < 2) return;
  fmt::print("\n{}", oracle::error_picture(trial, answer.wrong_elements, answer.not_numbers,
                                           answer.complete));
}

void print_verdict(const Verdict& verdict) {
  fmt::print("verdict  {}{}\n", name_of(verdict.outcome),
             verdict.layer.empty()
                 ? ""
                 : fmt::format(" (decided by: {})", reports::layer_phrase(verdict.layer)));
  if (!verdict.reason.empty()) fmt::print("reason   {}\n", printable(verdict.reason));
  if (verdict.elements > 0)
    fmt::print("judged   {} elements, {} wrong\n", verdict.elements, verdict.wrong);
  if (!verdict.pattern.empty()) fmt::print("pattern  {}\n", printable(verdict.pattern));
  if (verdict.worst_ratio > 0)
    fmt::print("error    at most {:.3g} of the element's rounding bound\n", verdict.worst_ratio);
  if (!verdict.note.empty()) fmt::print("note     {}\n", printable(verdict.note));
}

/// The evidence file, or the trial without data: they are made from its seed.
fuzz::Evidence evidence_of(const Parsed& parsed) {
  const auto& argument = parsed.get<std::string>("TRIAL");
  if (argument.ends_with(".h5")) return fuzz::read_evidence(argument);
  return {.trial = parse_trial(argument)};
}

std::string kernel_of(const Parsed& parsed, const fuzz::Evidence& evidence) {
  if (parsed.has("kernel")) return parsed.get<std::string>("kernel");
  if (evidence.kernel.empty())
    throw UsageError(fmt::format("--kernel is missing; usage: {}", replay_manual.usage));
  return evidence.kernel;
}

/// The wrong elements that the verdict of another check than the judge's names.
std::vector<Element> kept(const Verdict& verdict) {
  std::vector<Element> elements;
  if (verdict.first) elements.push_back(*verdict.first);
  if (verdict.worst && (elements.empty() || verdict.worst->index != elements.front().index))
    elements.push_back(*verdict.worst);
  return elements;
}

struct Replayed {
  oracle::Answer answer;
  std::vector<oracle::ErrorStatistics> statistics{};  ///< of real-valued data
  std::int64_t found = 0;                             ///< how many replays were findings
};

/// Carries out the trial `times` times, each time in a new worker; the verdict is that of the first
/// finding, if there is one.
Replayed repeated(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                  oracle::Cases& cases, std::int64_t times) {
  Replayed replayed;
  for (std::int64_t time = 0; time < times; ++time) {
    if (time > 0) sandbox.renew();
    Verdict verdict = oracle::carry_out(trial, subject, sandbox, cases);
    const bool first_found = is_finding(verdict.outcome) && replayed.found++ == 0;
    if (time == 0 || first_found) replayed.answer.verdict = std::move(verdict);
  }
  return replayed;
}

/// Carries out the trial; of the plain check, unless there are several replays, which need not end
/// alike, once more for the wrong elements and the result. The result is not kept when it is huge.
Replayed carry_out(const fuzz::Evidence& evidence, const sandbox::Subject& subject,
                   std::int64_t times) {
  constexpr index_t huge = index_t{1} << 27;
  const Trial& trial = evidence.trial;
  oracle::GoldenCases golden;
  if (evidence.golden) golden.emplace(to_string(trial), *evidence.golden);
  const auto sandbox = subject.open();
  const Claims& claims = subject.kernel.claims;
  oracle::Cases cases(&golden, truth_kernels(), oracle::Cases::StoredFor::subject);
  Replayed replayed = repeated(trial, subject, *sandbox, cases, times);
  oracle::Answer& answer = replayed.answer;
  if (trial.recipe.check != "judge" || times > 1) {
    answer.wrong = kept(answer.verdict);
  } else if (answer.verdict.elements > 0) {
    const oracle::Case& known = cases.of(trial, claims);
    std::vector<double> result;
    const bool small = result_elements(trial.spec, trial.pass) < huge;
    if (small || answer.verdict.wrong > 0)
      answer = oracle::try_case(known, subject, *sandbox, small ? &result : nullptr);
    const auto errors = oracle::errors_in_roundoffs(known, claims, result);
    if (!errors.empty()) replayed.statistics = oracle::error_statistics(trial, errors);
  }
  return replayed;
}

void print_statistics(const std::vector<oracle::ErrorStatistics>& statistics) {
  constexpr std::size_t shown = 6;
  if (statistics.empty() || statistics.front().count == 0) return;
  fmt::print(
      "\nerrors divided by u S (u: the accumulator's unit roundoff, S: the sum of the absolute "
      "products of an element)\n{:<32} {:>10} {:>12} {:>12}\n",
      "class of elements", "elements", "rms", "mean");
  for (std::size_t i = 0; i < std::min(shown, statistics.size()); ++i)
    fmt::print("{:<32} {:>10} {:>12.4g} {:>12.3g}\n", statistics[i].elements, statistics[i].count,
               statistics[i].root_mean_square, statistics[i].mean);
  if (statistics.size() > shown) fmt::print("... and {} more\n", statistics.size() - shown);
}

}  // namespace

int replay(const Arguments& arguments) {
  options::options_description visible;
  visible.add_options()("kernel", options::value<std::string>()->value_name("NAME"),
                        "the kernel under test: a built-in one, or ./file.so:NAME of a plug-in")(
      "in-process", "run a built-in kernel in this process, within reach of a debugger")(
      "times", options::value<Count>()->value_name("N")->default_value({1}, "1"),
      "carry out the trial N times, each time in a new worker, and count the findings");
  // Built-in kernels have no time limit in the process of conform: a slow one may need more here.
  constexpr double time_limit_s = 60;
  visible.add(limit_options(time_limit_s));
  const Parsed parsed = parse(arguments, replay_manual, visible, {"TRIAL"});
  if (parsed.helped) return exit_fine;
  const std::int64_t times = parsed.get<Count>("times").value;
  const fuzz::Evidence evidence = evidence_of(parsed);
  const Trial& trial = evidence.trial;
  const sandbox::Subject subject =
      subject_named(kernel_of(parsed, evidence), limits_of(parsed),
                    parsed.has("in-process") ? BuiltInsRun::here : BuiltInsRun::in_worker);
  const auto [answer, statistics, found] = carry_out(evidence, subject, times);
  fmt::print("kernel   {}\ntrial    {}\n", printable(subject.kernel.name), to_string(trial));
  if (times > 1) fmt::print("replays  {} of {} failed\n", found, times);
  print_verdict(answer.verdict);
  print_picture(trial, answer);
  print_elements(answer);
  print_statistics(statistics);
  if (is_finding(answer.verdict.outcome)) return exit_finding;
  return answer.verdict.outcome == Outcome::unsupported ? exit_usage : exit_fine;
}

}  // namespace convict::cli
