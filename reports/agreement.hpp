#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "run/observer.hpp"

namespace convict::reports {

/// What pairs call the truth: it takes part like a kernel. A kernel has its values where exact data
/// left no choice and it passed; else it is right, or wrong.
inline constexpr std::string_view truth_name = "the truth";

/// Two kernels that both pass differ where it matters when one errs this many times as much as the
/// other: it loses a decimal digit more. Errors below a rounding (1 u S) count as one.
inline constexpr double uneven_factor = 10;

/// Compares the results of several kernels trial by trial while they arrive, those of a trial one
/// after the other. Keeps counts for each pair of kernels, whatever the number of trials.
class AgreementCounter {
 public:
  /// A run of these begins: pairs name them in this order.
  void begin(std::span<const std::string> kernels);
  /// `told`: the result is told elsewhere, too. Pairs of two such results are left out: whoever
  /// hears of both counts them.
  void add(const TrialResult& result, bool told = false);
  /// Adds counts of earlier trials.
  void add(std::span<const run::PairAgreement> pairs);

  /// Of the pairs that share a trial, in the order of their kernels; the truth is first.
  std::vector<run::PairAgreement> pairs() const;

 private:
  struct Member {
    std::size_t kernel;
    Fingerprint fingerprint;
    Outcome outcome;
    bool told;
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

/// Some pair is of two kernels.
bool has_kernel_pairs(std::span<const run::PairAgreement> pairs);

/// The pairs that differ, the most telling first: both wrong alike, one wrong, uneven errors.
std::vector<run::PairAgreement> telling_pairs(std::span<const run::PairAgreement> pairs);

}  // namespace convict::reports
