// SPDX-License-Identifier: Apache-2.0
#include "fuzz/campaign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <vector>

#include "core/errors.hpp"
#include "datasets/random.hpp"
#include "fuzz/findings.hpp"
#include "fuzz/steering.hpp"
#include "run/run_suite.hpp"

namespace convict::fuzz {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds checkpoint_interval(1);

/// Trials as the search draws them, but other ones, for experiments.
std::function<Trial(std::size_t)> draws_for_experiments(const Space& space) {
  Space own = space;
  own.seed = datasets::scramble(space.seed + 1);
  return [own](std::size_t number) { return trial_at(own, number, first_weights()); };
}

/// Hands out the trials and receives their results.
class Campaign final : public run::TrialSource, public run::Observer {
 public:
  Campaign(std::span<const sandbox::Subject> subjects, run::Observer& observer,
           const CampaignOptions& options)
      : subjects_(subjects),
        observer_(observer),
        options_(options),
        findings_(subjects, {.shrink_s = options.shrink_s,
                             .probe_s = options.probe_s,
                             .evidence = options.evidence,
                             .past = options.past,
                             .draw = draws_for_experiments(options.space)}),
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

  /// After an error, which may be that of the journal. Within a trial there is no checkpoint: a
  /// search that goes on from it carries out the whole trial again.
  void write_checkpoint_if_possible() {
    if (subject_ != 0) return;
    try {
      write_checkpoint();
    } catch (const EnvironmentError&) {
      return;
    }
  }

  const run::Tally& tally() const { return tally_; }

 private:
  void report(const TrialResult& result) {
    tally_.add(result);
    if (is_finding(result.verdict.outcome))
      return observer_.trial(findings_.completed(result, subject_));
    if (result.verdict.outcome == Outcome::pass) findings_.note_pass(result.trial, subject_);
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
  try {
    run::RunEnd end = run::run_trials(
        campaign, subjects, campaign,
        {.jobs = options.jobs, .truth_kernels = options.truth_kernels, .stop = options.stop});
    campaign.write_checkpoint();
    end.tally = campaign.tally();
    return end;
  } catch (run::RunFailure& failure) {
    failure.end.tally = campaign.tally();
    campaign.write_checkpoint_if_possible();
    throw;
  }
}

}  // namespace convict::fuzz
