// SPDX-License-Identifier: Apache-2.0
#include "fuzz/causes/fit.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <optional>

namespace convict::fuzz {
namespace {

constexpr std::array<index_t, 9> moduli = {2, 3, 4, 5, 7, 8, 16, 32, 64};

index_t relation_of(index_t a, index_t b) { return a < b ? 1 : a == b ? 2 : 4; }

/// What a set of failed observations has in common.
class Group {
 public:
  explicit Group(const FactValues& first)
      : ranges_(first.size()), relations_(comparable_facts().size()) {
    for (std::size_t i = 0; i < first.size(); ++i) {
      ranges_[i].low = ranges_[i].high = first[i];
      for (std::size_t m = 0; m < moduli.size(); ++m)
        ranges_[i].remainder[m] = first[i] % moduli[m];
    }
    add(first);
  }

  void add(const FactValues& facts) {
    for (std::size_t i = 0; i < facts.size(); ++i) {
      Range& range = ranges_[i];
      const index_t is = facts[i];
      if (is_name(i)) {
        range.names |= std::uint64_t{1} << is;
        continue;
      }
      range.low = std::min(range.low, is);
      range.high = std::max(range.high, is);
      for (std::size_t m = 0; m < moduli.size(); ++m) {
        const index_t remainder = is % moduli[m];
        if (range.remainder[m] != remainder) range.remainder[m] = differs;
        range.multiple[m] = range.multiple[m] || remainder == 0;
      }
    }
    const auto pairs = comparable_facts();
    for (std::size_t p = 0; p < pairs.size(); ++p)
      relations_[p] |= relation_of(facts[pairs[p].first], facts[pairs[p].second]);
  }

  /// Whether the observation has all that the group has in common.
  bool covers(const FactValues& facts) const {
    for (std::size_t i = 0; i < facts.size(); ++i) {
      const Range& range = ranges_[i];
      const index_t is = facts[i];
      if (is_name(i)) {
        if ((range.names >> is & 1) == 0) return false;
        continue;
      }
      if (is < range.low || is > range.high) return false;
      for (std::size_t m = 0; m < moduli.size(); ++m) {
        if (range.remainder[m] != differs && is % moduli[m] != range.remainder[m]) return false;
        if (!range.multiple[m] && is % moduli[m] == 0) return false;
      }
    }
    const auto pairs = comparable_facts();
    for (std::size_t p = 0; p < pairs.size(); ++p)
      if ((relations_[p] & relation_of(facts[pairs[p].first], facts[pairs[p].second])) == 0)
        return false;
    return true;
  }

  Term literals() const {
    using enum Literal::Kind;
    Term all;
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
      const Range& range = ranges_[i];
      if (is_name(i)) {
        all.push_back({.kind = one_of, .first = i, .value = static_cast<index_t>(range.names)});
        continue;
      }
      all.push_back({.kind = at_least, .first = i, .value = range.low});
      all.push_back({.kind = at_most, .first = i, .value = range.high});
      if (range.low == range.high) {
        all.push_back({.kind = equal, .first = i, .value = range.low});
        continue;
      }
      for (std::size_t m = 0; m < moduli.size(); ++m) {
        if (range.remainder[m] != differs)
          all.push_back(
              {.kind = remainder, .first = i, .value = range.remainder[m], .modulus = moduli[m]});
        else if (!range.multiple[m])
          all.push_back({.kind = no_multiple, .first = i, .modulus = moduli[m]});
      }
    }
    const auto pairs = comparable_facts();
    for (std::size_t p = 0; p < pairs.size(); ++p)
      if (relations_[p] != 7 && has_axes(pairs[p].first) && has_axes(pairs[p].second))
        all.push_back({.kind = relation,
                       .first = pairs[p].first,
                       .second = pairs[p].second,
                       .value = relations_[p]});
    return all;
  }

 private:
  static constexpr index_t differs = -1;
  struct Range {
    index_t low = 0, high = 0;
    std::array<index_t, moduli.size()> remainder{};
    std::array<bool, moduli.size()> multiple{};
    std::uint64_t names = 0;
  };
  /// Whether all of the group have the axis that the fact is about.
  bool has_axes(std::size_t fact) const {
    return facts()[fact].least_rank <= ranges_[rank_fact].low;
  }
  static bool is_name(std::size_t fact) { return facts()[fact].kind == Fact::Kind::name; }

