// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "run/hang_regions.hpp"
#include "run/usual_time.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::run {

/// What a run learns about the time that one kernel takes, from all of its sandboxes. Thread-safe.
class WatchedKernel {
 public:
  /// Why the kernel should not be asked about the problem: it would probably hang.
  std::optional<std::string> why_withheld(const Problem& problem, const Recipe& recipe);
  /// The work of a call, as UsualTime counts it (bytes of workspace count like multiply-adds), and
  /// the time that it took.
  struct Effort {
    double work = 0;
    double seconds = 0;
  };
  std::optional<double> time_limit(double work) const;
  void note(const Problem& problem, const Recipe& recipe, const sandbox::CallEnd& end,
            const Effort& effort);
  /// The kernel's answer to whether it takes the problem has come, or not.
  void note_admission(const Problem& problem, const Recipe& recipe, const sandbox::CallEnd& end);
  /// Why the kernel is not called any more, or nothing.
  std::optional<std::string> given_up() const;

 private:
  mutable std::mutex mutex_;
  UsualTime usual_time_;
  HangRegions runs_;        ///< calls of `run`
  HangRegions admissions_;  ///< calls of `refuses` and `workspace_bytes`
};

/// A sandbox for one kernel of a run: counts calls, limits their time by what the kernel usually
/// takes, and withholds problems on which it would probably hang.
class WatchedSandbox final : public sandbox::Sandbox {
 public:
  WatchedSandbox(std::unique_ptr<sandbox::Sandbox> inner, WatchedKernel& kernel)
      : inner_(std::move(inner)), kernel_(kernel) {}

  /// The trial to which the next calls belong; sets the count of calls to 0.
  void begin(const Trial& trial) {
    recipe_ = trial.recipe;
    calls_ = 0;
  }
  /// Calls of the kernel's `run` since `begin`, without those in which it refused.
  std::size_t calls() const { return calls_; }

  sandbox::Admission admit(const Problem& problem) override;
  std::span<std::byte> arena(std::size_t bytes) override { return inner_->arena(bytes); }
  sandbox::CallEnd run(const Problem& problem, const sandbox::Placement& placement) override;
  void limit_run(double seconds) override { inner_->limit_run(seconds); }
  std::optional<double> time_limit() const override { return inner_->time_limit(); }
  std::optional<std::size_t> memory() const override { return inner_->memory(); }
  void renew() override { inner_->renew(); }
  void disturb(std::uint32_t seed) override { inner_->disturb(seed); }
  std::string diagnose() override { return inner_->diagnose(); }

 private:
  std::unique_ptr<sandbox::Sandbox> inner_;
  WatchedKernel& kernel_;
  Recipe recipe_;
  std::size_t calls_ = 0;
};

}  // namespace convict::run
