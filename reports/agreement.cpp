// SPDX-License-Identifier: Apache-2.0
#include "reports/agreement.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace convict::reports {
namespace {

bool is_right(Outcome outcome) {
  return outcome == Outcome::pass || outcome == Outcome::mistrusted;
}

void keep_first(std::optional<Trial>& kept, const Trial& trial) {
  if (!kept) kept = trial;
}

/// Counts two right results of `trial` when their errors, `first` and `second`, are uneven.
void count_errors(run::PairAgreement& pair, double first, double second, const Trial& trial) {
  const double a = std::max(first, 1.0);
  const double b = std::max(second, 1.0);
  const double factor = std::max(a, b) / std::min(a, b);
  if (!(factor > uneven_factor)) return;
  ++pair.uneven;
  if (factor <= pair.steepest) return;
  pair.steepest = factor;
  pair.first_errs_more = a > b;
  pair.uneven_trial = trial;
}

/// Adds the counts of `other` to those of the same pair.
void add_counts(run::PairAgreement& sum, const run::PairAgreement& other) {
  sum.shared += other.shared;
  sum.same += other.same;
  sum.same_wrong += other.same_wrong;
  sum.both_right += other.both_right;
  sum.one_wrong += other.one_wrong;
  sum.uneven += other.uneven;
  if (other.steepest > sum.steepest) {
    sum.steepest = other.steepest;
    sum.first_errs_more = other.first_errs_more;
    sum.uneven_trial = other.uneven_trial;
  }
  if (!sum.same_wrong_trial) sum.same_wrong_trial = other.same_wrong_trial;
  if (!sum.one_wrong_trial) sum.one_wrong_trial = other.one_wrong_trial;
}

/// For every two of `names`: 1 they have the same values in all shared trials, -1 they differ, 0
/// they share no trial.
std::vector<std::vector<int>> comparisons_of(std::span<const run::PairAgreement> pairs,
                                             const std::vector<std::string>& names) {
  std::vector comparisons(names.size(), std::vector<int>(names.size(), 0));
  const auto number = [&](const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
  };
  for (const run::PairAgreement& pair : pairs) {
    const std::size_t a = number(pair.first);
    const std::size_t b = number(pair.second);
    comparisons[a][b] = comparisons[b][a] = pair.same == pair.shared ? 1 : -1;
  }
  return comparisons;
}

std::vector<std::string> names_in(std::span<const run::PairAgreement> pairs) {
  std::vector<std::string> names;
  for (const run::PairAgreement& pair : pairs)
    for (const std::string& name : {pair.first, pair.second})
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  return names;
}

}  // namespace

std::size_t AgreementCounter::number_of(const std::string& kernel) {
  const auto [entry, is_new] = numbers_.try_emplace(kernel, names_.size());
  if (is_new) {
    names_.push_back(kernel);
    const std::size_t others = names_.size() - 1;
    std::vector<run::PairAgreement>& pairs =
        pairs_.emplace_back(others <= most_compared ? others : 0);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      pairs[i].first = names_[i];
      pairs[i].second = kernel;
    }
  }
  return entry->second;
}

run::PairAgreement& AgreementCounter::pair(std::size_t first, std::size_t second) {
  return pairs_[std::max(first, second)][std::min(first, second)];
}

void AgreementCounter::begin(std::span<const std::string> kernels) {
  members_.clear();
  for (const std::string& kernel : kernels) number_of(kernel);
}

void AgreementCounter::add(const TrialResult& result, bool written) {
  const Verdict& verdict = result.verdict;
  if (verdict.fingerprint.operands == 0) return;
  const Member member{.kernel = number_of(result.kernel),
                      .fingerprint = verdict.fingerprint,
                      .outcome = verdict.outcome,
                      .written = written};
  if (member.kernel > most_compared) return;
  const bool again = std::ranges::find(members_, member.kernel, &Member::kernel) != members_.end();
  if (again || result.trial != trial_) members_.clear();
  trial_ = result.trial;
  if (!written) compare_with_truth(member, verdict);
  for (const Member& other : members_)
    if (!(written && other.written)) compare(other, member);
  members_.push_back(member);
}

