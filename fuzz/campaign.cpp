// SPDX-License-Identifier: Apache-2.0
#include "fuzz/campaign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <vector>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "fuzz/cluster.hpp"
#include "fuzz/evidence.hpp"
#include "fuzz/shrink/shrink.hpp"
#include "fuzz/steering.hpp"
#include "run/run_suite.hpp"

namespace convict::fuzz {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds checkpoint_interval(1);

/// Completes findings: gives each its cluster; shrinks the first of each cluster and writes its
/// evidence.
class Findings {
 public:
  Findings(std::span<const sandbox::Subject> subjects, const CampaignOptions& options)
      : subjects_(subjects), options_(options), sandboxes_(subjects.size()) {}

  TrialResult enriched(TrialResult result, std::size_t subject) {
    const std::string own = cluster_of(result.trial, result.verdict);
    const auto alias = alias_.find(result.kernel + '\n' + own);
    result.cluster = alias != alias_.end() ? alias->second : own;
    const bool past = options_.past != nullptr && options_.past->knows_cluster(result);
    result.repeated = alias != alias_.end() || past;
    if (!result.repeated) shrink_first(result, subject);
    alias_.emplace(result.kernel + '\n' + own, result.cluster);
    return result;
  }

 private:
  void shrink_first(TrialResult& result, std::size_t subject) {
    auto& sandbox = sandboxes_[subject];
    if (!sandbox) sandbox = subjects_[subject].open();
    const Shrunk shrunk = shrink_finding(result.trial, result.verdict, subjects_[subject], *sandbox,
                                         options_.shrink_s);
    if (shrunk.trial != result.trial) result.shrunk = shrunk.trial;
    // Findings that shrink to the same problem are taken for the same fault.
    const auto [first, is_new] =
        by_minimum_.emplace(fmt::format("{} {} {}", result.kernel, to_string(shrunk.trial.spec),
                                        name_of(shrunk.trial.pass)),
                            result.cluster);
    result.cluster = first->second;
    result.repeated = !is_new;
    if (!is_new || options_.evidence.empty()) return;
    const std::filesystem::path path = next_evidence();
    write_evidence(path, result, subjects_[subject], *sandbox);
    result.evidence = path.string();
  }

  /// The first name that is free: a resumed search adds to what is there.
  std::filesystem::path next_evidence() {
    std::error_code error;
    std::filesystem::create_directories(options_.evidence, error);
    if (error)
      throw EnvironmentError(fmt::format("cannot create the folder {}: {}",
                                         options_.evidence.string(), error.message()));
    for (;;) {
      std::filesystem::path path = options_.evidence / fmt::format("{:04}.h5", ++evidence_);
      if (!std::filesystem::exists(path)) return path;
    }
  }

  std::span<const sandbox::Subject> subjects_;
  const CampaignOptions& options_;
  std::vector<std::unique_ptr<sandbox::Sandbox>>
      sandboxes_;                                  ///< of each subject, once it is needed
  std::map<std::string, std::string> alias_;       ///< kernel, cluster_of -> cluster
  std::map<std::string, std::string> by_minimum_;  ///< kernel, shrunk spec, pass -> cluster
  std::size_t evidence_ = 0;
};

/// Hands out the trials and receives their results.
class Campaign final : public run::TrialSource, public run::Observer {
 public:
  Campaign(std::span<const sandbox::Subject> subjects, run::Observer& observer,
           const CampaignOptions& options)
      : subjects_(subjects),
        observer_(observer),
        options_(options),
        findings_(subjects, options),
        features_(no_counts()),
        weights_(first_weights()),
        tally_(options.past == nullptr ? run::Tally() : options.past->tally()) {
    if (options.past != nullptr) go_on_from(*options.past);
  }

  std::optional<Trial> trial(std::size_t number) override {
    const std::size_t at = first_ + number;
    if (at >= options_.cases) return std::nullopt;
    return trial_at(options_.space, at, weights());
  }

