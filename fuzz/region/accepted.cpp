// SPDX-License-Identifier: Apache-2.0
#include "fuzz/region/accepted.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/problem.hpp"

namespace convict::fuzz {
namespace {

constexpr std::size_t most_questions = 16'000;

Hints hints_for(const sandbox::Subject& subject, const Hints& given) {
  const auto declared = [](const auto& values, auto value) {
    return std::ranges::find(values, value) != values.end();
  };
  Hints hints = given;
  std::erase_if(hints.passes, [&](Pass pass) { return !declared(subject.kernel.passes, pass); });
  std::erase_if(hints.precisions, [&](Precision precision) {
    return !declared(subject.kernel.precisions, precision);
  });
  for (const Layout& layout : subject.kernel.layouts)
    if (!declared(hints.layouts, layout)) hints.layouts.push_back(layout);
  return hints;
}

}  // namespace

std::unique_ptr<sandbox::Sandbox> Questions::borrowed() const {
  {
    const std::scoped_lock lock(mutex_);
    if (!free_.empty()) {
      auto sandbox = std::move(free_.back());
      free_.pop_back();
      return sandbox;
    }
  }
  return subject_.open();
}

bool Questions::takes(const Trial& trial) const {
  constexpr int most_failures = 3;
  const index_t alignment = subject_.kernel.claims.required_alignment;
  if (alignment > 1 && trial.recipe.align % alignment != 0) return false;
  auto sandbox = borrowed();
  {
    const std::scoped_lock lock(mutex_);
    if (failures_ >= most_failures) return true;
  }
  sandbox::Admission admission = sandbox->admit(problem_of(trial));
  // A worker that was killed from outside says nothing about its kernel, and all trials of the
  // search depend on the answer.
  if (admission.end.kind == sandbox::CallEnd::Kind::crashed)
    admission = sandbox->admit(problem_of(trial));
  const bool returned = admission.end.kind == sandbox::CallEnd::Kind::returned;
  const std::scoped_lock lock(mutex_);
  if (!returned) ++failures_;
  free_.push_back(std::move(sandbox));
  return returned && !admission.refusal;
}

Accepted::Accepted(std::span<const sandbox::Subject> subjects, std::span<const Trial> ordinary,
                   const Hints& hints) {
  constexpr double nearly_everything = 0.95;
  for (const sandbox::Subject& subject : subjects) {
    Kernel made{
        .name = subject.kernel.name,
        .required_alignment = std::max<index_t>(1, subject.kernel.claims.required_alignment),
        .questions = std::make_unique<Questions>(subject),
        .region = {}};
    const Takes takes = [&questions = *made.questions](const Trial& trial) {
      return questions.takes(trial);
    };
    const auto taken = std::ranges::count_if(ordinary, takes);
    if (!ordinary.empty())
      made.share = static_cast<double>(taken) / static_cast<double>(ordinary.size());
    if (made.share < nearly_everything)
      made.region = Region::learned(takes, hints_for(subject, hints), most_questions);
    kernels_.push_back(std::move(made));
  }
}

Trial Accepted::fitted(const Trial& wanted, std::size_t turn, Draw draw) const {
  const Kernel& of = kernel(turn);
  Trial aligned = wanted;
  aligned.recipe.align -= aligned.recipe.align % of.required_alignment;
  if (!of.region) return aligned;
  return of.region->fitted(
      aligned, [&](const Trial& trial) { return of.questions->takes(trial); }, draw);
}

bool Accepted::is_narrow(std::size_t turn) const { return kernel(turn).region.has_value(); }

bool Accepted::takes(const Trial& trial, std::size_t turn) const {
  return kernel(turn).questions->takes(trial);
}

std::vector<std::string> Accepted::notes() const {
  std::vector<std::string> sentences;
  for (const Kernel& of : kernels_) {
    if (!of.region) continue;
    const std::string taken = fmt::format(
        "{} takes {:.0f} % of the problems that are drawn for any kernel", of.name, 100 * of.share);
    if (of.region->known().empty())
      sentences.push_back(fmt::format("{}, and {} questions found none that it takes", taken,
                                      of.region->questions()));
    else
      sentences.push_back(
          fmt::format("{}; after {} questions about what it takes, trials were drawn inside that",
                      taken, of.region->questions()));
  }
  return sentences;
}

}  // namespace convict::fuzz
