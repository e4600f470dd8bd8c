// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>

#include "gpu/cudnn/engines.hpp"

namespace convict::gpu::cudnn {

/// An engine ready to run on one problem.
struct Plan {
  index_t engine = 0;
  Notes notes;
  std::size_t workspace_bytes = 0;
  std::shared_ptr<const Graph> graph;  ///< must live as long as `config` and `plan`
  Descriptor config;                   ///< must live as long as `plan`
  Descriptor plan;
};

/// A plan, or why there is none.
struct Answer {
  std::shared_ptr<const Plan> plan;
  std::string why;
};

/// Milliseconds that a plan takes on its problem.
using TimePlan = std::function<double(const Problem&, const Plan&)>;

/// Chooses engines for one device and caches the last 256 answers, one for every (problem, choice)
/// whatever the thread count. May be used by several threads.
class Planner {
 public:
  /// `time` is for timed choices.
  Planner(const Api& api, Descriptor device, TimePlan time = {});

  /// Throws EnvironmentError when the library or the device does not work, KernelError for an
  /// internal failure of cuDNN before any engine was tried.
  Answer answer(const Problem& problem, const Choice& choice);

  /// Plans of the first `most` engines that may be used, in the order of the heuristics; not
  /// cached.
  struct Ready {
    std::vector<Plan> plans;
    std::string why;  ///< why engines were declined, for when there is no plan
  };
  Ready ready(const Problem& problem, const Choice& choice, std::size_t most) const;

  const Descriptor& device() const { return device_; }
  const Api& api() const { return *api_; }

 private:
  Answer chosen(const Problem& problem, const Choice& choice) const;
  Answer fastest(const Problem& problem, std::vector<Plan> plans) const;

  const Api* api_;
  Descriptor device_;
  TimePlan time_;
  std::mutex mutex_;
  std::map<std::string, Answer> answers_;
  std::list<std::string> oldest_first_;
};

/// Why cuDNN is not asked about a problem (the spec is invalid, or the filters are unshared), or
/// nothing.
std::optional<std::string> why_not_asked(const Problem& problem);

/// Whether one of the tensors has no element. cuDNN is not asked about such problems either; the
/// result is beta times the old result.
bool has_empty_tensor(const Problem& problem);

}  // namespace convict::gpu::cudnn