  /// The weights of an epoch depend on the results of all epochs before it.
  std::size_t awaited(std::size_t number) const override {
    const std::size_t begin = (first_ + number) / options_.epoch * options_.epoch;
    return begin > first_ ? begin - first_ : 0;
  }

  bool endless() const override { return true; }

  void trial(const TrialResult& result) override {
    const bool refused_as_it_must =
        result.trial.recipe.check == "must_refuse" && !is_left_out(result.verdict.outcome);
    ran_ = ran_ || was_run(result) || refused_as_it_must;
    found_ = found_ || is_finding(result.verdict.outcome);
    if (options_.past == nullptr || !options_.past->was_reported(result)) report(result);
    if (++subject_ < subjects_.size()) return;
    finish_trial(result.trial);
  }

  void write_checkpoint() {
    const std::scoped_lock lock(mutex_);
    observer_.checkpoint({.trials = done_, .features = features_});
    next_checkpoint_ = Clock::now() + checkpoint_interval;
  }

  const run::Tally& tally() const { return tally_; }

 private:
  void report(const TrialResult& result) {
    tally_.add(result);
    if (is_finding(result.verdict.outcome))
      observer_.trial(findings_.enriched(result, subject_));
    else
      observer_.trial(result);
  }

  void go_on_from(const Past& past) {
    const run::Checkpoint& reached = past.reached();
    if (reached.trials == 0) return;
    if (reached.features.size() != features_.size())
      throw InputError(fmt::format("the journal counts {} features, this program {}",
                                   reached.features.size(), features_.size()));
    first_ = done_ = reached.trials;
    features_ = reached.features;
    for (std::size_t i = 0; i < weights_.size(); ++i) weights_[i] = features_[i].weight;
  }

  void finish_trial(const Trial& trial) {
    {
      const std::scoped_lock lock(mutex_);
      count(features_, trial, ran_, found_);
      ++done_;
      if (done_ % options_.epoch == 0) begin_epoch();
    }
    subject_ = 0;
    ran_ = found_ = false;
    if (done_ % options_.epoch == 0 || Clock::now() >= next_checkpoint_) write_checkpoint();
  }

  void begin_epoch() {
    weights_ = steer(features_, done_);
    for (std::size_t i = 0; i < weights_.size(); ++i) features_[i].weight = weights_[i];
  }
  /// Of the current epoch: trials of the next one are asked for once all of this one are counted.
  Weights weights() {
    const std::scoped_lock lock(mutex_);
    return weights_;
  }

  std::span<const sandbox::Subject> subjects_;
  run::Observer& observer_;
  const CampaignOptions& options_;
  Findings findings_;
  std::size_t first_ = 0;

  // The state of the trial whose results arrive now.
  std::size_t subject_ = 0;
  bool ran_ = false;
  bool found_ = false;

  std::mutex mutex_;  ///< jobs ask for trials while results arrive
  std::size_t done_ = 0;
  std::vector<run::FeatureCount> features_;
  Weights weights_;
  run::Tally tally_;
  Clock::time_point next_checkpoint_ = Clock::now() + checkpoint_interval;
};

}  // namespace

Space within_reach(Space space, std::span<const sandbox::Subject> subjects) {
  const auto declared = [&](const auto& values, auto value) {
    return std::ranges::any_of(subjects, [&](const sandbox::Subject& subject) {
      return std::ranges::find(subject.kernel.*values, value) != (subject.kernel.*values).end();
    });
  };
  std::erase_if(space.passes, [&](Pass pass) { return !declared(&Kernel::passes, pass); });
  std::erase_if(space.precisions,
                [&](Precision precision) { return !declared(&Kernel::precisions, precision); });
  return space;
}

run::RunEnd run_campaign(std::span<const sandbox::Subject> subjects, run::Observer& observer,
                         const CampaignOptions& options) {
  Campaign campaign(subjects, observer, options);
  run::RunEnd end = run::run_trials(
      campaign, subjects, campaign,
      {.jobs = options.jobs, .truth_kernels = options.truth_kernels, .stop = options.stop});
  campaign.write_checkpoint();
  end.tally = campaign.tally();
  return end;
}

}  // namespace convict::fuzz
