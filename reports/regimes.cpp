#include "reports/regimes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "reports/features.hpp"
#include "reports/regime_search.hpp"
#include "reports/words.hpp"

namespace convict::reports {
namespace {

/// A column of bits per literal from a row of bits per trial.
std::vector<BitColumn> columns_of(const std::vector<RegimeBits>& trials, std::size_t literals) {
  std::vector<BitColumn> columns(literals, BitColumn((trials.size() + 63) / 64));
  for (std::size_t t = 0; t < trials.size(); ++t)
    for (std::size_t literal = 0; literal < literals; ++literal)
      if (trials[t].test(literal)) columns[literal][t / 64] |= std::uint64_t{1} << (t % 64);
  return columns;
}

bool has_all(const RegimeBits& trial, const std::vector<std::size_t>& literals) {
  return std::ranges::all_of(literals, [&](std::size_t literal) { return trial.test(literal); });
}

}  // namespace

std::string regime_text(const Regime& regime) {
  const FourCounts& counts = regime.counts;
  const std::string inside =
      fmt::format("{} of {}", grouped(counts.failed_inside), counted(counts.inside(), "trial"));
  if (regime.literals.empty()) return "fails everywhere: " + inside;
  const bool always = counts.failed_outside == 0 && counts.passed_inside == 0;
  const bool often = 2 * counts.failed_inside >= counts.inside();
  return fmt::format("fails {} {}: {}, {} of {} elsewhere{}",
                     always  ? "iff"
                     : often ? "where"
                             : "more often where",
                     fmt::join(regime.literals, " and "), inside, grouped(counts.failed_outside),
                     grouped(counts.outside()), regime.sampled ? " (of the passes, a sample)" : "");
}

void RegimeTrials::set_named(RegimeBits& bits, const std::string& name) {
  const auto known = std::ranges::find(names_, name);
  const std::size_t number =
      regime_literals().size() + static_cast<std::size_t>(known - names_.begin());
  if (number >= most_regime_literals) return;
  if (known == names_.end()) names_.push_back(name);
  bits.set(number);
}

void RegimeTrials::add(const TrialResult& result) {
  const Outcome outcome = result.verdict.outcome;
  if (outcome == Outcome::unsupported || outcome == Outcome::mistrusted) return;
  const RegimeBits bits = bits_of(result.trial);
  (is_finding(outcome) ? failed_ : passed_).push_back(bits);
}

void RegimeTrials::add_passes(std::span<const Trial> known, std::size_t count) {
  for (const Trial& trial : known) passed_.push_back(bits_of(trial));
  unknown_ += count - std::min(count, known.size());
}

RegimeBits RegimeTrials::bits_of(const Trial& trial) {
  RegimeBits bits = regime_bits(trial);
  for (const std::string& name : named_features_of(trial)) set_named(bits, name);
  return bits;
}

std::vector<Regime> RegimeTrials::regimes() const {
  std::vector<Regime> found;
  if (failed_.empty() || (passed_.empty() && unknown_ > 0)) return found;
  if (passed_.empty()) {
    found.push_back({.counts = {.failed_inside = failed_.size()}});
    return found;
  }
  const auto literals = regime_literals();
  const std::size_t count = literals.size() + names_.size();
  const std::vector<BitColumn> passed = columns_of(passed_, count);
  std::vector<RegimeBits> left = failed_;
  while (found.size() < most_regimes && !left.empty()) {
    const auto best = best_conjunction(columns_of(left, count), left.size(), passed, passed_.size(),
                                       most_literals);
    if (!best || best->log_p > std::log(significance)) break;
    Regime& regime = found.emplace_back(
        Regime{.counts = best->counts, .log_p = best->log_p, .sampled = unknown_ > 0});
    for (const std::size_t number : best->literals)
      regime.literals.push_back(number < literals.size() ? literals[number].name
                                                         : names_[number - literals.size()]);
    std::erase_if(left, [&](const RegimeBits& trial) { return has_all(trial, best->literals); });
  }
  return found;
}

}  // namespace convict::reports
