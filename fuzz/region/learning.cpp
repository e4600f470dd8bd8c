// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>

#include "datasets/random.hpp"
#include "fuzz/features/draft.hpp"
#include "fuzz/region/region.hpp"

namespace convict::fuzz {

/// Learns a region: first problems that are accepted, then what may change in them.
class Learning {
 public:
  Learning(const Takes& takes, const Hints& hints, std::size_t questions)
      : hints_(hints), left_(questions), limited_([this, &takes](const Trial& trial) {
          if (left_ == 0) return false;
          --left_;
          return takes(trial);
        }) {
    region_.values_.resize(units().size());
    region_.questions_ = questions;
  }

  Region learned() {
    find_examples();
    find_shapes();
    if (!region_.known_.empty()) {
      for (Trial& trial : region_.known_) trial = minimal(trial);
      remove_repeated();
      scan_lines();
      find_ties();
    }
    region_.questions_ -= left_;
    return std::move(region_);
  }

 private:
  /// Pass, precision, layout and rank, the filter, and how channels are grouped: of problems that
  /// are alike in all of these, one is kept.
  using Key = std::tuple<Pass, Precision, Layout, int, Axes, Axes, int>;
  static Key key_of(const Trial& trial) {
    const ConvSpec& spec = trial.spec;
    const bool depthwise = spec.groups > 1 && spec.in_channels == spec.groups;
    return {trial.pass,
            trial.precision,
            trial.recipe.layout,
            spec.rank,
            spec.filter,
            spec.stride,
            depthwise         ? 2
            : spec.groups > 1 ? 1
                              : 0};
  }

  void find_examples() {
    constexpr std::size_t most = 2000;
    for (const Trial& example :
         std::span(hints_.examples).first(std::min(most, hints_.examples.size())))
      if (!why_invalid(example.spec) && limited_(example)) keep(example);
  }

  /// Asks of every shape with every pass, precision and layout; once something is accepted, layouts
  /// and precisions that never were are left out.
  void find_shapes() {
    constexpr std::size_t most_known = 48;
    std::set<std::pair<Precision, Layout>> accepted;
    std::size_t asked = 0;
    for (const ConvSpec& shape : hints_.shapes) {
      // Some of the questions must be left for what may change.
      constexpr std::size_t least_left = 9000;
      if (region_.known_.size() >= most_known || left_ < least_left) break;
      constexpr std::size_t all_asked = 150;
      const bool only_accepted = ++asked > all_asked && !accepted.empty();
      for (const Precision precision : hints_.precisions)
        for (const Layout& layout : hints_.layouts) {
          if (only_accepted && !accepted.contains({precision, layout})) continue;
          for (const Pass pass : hints_.passes) {
            Trial trial{.spec = shape, .pass = pass, .precision = precision, .recipe = {}};
            trial.recipe.layout = layout;
            if (!limited_(trial)) continue;
            accepted.insert({precision, layout});
            keep(trial);
          }
        }
    }
  }

  void keep(const Trial& trial) {
    if (keys_.insert(key_of(trial)).second) region_.known_.push_back(trial);
  }

  /// The smallest problem that is reached by making one size after the other as small as is
  /// accepted.
  Trial minimal(Trial trial) {
    using Kind = Unit::Kind;
    constexpr std::array<index_t, 15> ladder = {1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64, 96};
    constexpr std::array<Unit, 8> sizes = {Unit{Kind::batch},        Unit{Kind::output},
                                           Unit{Kind::output, 0},    Unit{Kind::output, 1},
                                           Unit{Kind::output, 2},    Unit{Kind::in_channels},
                                           Unit{Kind::out_channels}, Unit{Kind::groups}};
    constexpr double small = 2e4;
    for (const Unit unit : sizes) {
      if (products_of(trial.spec) <= small) break;
      if (!has(trial.spec, unit)) continue;
      for (const index_t value : ladder) {
        if (value >= value_of(trial.spec, unit)) break;
        if (unit.kind == Kind::groups && value == 1) continue;
        if (auto smaller = moved(trial, unit, value, limited_)) {
          trial = *smaller;
          break;
        }
      }
    }
    return trial;
  }

  void remove_repeated() {
    std::vector<Trial> once;
    for (const Trial& trial : region_.known_)
      if (std::ranges::find(once, trial) == once.end()) once.push_back(trial);
    region_.known_ = std::move(once);
  }

