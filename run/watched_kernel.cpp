// SPDX-License-Identifier: Apache-2.0
#include "run/watched_kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace convict::run {
namespace {

using End = sandbox::CallEnd::Kind;

bool came_back(const sandbox::CallEnd& end) {
  return end.kind != End::hung && end.kind != End::withheld;
}

}  // namespace

std::optional<std::string> WatchedKernel::why_withheld(const Problem& problem,
                                                       const Recipe& recipe) {
  const std::scoped_lock lock(mutex_);
  if (runs_.hangs() + admissions_.hangs() == 0) return std::nullopt;
  const CallValues values = values_of(problem, recipe);
  if (auto why = admissions_.why_withheld(values)) return why;
  // Whether an invalid problem is refused is asked also where `run` would hang.
  return why_invalid(problem.spec) ? std::nullopt : runs_.why_withheld(values);
}

std::optional<double> WatchedKernel::time_limit(double work) const {
  const std::scoped_lock lock(mutex_);
  return usual_time_.limit(work);
}

void WatchedKernel::note(const Problem& problem, const Recipe& recipe, const sandbox::CallEnd& end,
                         const Effort& effort) {
  const CallValues values = values_of(problem, recipe);
  const std::scoped_lock lock(mutex_);
  if (end.kind == End::returned) usual_time_.add(effort.work, effort.seconds);
  if (end.kind == End::hung)
    runs_.hung(values);
  else if (came_back(end))
    runs_.returned(values);
}

void WatchedKernel::note_admission(const Problem& problem, const Recipe& recipe,
                                   const sandbox::CallEnd& end) {
  const CallValues values = values_of(problem, recipe);
  const std::scoped_lock lock(mutex_);
  if (end.kind == End::hung)
    admissions_.hung(values);
  else if (came_back(end))
    admissions_.returned(values);
}

std::optional<std::string> WatchedKernel::given_up() const {
  const std::scoped_lock lock(mutex_);
  if (auto why = admissions_.given_up()) return why;
  return runs_.given_up();
}

sandbox::Admission WatchedSandbox::admit(const Problem& problem) {
  if (auto why = kernel_.why_withheld(problem, recipe_))
    return {.end = {End::withheld, std::move(*why)}, .refusal = {}};
  sandbox::Admission admission = inner_->admit(problem);
  kernel_.note_admission(problem, recipe_, admission.end);
  return admission;
}

sandbox::CallEnd WatchedSandbox::run(const Problem& problem, const sandbox::Placement& placement) {
  using Clock = std::chrono::steady_clock;
  const std::optional<double> most = inner_->time_limit();
  // A kernel that copies its padding fills a workspace that is larger than its tensors.
  const double work = multiply_adds(problem.spec) + static_cast<double>(placement.workspace_bytes);
  const auto usual = most ? kernel_.time_limit(work) : std::nullopt;
  if (most) inner_->limit_run(std::min(usual.value_or(*most), *most));
  const auto begin = Clock::now();
  sandbox::CallEnd end = inner_->run(problem, placement);
  const std::chrono::duration<double> time = Clock::now() - begin;
  kernel_.note(problem, recipe_, end, {.work = work, .seconds = time.count()});
  if (end.kind != End::refused && end.kind != End::withheld) ++calls_;
  if (end.kind == End::hung && usual && *usual < *most)
    end.how +=
        fmt::format(" (calls with as much work take at most a {:.0f}th of that; --timeout is {} s)",
                    UsualTime::factor, *most);
  return end;
}

}  // namespace convict::run