void AgreementCounter::add(std::span<const run::PairAgreement> pairs) {
  for (const run::PairAgreement& added : pairs) {
    const std::size_t first = number_of(added.first);
    const std::size_t second = number_of(added.second);
    if (std::max(first, second) > most_compared) continue;
    run::PairAgreement turned = added;
    turned.first_errs_more = added.first_errs_more == (first < second);
    add_counts(pair(first, second), turned);
  }
}

void AgreementCounter::compare(const Member& first, const Member& second) {
  if (first.fingerprint.operands != second.fingerprint.operands) return;
  run::PairAgreement& counts = pair(first.kernel, second.kernel);
  const bool in_order = first.kernel < second.kernel;
  const int right = int{is_right(first.outcome)} + int{is_right(second.outcome)};
  ++counts.shared;
  if (first.fingerprint.result == second.fingerprint.result) {
    ++counts.same;
    if (right > 0) return;
    ++counts.same_wrong;
    keep_first(counts.same_wrong_trial, trial_);
  } else if (right == 1) {
    ++counts.one_wrong;
    keep_first(counts.one_wrong_trial, trial_);
  } else if (right == 2) {
    ++counts.both_right;
    const Member& lower = in_order ? first : second;
    const Member& upper = in_order ? second : first;
    count_errors(counts, lower.fingerprint.error, upper.fingerprint.error, trial_);
  }
}

void AgreementCounter::compare_with_truth(const Member& member, const Verdict& verdict) {
  run::PairAgreement& counts = pair(0, member.kernel);
  ++counts.shared;
  if (!is_right(verdict.outcome)) {
    ++counts.one_wrong;
    keep_first(counts.one_wrong_trial, trial_);
  } else if (verdict.layer == "exact") {
    ++counts.same;
  } else {
    ++counts.both_right;
  }
}

std::vector<run::PairAgreement> AgreementCounter::pairs() const {
  std::vector<run::PairAgreement> shared;
  for (const std::vector<run::PairAgreement>& pairs : pairs_)
    for (const run::PairAgreement& pair : pairs)
      if (pair.shared > 0) shared.push_back(pair);
  return shared;
}

std::vector<std::vector<std::string>> agreeing_groups(std::span<const run::PairAgreement> pairs) {
  const std::vector<std::string> names = names_in(pairs);
  const auto comparisons = comparisons_of(pairs, names);
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t name = 0; name < names.size(); ++name) {
    const auto fits = [&](const std::vector<std::size_t>& group) {
      return std::ranges::all_of(group, [&](std::size_t i) { return comparisons[i][name] >= 0; }) &&
             std::ranges::any_of(group, [&](std::size_t i) { return comparisons[i][name] > 0; });
    };
    const auto group = std::ranges::find_if(groups, fits);
    if (group == groups.end())
      groups.push_back({name});
    else
      group->push_back(name);
  }
  std::vector<std::vector<std::string>> named;
  for (const auto& group : groups) {
    if (group.size() < 2) continue;
    auto& added = named.emplace_back();
    for (const std::size_t name : group) added.push_back(names[name]);
  }
  return named;
}

bool has_kernel_pairs(std::span<const run::PairAgreement> pairs) {
  return std::ranges::any_of(
      pairs, [](const run::PairAgreement& pair) { return pair.first != truth_name; });
}

std::vector<run::PairAgreement> differing_pairs(std::span<const run::PairAgreement> pairs) {
  std::vector<run::PairAgreement> found;
  std::ranges::copy_if(pairs, std::back_inserter(found), [](const run::PairAgreement& pair) {
    return pair.same < pair.shared || pair.same_wrong > 0;
  });
  const auto rank = [](const run::PairAgreement& pair) {
    const bool differ_in_truth = pair.one_wrong + pair.both_wrong() > 0;
    return std::tuple(pair.same_wrong == 0, !differ_in_truth, pair.uneven == 0,
                      pair.first == truth_name);
  };
  std::ranges::stable_sort(found, {}, rank);
  return found;
}

}  // namespace convict::reports
