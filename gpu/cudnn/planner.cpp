// SPDX-License-Identifier: Apache-2.0
#include "gpu/cudnn/planner.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "core/spec_text.hpp"

namespace convict::gpu::cudnn {
namespace {

constexpr std::size_t most_remembered = 256;

/// Why engines were declined, for the message when no engine serves.
struct Declined {
  std::map<std::string, int> reasons;
  std::string last_words;

  void add(const std::string& reason) { ++reasons[reason]; }
  std::string words() const {
    std::vector<std::string> parts;
    for (const auto& [reason, count] : reasons)
      parts.push_back(fmt::format("{} {}", count, reason));
    if (!last_words.empty()) parts.push_back(last_words);
    return parts.empty() ? "no engine of cuDNN takes it"
                         : fmt::format("no engine of cuDNN serves: {}", fmt::join(parts, "; "));
  }
};

std::string key_of(const Problem& problem, const Choice& choice) {
  const TensorShapes& at = problem.shapes;
  return fmt::format("{}/{}/{}/{}/{}/{}/{}/{}/{}", to_string(problem.spec), name_of(problem.pass),
                     name_of(problem.precision), problem.alpha, problem.beta,
                     fmt::join(at.input.strides, ","), fmt::join(at.filters.strides, ","),
                     fmt::join(at.output.strides, ","), to_string(choice));
}

Descriptor finalized_plan(const Api& api, const Descriptor& config, const Descriptor& device) {
  Descriptor plan(api, CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, "plan");
  plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config);
  plan.set(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, device);
  plan.finalize();
  return plan;
}

/// One search through cuDNN's engines.
class Search {
 public:
  Search(const Api& api, const Descriptor& device, const Problem& problem, const Choice& choice)
      : api_(api), device_(device), problem_(problem), choice_(choice) {}

  Planner::Ready first(std::size_t most) {
    try {
      graph_ = std::make_shared<const Graph>(graph_of(api_, problem_));
    } catch (const NotSupported& error) {
      return {{}, error.what()};
    }
    if (choice_.engine) {
      take(most, [&] { return the_engine(); });
    } else {
      take(most, [&] { return proposals(api_, *graph_, device_, CUDNN_HEUR_MODE_A); });
      take(most, [&] { return proposals(api_, *graph_, device_, CUDNN_HEUR_MODE_FALLBACK); });
    }
    return {std::move(plans_), declined_.words()};
  }

 private:
  std::vector<Candidate> the_engine() const {
    std::vector<Candidate> one;
    one.push_back(engine_at(api_, *graph_, device_, *choice_.engine));
    return one;
  }

  /// Considers the candidates of `source`. A source may refuse the graph where another does not.
  void take(std::size_t most, auto&& source) {
    if (plans_.size() == most) return;
    std::vector<Candidate> candidates;
    try {
      candidates = source();
    } catch (const NotSupported& error) {
      declined_.last_words = error.what();
    }
    for (Candidate& candidate : candidates)
      if (plans_.size() < most) consider(candidate);
  }

  void consider(Candidate& candidate) {
    if (const auto why = why_forbidden(candidate.notes, problem_.precision, choice_))
      return declined_.add(*why);
    try {
      Descriptor plan = finalized_plan(api_, candidate.config, device_);
      const auto bytes = static_cast<std::size_t>(
          std::max<std::int64_t>(0, plan.integer(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE)));
      if (bytes > choice_.workspace_limit)
        return declined_.add(
            fmt::format("needs more than {} bytes of workspace", choice_.workspace_limit));
      plans_.push_back({candidate.engine, std::move(candidate.notes), bytes, graph_,
                        std::move(candidate.config), std::move(plan)});
    } catch (const KernelError& error) {  // another engine may work
      declined_.add("could not be made ready");
      declined_.last_words = error.what();
    }
  }

  const Api& api_;
  const Descriptor& device_;
  const Problem& problem_;
  const Choice& choice_;
  std::shared_ptr<const Graph> graph_;
  std::vector<Plan> plans_;
  Declined declined_;
};

}  // namespace

Planner::Planner(const Api& api, Descriptor device, TimePlan time)
    : api_(&api), device_(std::move(device)), time_(std::move(time)) {}

Planner::Ready Planner::ready(const Problem& problem, const Choice& choice,
                              std::size_t most) const {
  return Search(*api_, device_, problem, choice).first(most);
}

Answer Planner::fastest(const Problem& problem, std::vector<Plan> plans) const {
  std::vector<double> times;
  for (const Plan& plan : plans) times.push_back(time_(problem, plan));
  const auto best = std::ranges::min_element(times) - times.begin();
  return {std::make_shared<const Plan>(std::move(plans[static_cast<std::size_t>(best)])), ""};
}

Answer Planner::chosen(const Problem& problem, const Choice& choice) const {
  constexpr std::size_t all = 1000;
  auto [plans, why] = ready(problem, choice, choice.timed && time_ ? all : 1);
  if (plans.size() > 1) return fastest(problem, std::move(plans));
  if (plans.size() == 1) return {std::make_shared<const Plan>(std::move(plans.front())), ""};
  if (choice.wanted == Transform::none) return {nullptr, why};
  return chosen(problem, choice_named("none"));
}

Answer Planner::answer(const Problem& problem, const Choice& choice) {
  if (auto why = why_not_asked(problem)) return {nullptr, std::move(*why)};
  const std::string key = key_of(problem, choice);
  const std::scoped_lock lock(mutex_);
  if (const auto known = answers_.find(key); known != answers_.end()) return known->second;
  Answer answer = chosen(problem, with_fallbacks(choice, problem.spec));
  if (oldest_first_.size() == most_remembered) {
    answers_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
  oldest_first_.push_back(key);
  return answers_.emplace(key, std::move(answer)).first->second;
}

std::optional<std::string> why_not_asked(const Problem& problem) {
  if (auto why = refuse_invalid(problem)) return why;
  if (problem.spec.unshared) return "cuDNN knows no unshared filters";
  return std::nullopt;
}

bool has_empty_tensor(const Problem& problem) {
  return problem.shapes.input.elements() == 0 || problem.shapes.filters.elements() == 0 ||
         problem.shapes.output.elements() == 0;
}

}  // namespace convict::gpu::cudnn
