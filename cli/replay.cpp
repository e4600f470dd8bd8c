#include <fmt/core.h>
#include <fmt/ranges.h>

#include "cli/command.hpp"
#include "cli/subjects.hpp"
#include "oracle/checks.hpp"

namespace convict::cli {
namespace {

constexpr Manual manual = {
    .usage = "convict replay --kernel NAME|FILE.so[:ROW] TRIAL",
    .purpose = "Carries out one trial again and shows what is wrong, element by element.",
    .examples =
        "  convict replay --kernel optimized.corr_mm "
        "'c3_i8x8_k4_f3x3_phalf/forward/f32/fill=flat,seed=7'\n"
        "  convict replay --kernel ./direct.so:direct.forward 'c1_i5_k1_f3/forward/f32'\n"};

void print_elements(const std::vector<Element>& wrong, index_t total) {
  if (wrong.empty()) return;
  fmt::print("\n{:<24} {:>24} {:>24} {:>12} {:>12}\n", "element", "subject", "truth", "error",
             "bound");
  for (const Element& element : wrong)
    fmt::print("{:<24} {:>24.17g} {:>24.17g} {:>12.4g} {:>12.4g}\n",
               fmt::format("({})", fmt::join(element.index, ", ")), element.subject, element.truth,
               element.subject - element.truth, element.bound);
  if (static_cast<std::size_t>(total) > wrong.size())
    fmt::print("... and {} more\n", static_cast<std::size_t>(total) - wrong.size());
}

void print_verdict(const Verdict& verdict) {
  fmt::print("verdict  {}{}\n", name_of(verdict.outcome),
             verdict.layer.empty() ? "" : fmt::format(" (decided by {})", verdict.layer));
  if (!verdict.reason.empty()) fmt::print("reason   {}\n", verdict.reason);
  if (verdict.elements > 0)
    fmt::print("judged   {} elements, {} wrong\n", verdict.elements, verdict.wrong);
  if (verdict.worst_ratio > 0)
    fmt::print("error    at most {:.3g} of the bound\n", verdict.worst_ratio);
  if (!verdict.note.empty()) fmt::print("note     {}\n", verdict.note);
}

/// What a check other than the judge's keeps of the elements it found wrong.
std::vector<Element> kept(const Verdict& verdict) {
  std::vector<Element> elements;
  if (verdict.first) elements.push_back(*verdict.first);
  if (verdict.worst && (elements.empty() || verdict.worst->index != elements.front().index))
    elements.push_back(*verdict.worst);
  return elements;
}

oracle::Answer carry_out(const Trial& trial, const oracle::Subject& subject) {
  const auto custody = subject.take();
  oracle::Cases cases(nullptr, truth_rows());
  oracle::Answer answer{
      .verdict = oracle::carry_out(trial, subject, *custody, cases), .wrong = {}};
  if (trial.recipe.check == "judge" && answer.verdict.wrong > 0)
    answer = oracle::try_case(cases.of(trial, subject.row.claims), subject, *custody);
  else
    answer.wrong = kept(answer.verdict);
  return answer;
}

}  // namespace

int replay(const Arguments& arguments) {
  options::options_description visible;
  visible.add_options()("kernel", options::value<std::string>()->required(),
                        "the kernel on trial: a row, or a plug-in ./file.so:row");
  const Parsed parsed = parse(arguments, manual, visible, {"TRIAL"});
  if (parsed.helped) return exit_fine;
  const Trial trial = parse_trial(parsed.get<std::string>("TRIAL"));
  const oracle::Subject subject = subject_named(parsed.get<std::string>("kernel"));
  const oracle::Answer answer = carry_out(trial, subject);
  fmt::print("kernel   {}\ntrial    {}\n", subject.row.name, to_string(trial));
  print_verdict(answer.verdict);
  print_elements(answer.wrong, answer.verdict.wrong);
  if (is_finding(answer.verdict.outcome)) return exit_finding;
  return answer.verdict.outcome == Outcome::unsupported ? exit_usage : exit_fine;
}

}  // namespace convict::cli