  /// The values of every unit that are accepted while the others stay, at some known problems.
  void scan_lines() {
    constexpr std::size_t lines = 4;
    const std::size_t count = region_.known_.size();
    std::vector<std::set<index_t>> accepted(units().size());
    std::vector<std::set<index_t>> edges(units().size());
    for (std::size_t i = 0; i < std::min(lines, count); ++i) {
      const Trial& at = region_.known_[i * count / std::min(lines, count)];
      for (std::size_t u = 0; u < units().size(); ++u)
        if (has(at.spec, units()[u]))
          scan(at, units()[u], accepted[u], edges[u], region_.values_[u].moves_alone);
    }
    for (std::size_t u = 0; u < units().size(); ++u) {
      AcceptedValues& values = region_.values_[u];
      values.values.assign(accepted[u].begin(), accepted[u].end());
      values.edges.assign(edges[u].begin(), edges[u].end());
      if (!values.moves_alone) continue;
      for (const index_t value : values.values)
        values.modulus = std::gcd(values.modulus, value - values.values.front());
      if (values.modulus > 0) values.residue = values.values.front() % values.modulus;
    }
  }

  void scan(const Trial& at, Unit unit, std::set<index_t>& accepted, std::set<index_t>& edges,
            bool& alone) {
    static const std::vector<index_t> probes = [] {
      std::vector<index_t> made(36);
      std::iota(made.begin(), made.end(), index_t{0});
      for (const index_t more : {40,  48,  56,  63,  64,  65,  80,  96,   112,  127,  128,  129,
                                 160, 192, 256, 257, 384, 512, 513, 1024, 1025, 4096, 65536})
        made.push_back(more);
      return made;
    }();
    const index_t here = value_of(at.spec, unit);
    accepted.insert(here);
    index_t last = -1;
    for (const index_t probe : probes) {
      if (left_ == 0) break;
      const bool taken = moved(at, unit, probe, limited_).has_value();
      if (taken) accepted.insert(probe);
      if (taken) last = probe;
      if (taken && probe != here) alone = true;
    }
    const auto next = std::ranges::upper_bound(probes, last);
    if (last < 0 || next == probes.end()) return;
    index_t low = last;
    for (index_t high = *next; high - low > 1;) {
      const index_t middle = low + (high - low) / 2;
      (moved(at, unit, middle, limited_) ? low : high) = middle;
    }
    accepted.insert(low);
    edges.insert(low);
  }

  /// Units that do not move alone may change together with another.
  void find_ties() {
    const Trial& at = region_.known_.front();
    std::vector<Unit> frozen;
    for (std::size_t u = 0; u < units().size(); ++u)
      if (has(at.spec, units()[u]) && !region_.values_[u].moves_alone) frozen.push_back(units()[u]);
    for (const Unit unit : frozen)
      for (const Unit other : frozen)
        if (unit != other) find_tie(at, unit, other);
  }

  void find_tie(const Trial& at, Unit unit, Unit other) {
    const index_t value = value_of(at.spec, unit);
    const index_t partner = value_of(at.spec, other);
    for (const index_t changed : {2 * value, value + 1, 3 * value}) {
      if (changed == value) continue;
      const index_t scaled = value > 0 ? partner * changed / value : changed;
      for (const bool by_factor : {false, true}) {
        const index_t follows = by_factor ? scaled : changed;
        if ((by_factor && scaled == changed) || follows == partner) continue;
        Trial candidate = at;
        candidate.spec = with(at.spec, other, follows);
        if (why_invalid(candidate.spec)) continue;
        const auto both = moved(candidate, unit, changed, limited_);
        if (!both) continue;
        add_values(unit, {value, changed});
        region_.ties_.push_back({unit, other, by_factor});
        return;
      }
    }
  }

  /// Values that are accepted with a tie.
  void add_values(Unit unit, std::initializer_list<index_t> values) {
    AcceptedValues& known =
        region_
            .values_[static_cast<std::size_t>(std::ranges::find(units(), unit) - units().begin())];
    std::set<index_t> all(known.values.begin(), known.values.end());
    all.insert(values.begin(), values.end());
    known.values.assign(all.begin(), all.end());
  }

  const Hints& hints_;
  std::size_t left_;
  Takes limited_;
  Region region_;
  std::set<Key> keys_;
};

Region Region::learned(const Takes& takes, const Hints& hints, std::size_t questions) {
  return Learning(takes, hints, questions).learned();
}

}  // namespace convict::fuzz
