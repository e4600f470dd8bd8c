// SPDX-License-Identifier: Apache-2.0
#include "reports/conditions/conjunction_search.hpp"

#include <bit>
#include <cmath>
#include <limits>

namespace convict::reports {
namespace {

/// Trials that satisfy a conjunction must fail at least this many times as often as the others.
constexpr double least_contrast = 1.5;

std::size_t ones(const BitColumn& column) {
  std::size_t count = 0;
  for (const std::uint64_t word : column) count += static_cast<std::size_t>(std::popcount(word));
  return count;
}

std::size_t set_and(const BitColumn& a, const BitColumn& b, BitColumn& both) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    both[i] = a[i] & b[i];
    count += static_cast<std::size_t>(std::popcount(both[i]));
  }
  return count;
}

class Search {
 public:
  Search(const std::vector<BitColumn>& failed, std::size_t failed_trials,
         const std::vector<BitColumn>& passed, std::size_t passed_trials, std::size_t most_literals)
      : failed_(failed),
        passed_(passed),
        failed_trials_(failed_trials),
        passed_trials_(passed_trials),
        test_(failed_trials + passed_trials),
        most_literals_(most_literals) {
    choose_columns();
    double sum = 0;
    for (std::size_t length = 1, ways = 1; length <= most_literals && length <= columns_.size();
         ++length) {
      ways = ways * (columns_.size() - length + 1) / length;
      log_ways_.push_back(std::log(static_cast<double>(ways)));
      sum += static_cast<double>(ways);
    }
    log_all_ = std::log(sum);
    for (std::size_t depth = 0; depth < most_literals; ++depth)
      levels_.push_back(
          {BitColumn((failed_trials + 63) / 64), BitColumn((passed_trials + 63) / 64)});
  }

  std::optional<Conjunction> run() {
    // Shorter ones first: the best of them bounds the longer ones.
    for (std::size_t length = 1; length <= log_ways_.size(); ++length) {
      length_ = length;
      update_least_failed();
      extend(0, 0);
    }
    return best_;
  }

 private:
  struct Level {
    BitColumn failed, passed;
  };

  void choose_columns() {
    for (std::size_t i = 0; i < failed_.size(); ++i) {
      const std::size_t failed = ones(failed_[i]);
      const std::size_t passed = ones(passed_[i]);
      if (failed == 0 || (failed == failed_trials_ && passed == passed_trials_)) continue;
      bool is_new = true;
      for (const std::size_t j : columns_)
        is_new = is_new && (failed_[i] != failed_[j] || passed_[i] != passed_[j]);
      if (is_new) columns_.push_back(i);
    }
  }

  /// Adds columns from `from` on to the conjunction of `depth` literals.
  void extend(std::size_t depth, std::size_t from) {
    for (std::size_t c = from; c < columns_.size(); ++c) {
      const std::size_t column = columns_[c];
      Level& here = levels_[depth];
      const BitColumn& failed = depth == 0 ? failed_[column] : levels_[depth - 1].failed;
      const BitColumn& passed = depth == 0 ? passed_[column] : levels_[depth - 1].passed;
      const std::size_t hits = set_and(failed, failed_[column], here.failed);
      if (hits < least_failed_) continue;
      const std::size_t misses = set_and(passed, passed_[column], here.passed);
      chosen_.push_back(column);
      if (chosen_.size() == length_)
        consider(hits, misses);
      else if (misses > 0)  // without passed trials inside, a longer one is worse
        extend(depth + 1, c + 1);
      chosen_.pop_back();
    }
  }

  /// With thousands of trials small differences are significant, but explain nothing.
  static bool separates(const FourCounts& counts) {
    const double inside =
        static_cast<double>(counts.failed_inside) / static_cast<double>(counts.inside());
    return inside * static_cast<double>(counts.outside()) >=
           least_contrast * static_cast<double>(counts.failed_outside);
  }

  FourCounts counts_of(std::size_t hits, std::size_t misses) const {
    return {hits, misses, failed_trials_ - hits, passed_trials_ - misses};
  }

  void consider(std::size_t hits, std::size_t misses) {
    const FourCounts counts = counts_of(hits, misses);
    if (!separates(counts)) return;
    const double log_p = test_.log_p(counts);
    const double length = log_p + log_ways_[length_ - 1];
    if (length >= shortest_ - 1e-9) return;
    shortest_ = length;
    best_ = Conjunction{.literals = chosen_, .counts = counts, .log_p = log_p + log_all_};
    update_least_failed();
  }

  /// The least number of failed trials with which a conjunction of this length that no passed trial
  /// satisfies is better than the best so far.
  void update_least_failed() {
    std::size_t low = 1;
    std::size_t high = failed_trials_ + 1;
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      const double bound = test_.log_p(counts_of(middle, 0)) + log_ways_[length_ - 1];
      if (middle <= failed_trials_ && bound >= shortest_ - 1e-9)
        low = middle + 1;
      else
        high = middle;
    }
    least_failed_ = low;
  }

  const std::vector<BitColumn>& failed_;
  const std::vector<BitColumn>& passed_;
  std::size_t failed_trials_, passed_trials_;
  FisherTest test_;
  std::size_t most_literals_;
  std::vector<std::size_t> columns_;  ///< worth trying
  std::vector<double> log_ways_;      ///< ln of the number of conjunctions, by length - 1
  double log_all_ = 0;
  std::vector<Level> levels_;
  std::size_t length_ = 1;
  std::size_t least_failed_ = 1;
  std::vector<std::size_t> chosen_;
  double shortest_ = std::numeric_limits<double>::infinity();  ///< ln(P ways) of the best
  std::optional<Conjunction> best_;
};

}  // namespace

std::optional<Conjunction> best_conjunction(const std::vector<BitColumn>& failed,
                                            std::size_t failed_trials,
                                            const std::vector<BitColumn>& passed,
                                            std::size_t passed_trials, std::size_t most_literals) {
  return Search(failed, failed_trials, passed, passed_trials, most_literals).run();
}

}  // namespace convict::reports
