// SPDX-License-Identifier: Apache-2.0
#include "datasets/covering.hpp"

#include <algorithm>
#include <numeric>

#include "datasets/random.hpp"

namespace convict::datasets {
namespace {

/// The pairs (factor a, level i) x (factor b, level j) that no row covers yet.
class OpenPairs {
 public:
  explicit OpenPairs(const std::vector<int>& counts) : offsets_(counts.size()) {
    std::exclusive_scan(counts.begin(), counts.end(), offsets_.begin(), 0);
    total_ = offsets_.back() + counts.back();
    open_.assign(static_cast<std::size_t>(total_) * static_cast<std::size_t>(total_), false);
    for (std::size_t a = 0; a < counts.size(); ++a)
      for (std::size_t b = 0; b < counts.size(); ++b)
        for (int i = 0; a != b && i < counts[a]; ++i)
          for (int j = 0; j < counts[b]; ++j) open_[at(a, i, b, j)] = true;
    left_ = std::ranges::count(open_, true) / 2;
    for (std::size_t a = 0; a < counts.size(); ++a)
      open_of_level_.insert(open_of_level_.end(), static_cast<std::size_t>(counts[a]),
                            total_ - counts[a]);
  }

  bool any() const { return left_ > 0; }

  /// The weight of level `i` of factor `a`: `certain` for every open pair that it closes with the
  /// levels of `row` chosen so far, plus 1 for every open pair that it occurs in. The former
  /// outweighs the latter, so that every row closes at least one pair.
  int gain(std::size_t a, int i, const std::vector<int>& row) const {
    int sum = open_of_level_[level(a, i)];
    for (std::size_t b = 0; b < row.size(); ++b)
      if (b != a && row[b] >= 0 && open_[at(a, i, b, row[b])]) sum += certain;
    return sum;
  }

  void close(const std::vector<int>& row) {
    for (std::size_t a = 0; a < row.size(); ++a)
      for (std::size_t b = 0; b < row.size(); ++b) {
        if (a == b || !open_[at(a, row[a], b, row[b])]) continue;
        open_[at(a, row[a], b, row[b])] = false;
        --open_of_level_[level(a, row[a])];
        if (a < b) --left_;
      }
  }

 private:
  static constexpr int certain = 1 << 20;

  std::size_t level(std::size_t a, int i) const {
    return static_cast<std::size_t>(offsets_[a] + i);
  }
  std::size_t at(std::size_t a, int i, std::size_t b, int j) const {
    return level(a, i) * static_cast<std::size_t>(total_) + level(b, j);
  }

  std::vector<int> offsets_;
  int total_ = 0;
  std::vector<bool> open_;
  std::vector<int> open_of_level_;
  std::ptrdiff_t left_ = 0;
};

std::vector<std::size_t> shuffled(std::size_t count, Draws& draws) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = count; i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(draws.below(static_cast<index_t>(i)))]);
  return order;
}

int best_level(std::size_t factor, const std::vector<int>& row, const std::vector<int>& counts,
               const OpenPairs& pairs, Draws& draws) {
  const int start = static_cast<int>(draws.below(counts[factor]));
  int best = start;
  int best_gain = -1;
  for (int step = 0; step < counts[factor]; ++step) {
    const int level = (start + step) % counts[factor];
    const int gain = pairs.gain(factor, level, row);
    if (gain > best_gain) {
      best = level;
      best_gain = gain;
    }
  }
  return best;
}

}  // namespace

std::vector<std::vector<int>> pairwise_rows(const std::vector<int>& level_counts,
                                            std::uint64_t seed) {
  Draws draws(seed, 1);
  OpenPairs pairs(level_counts);
  std::vector<std::vector<int>> rows;
  while (pairs.any()) {
    std::vector<int> row(level_counts.size(), -1);
    for (const std::size_t factor : shuffled(level_counts.size(), draws))
      row[factor] = best_level(factor, row, level_counts, pairs, draws);
    pairs.close(row);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace convict::datasets
