// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "run/observer.hpp"

namespace convict::reports {

/// The name of the truth, which is paired with every kernel. A kernel has the same values as the
/// truth where it passed on exact data; else only right and wrong results are counted.
inline constexpr std::string_view truth_name = "the truth";

/// The errors of two right results are uneven when one is more than this many times the other: a
/// decimal digit. Errors are in units of u S (Fingerprint::error); those below 1 count as 1.
inline constexpr double uneven_factor = 10;

/// Compares the results of several kernels trial by trial while they arrive; the results of one
/// trial arrive one after the other. Its memory depends on the number of kernels only: it keeps
/// counts for each pair.
class AgreementCounter {
 public:
  /// Of a run with more kernels, only these first ones are compared: a plug-in may have so many
  /// that their pairs would fill the memory.
  static constexpr std::size_t most_compared = 250;

  /// Begins a run of these kernels: pairs are ordered like them.
  void begin(std::span<const std::string> kernels);
  /// `written`: the journal has a line of this result. Pairs of two written results are not counted
  /// here, since a reader of the journal counts them from the lines.
  void add(const TrialResult& result, bool written = false);
  /// Adds counts of earlier trials.
  void add(std::span<const run::PairAgreement> pairs);

  /// The pairs that share a trial, in the order of their kernels; the truth comes first.
  std::vector<run::PairAgreement> pairs() const;

 private:
  struct Member {
    std::size_t kernel;
    Fingerprint fingerprint;
    Outcome outcome;
    bool written;
  };
  std::size_t number_of(const std::string& kernel);
  run::PairAgreement& pair(std::size_t first, std::size_t second);
  void compare(const Member& first, const Member& second);
  void compare_with_truth(const Member& member, const Verdict& verdict);

  Trial trial_;
  std::vector<Member> members_;  ///< of the latest trial
  std::vector<std::string> names_ = {std::string(truth_name)};
  std::unordered_map<std::string, std::size_t> numbers_ = {{std::string(truth_name), 0}};
  std::vector<std::vector<run::PairAgreement>> pairs_ = {{}};  ///< by second, first
};

/// Kernels that have the same values in every trial they share, in groups of at least two; the
/// truth may be among them. Each kernel joins the first group with whose members it shares trials
/// and never differs.
std::vector<std::vector<std::string>> agreeing_groups(std::span<const run::PairAgreement> pairs);

/// True when some pair does not have the truth as its first.
bool has_kernel_pairs(std::span<const run::PairAgreement> pairs);

/// The pairs that differ or are wrong alike, the most important first: equal wrong results, one or
/// both wrong, uneven errors, others.
std::vector<run::PairAgreement> differing_pairs(std::span<const run::PairAgreement> pairs);

}  // namespace convict::reports
