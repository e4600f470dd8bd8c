// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "fuzz/region/region.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::fuzz {

/// Asks one kernel which problems it takes, from several threads at once: each question is put to a
/// sandbox that is free, or to a new one. A crash or a hang counts as a refusal here; the trials of
/// the search find it. After 3 of them the kernel is not asked any more, and takes everything.
class Questions {
 public:
  explicit Questions(const sandbox::Subject& subject) : subject_(subject) {}
  /// `trial` has a valid spec. False also where buffers are not aligned as the kernel claims to
  /// need.
  bool takes(const Trial& trial) const;

 private:
  std::unique_ptr<sandbox::Sandbox> borrowed() const;

  const sandbox::Subject& subject_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<sandbox::Sandbox>> free_;
  mutable int failures_ = 0;
};

/// What the kernels of a search accept. A kernel that takes at least 95 % of ordinary trials has no
/// region: it gets them as they are. For the others trials are fitted to their regions; with
/// several kernels, the shapes of a search are fitted to each in turn.
class Accepted {
 public:
  /// Learns the region of every kernel that refuses more than 5 % of `ordinary`.
  /// The subjects must outlive this.
  Accepted(std::span<const sandbox::Subject> subjects, std::span<const Trial> ordinary,
           const Hints& hints);

  /// `wanted`, fitted to the region of kernel `turn` modulo their number.
  Trial fitted(const Trial& wanted, std::size_t turn, Draw draw) const;
  /// Whether the kernel of this turn has a region.
  bool is_narrow(std::size_t turn) const;
  /// Whether the kernel of this turn takes the trial.
  bool takes(const Trial& trial, std::size_t turn) const;

  /// A sentence for every kernel that has a region: what share of the ordinary trials it takes, and
  /// what was done about it.
  std::vector<std::string> notes() const;

 private:
  struct Kernel {
    std::string name;
    index_t required_alignment = 1;
    std::unique_ptr<Questions> questions;
    double share = 1;  ///< of the ordinary trials that it takes
    std::optional<Region> region;
  };
  const Kernel& kernel(std::size_t turn) const { return kernels_[turn % kernels_.size()]; }

  std::vector<Kernel> kernels_;
};

}  // namespace convict::fuzz
