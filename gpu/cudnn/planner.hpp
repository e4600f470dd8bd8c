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
  std::shared_ptr<const Graph> graph;  ///< kept as long as what was made from it
  Descriptor config;                   ///< the same
  Descriptor plan;
};

/// A plan, or why there is none.
struct Answer {
  std::shared_ptr<const Plan> plan;
  std::string why;
};

/// Milliseconds that a plan takes on its problem.
using TimePlan = std::function<double(const Problem&, const Plan&)>;

/// Chooses engines for one device, and remembers the last few hundred choices: one for every
/// (problem, choice) whatever its thread count. May be used by several threads.
class Planner {
 public:
  /// `time` is for timed choices.
  Planner(const Api& api, Descriptor device, TimePlan time = {});

  /// Throws EnvironmentError when the library or the device does not work, KernelError when cuDNN
  /// fails inside before any engine was asked.
  Answer answer(const Problem& problem, const Choice& choice);

  /// The first `most` engines that may serve, ready to run, in the order of the heuristics; nothing
  /// is remembered.
  struct Ready {
    std::vector<Plan> plans;
    std::string why;  ///< what became of the engines, for when there is no plan
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

/// Why a problem is not for cuDNN before it is asked, or nothing: what is no convolution, and
/// unshared filters.
std::optional<std::string> why_not_asked(const Problem& problem);

/// Whether one of the tensors has no element; then cuDNN is not asked either, and the result is
/// beta times what it was.
bool has_empty_tensor(const Problem& problem);

}  // namespace convict::gpu::cudnn