  std::vector<Range> ranges_;
  std::vector<index_t> relations_;
};

using Passed = std::vector<const FactValues*>;

/// Of the literals, those that exclude most for their cost, one after the other, as long as one is
/// worth its words: `least` for each unit of cost.
class Cover {
 public:
  Cover(const Term& literals, const Passed& passed)
      : literals_(literals), passed_(passed), covered_(passed.size()) {
    for (const Literal& literal : literals) {
      auto& excluded = excludes_.emplace_back();
      for (std::size_t p = 0; p < passed.size(); ++p)
        if (!literal.holds(*passed[p])) excluded.push_back(p);
    }
  }

  Term cheapest(double least) {
    while (const auto best = best_gain(least)) take(*best);
    drop_superfluous();
    exchange_for_cheaper();
    exchange_all_for_one();
    std::ranges::sort(chosen_);
    Term term;
    for (const std::size_t l : chosen_) term.push_back(with_round_threshold(l));
    return term;
  }

 private:
  void take(std::size_t literal) {
    chosen_.push_back(literal);
    for (const std::size_t p : excludes_[literal]) ++covered_[p];
  }
  std::optional<std::size_t> best_gain(double least) const {
    std::optional<std::size_t> best;
    double most = least - 1e-9;
    for (std::size_t l = 0; l < literals_.size(); ++l) {
      const auto fresh =
          std::ranges::count_if(excludes_[l], [&](std::size_t p) { return covered_[p] == 0; });
      const double gain = static_cast<double>(fresh) / literals_[l].cost();
      if (gain > most + 1e-9) {
        most = gain;
        best = l;
      }
    }
    return best;
  }
  /// The dearest first.
  void drop_superfluous() {
    std::ranges::sort(chosen_, std::ranges::greater{},
                      [&](std::size_t l) { return literals_[l].cost(); });
    std::erase_if(chosen_, [&](std::size_t l) {
      if (std::ranges::any_of(excludes_[l], [&](std::size_t p) { return covered_[p] == 1; }))
        return false;
      for (const std::size_t p : excludes_[l]) --covered_[p];
      return true;
    });
  }
  /// Puts a literal in the place of a dearer one whose work it does.
  void exchange_for_cheaper() {
    for (std::size_t& chosen : chosen_) {
      for (const std::size_t p : excludes_[chosen]) --covered_[p];
      std::size_t best = chosen;
      for (std::size_t l = 0; l < literals_.size(); ++l)
        if (literals_[l].cost() < literals_[best].cost() && does_the_work_of(l, chosen)) best = l;
      chosen = best;
      for (const std::size_t p : excludes_[chosen]) ++covered_[p];
    }
  }
  /// Puts one literal in the place of several dearer ones.
  void exchange_all_for_one() {
    double cost = 0;
    for (const std::size_t l : chosen_) cost += literals_[l].cost();
    std::optional<std::size_t> best;
    for (std::size_t l = 0; l < literals_.size(); ++l) {
      if (literals_[l].cost() >= (best ? literals_[*best].cost() : cost)) continue;
      std::size_t missed = 0;
      for (std::size_t p = 0; p < covered_.size(); ++p)
        missed += static_cast<std::size_t>(covered_[p] > 0 &&
                                           !std::ranges::binary_search(excludes_[l], p));
      if (missed == 0) best = l;
    }
    if (best && chosen_.size() > 1) chosen_ = {*best};
  }
  /// "> 16" instead of ">= 18" where nothing that passed has 17.
  Literal with_round_threshold(std::size_t l) const {
    Literal literal = literals_[l];
    if (literal.kind != Literal::Kind::at_least || literal.value < 4) return literal;
    const auto round =
        static_cast<index_t>(std::bit_floor(static_cast<std::uint64_t>(literal.value - 1)));
    const bool free = std::ranges::all_of(
        excludes_[l], [&](std::size_t p) { return (*passed_[p])[literal.first] <= round; });
    if (free && round >= literal.value * 3 / 4) literal.value = round + 1;
    return literal;
  }
  /// `covered_` is without the work of `old`.
  bool does_the_work_of(std::size_t literal, std::size_t old) const {
    return std::ranges::all_of(excludes_[old], [&](std::size_t p) {
      return covered_[p] > 0 || std::ranges::binary_search(excludes_[literal], p);
    });
  }

  const Term& literals_;
  const Passed& passed_;
  std::vector<std::vector<std::size_t>> excludes_;  ///< by literal, ascending
  std::vector<int> covered_;                        ///< by what passed: literals that exclude it
  std::vector<std::size_t> chosen_;
};

/// How many of the values of `a` and `b` are the same.
std::size_t likeness(const FactValues& a, const FactValues& b) {
  std::size_t same = 0;
  for (std::size_t i = 0; i < a.size(); ++i) same += static_cast<std::size_t>(a[i] == b[i]);
  return same;
}

/// What a group may have passed inside, for each that failed: data can hide a fault.
constexpr double tolerated = 0.05;
/// What passed that a literal must exclude for each unit of its cost, and what failed that a term
/// must explain: fewer are better told as exceptions.
constexpr double worth_a_literal = 2;
constexpr std::size_t worth_a_term = 4;

/// Generalizes `seed` over all failed observations that can join it; those that the term explains
/// leave `open`. Nothing when too much of what passed cannot be told from the seed.
struct Generalized {
  Term term;
  Term common;
};
std::optional<Generalized> term_from(const FactValues& seed, std::vector<const FactValues*>& open,
                                     const Passed& passed, std::size_t worth) {
  Group group(seed);
  const auto inside = [&](const Group& tried) {
    return static_cast<double>(std::ranges::count_if(
        passed, [&](const FactValues* facts) { return tried.covers(*facts); }));
  };
  // What has the same facts and passed cannot be excluded.
  const double alike = inside(group);
  if (alike > static_cast<double>(std::ranges::count_if(
                  open, [&](const FactValues* facts) { return group.covers(*facts); })))
    return std::nullopt;
  std::vector<const FactValues*> nearest = open;
  std::ranges::stable_sort(nearest, std::ranges::greater{},
                           [&](const FactValues* facts) { return likeness(seed, *facts); });
  double joined = 0;
  for (const FactValues* const facts : nearest) {
    ++joined;
    if (group.covers(*facts)) continue;
    Group larger = group;
    larger.add(*facts);
    if (inside(larger) - alike <= tolerated * joined)
      group = std::move(larger);
    else
      --joined;
  }
  Term literals = group.literals();
  Term term = Cover(literals, passed).cheapest(passed.size() < 20 ? 0.5 : worth_a_literal);
  const auto explained =
      std::erase_if(open, [&](const FactValues* facts) { return holds(term, *facts); });
  if (explained < worth) return std::nullopt;
  return Generalized{std::move(term), std::move(literals)};
}

}  // namespace

Fit fit(const std::vector<Observation>& observations) {
  Fit found;
  std::vector<const FactValues*> open;
  Passed passed;
  for (const Observation& observation : observations)
    if (observation.failed)
      open.push_back(&observation.facts);
    else
      passed.push_back(&observation.facts);
  const std::size_t failed = open.size();
  while (!open.empty() && found.formula.terms.size() < most_terms) {
    const std::size_t before = open.size();
    const FactValues& seed = *open.front();
    const bool first = found.formula.terms.empty();
    const std::size_t worth = first ? 1 : std::max(worth_a_term, failed / 20);
    if (auto term = term_from(seed, open, passed, worth)) {
      found.formula.terms.push_back(std::move(term->term));
      found.common.push_back(std::move(term->common));
      continue;
    }
    found.unexplained += before - open.size();
    if (open.size() == before) {
      ++found.unexplained;
      open.erase(open.begin());
    }
    if (first) break;  // the finding itself cannot be told apart
  }
  found.unexplained += open.size();
  return found;
}

}  // namespace convict::fuzz
