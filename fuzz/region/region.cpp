// SPDX-License-Identifier: Apache-2.0
#include "fuzz/region/region.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "fuzz/features/draft.hpp"

namespace convict::fuzz {
namespace {

/// The parts of a trial that a kernel may refuse, besides its units.
using CopyPart = void (*)(const Trial& from, Trial& to);
constexpr std::array<CopyPart, 10> parts_of_a_trial = {
    [](const Trial& from, Trial& to) { to.pass = from.pass; },
    [](const Trial& from, Trial& to) { to.precision = from.precision; },
    [](const Trial& from, Trial& to) {
      to.recipe.layout = from.recipe.layout;
      to.recipe.pitch = from.recipe.pitch;
      to.recipe.steps = from.recipe.steps;
    },
    [](const Trial& from, Trial& to) { to.recipe.layout = from.recipe.layout; },
    [](const Trial& from, Trial& to) { to.recipe.alpha = from.recipe.alpha; },
    [](const Trial& from, Trial& to) { to.recipe.beta = from.recipe.beta; },
    [](const Trial& from, Trial& to) { to.recipe.threads = from.recipe.threads; },
    [](const Trial& from, Trial& to) { to.spec.flip = from.spec.flip; },
    [](const Trial& from, Trial& to) { to.spec.unshared = from.spec.unshared; },
    [](const Trial& from, Trial& to) {
      if (from.spec.border == BorderMode::none) return;
      to.spec.border = from.spec.border;
      to.spec.padding = {};
    },
};

/// Moves a known problem towards a wanted one.
class Fitting {
 public:
  Fitting(const Region& region, const Trial& wanted, const Trial& known, const Takes& takes,
          Draw& draw)
      : region_(region), wanted_(wanted), takes_(takes), draw_(draw), now_(wanted) {
    now_.spec = known.spec;
    now_.pass = known.pass;
    now_.precision = known.precision;
    copy_request(known.recipe, now_.recipe);
    constexpr double usual_products = 2e6;
    constexpr double usual_elements = 5e5;
    most_products_ = std::max({usual_products, products_of(wanted.spec), products_of(known.spec)});
    most_elements_ = std::max({usual_elements, elements_of(wanted.spec), elements_of(known.spec)});
  }

  Trial fitted() {
    const std::vector<Move> all = moves();
    apply(all);
    constexpr double edge_percent = 12;
    if (draw_.chance(edge_percent)) go_to_an_edge();
    return now_;
  }

 private:
  /// One step towards the wanted problem: a part that is copied, or a unit with a value.
  struct Move {
    CopyPart copy = nullptr;
    Unit unit{};
    index_t value = 0;
  };

  /// Parts, then parameters and sizes in drawn order, then extents.
  std::vector<Move> moves() {
    using Kind = Unit::Kind;
    std::vector<Move> made;
    std::vector<Move> extents;
    for (const CopyPart copy : parts_of_a_trial) made.push_back({.copy = copy});
    const auto parts = static_cast<std::ptrdiff_t>(made.size());
    const Kind extent = draw_.chance(50) ? Kind::input : Kind::output;
    for (const Unit unit : units()) {
      if (!has(now_.spec, unit) || !has(wanted_.spec, unit) || is_frozen(unit)) continue;
      if (unit.kind >= Kind::filter && unit.axis == Unit::every_axis) continue;
      if (unit.kind == Kind::padding) continue;
      const bool is_extent = unit.kind == Kind::output || unit.kind == Kind::input;
      if (is_extent && unit.kind != extent) continue;
      (is_extent ? extents : made).push_back({.unit = unit, .value = first_value(unit)});
    }
    for (auto end = static_cast<std::ptrdiff_t>(made.size()); end > parts + 1; --end)
      std::swap(made[static_cast<std::size_t>(end - 1)],
                made[static_cast<std::size_t>(draw_.between(parts, end - 1))]);
    made.insert(made.end(), extents.begin(), extents.end());
    return made;
  }

  Trial after(Trial trial, const Move& move) const {
    if (move.copy != nullptr)
      move.copy(wanted_, trial);
    else if (value_of(trial.spec, move.unit) != move.value)
      trial.spec = with(trial.spec, move.unit, move.value);
    return trial;
  }

  /// Makes all moves at once; where that is refused, the first half, then the second half.
  void apply(std::span<const Move> moves) {
    Trial candidate = now_;
    bool valid = true;
    for (const Move& move : moves) {
      candidate = after(candidate, move);
      valid = valid && !why_invalid(candidate.spec);
      if (!valid) break;
    }
    if (valid && accept(candidate)) return;
    if (moves.size() > 1) {
      apply(moves.first(moves.size() / 2));
      apply(moves.subspan(moves.size() / 2));
    } else if (moves.front().copy == nullptr) {
      insist(moves.front());
    }
  }

  /// A single move that was refused: another value, other extents, together with other units.
  void insist(const Move& move) {
    if (std::ranges::find(settled_, move.unit) != settled_.end()) return;
    if (set_tied(move.unit, move.value)) return;
    if (set(move.unit, move.value, Hold::inputs)) return;
    if (move.unit.axis != Unit::every_axis &&
        set({move.unit.kind, Unit::every_axis}, move.value, Hold::outputs))
      return;
    for (const index_t value : other_values(move.unit))
      if (set(move.unit, value, Hold::outputs) || set_tied(move.unit, value)) return;
  }

  /// True also where nothing changes.
  bool accept(const Trial& candidate) {
    if (candidate == now_) return true;
    if (left_ == 0 || why_invalid(candidate.spec)) return false;
    if (products_of(candidate.spec) > most_products_ ||
        elements_of(candidate.spec) > most_elements_)
      return false;
    --left_;
    if (!takes_(candidate)) return false;
    now_ = candidate;
    return true;
  }

  bool set(Unit unit, index_t value, Hold hold) {
    if (!has(now_.spec, unit) || value_of(now_.spec, unit) == value) return false;
    Trial candidate = now_;
    candidate.spec = with(now_.spec, unit, value, hold);
    return accept(candidate);
  }

  bool set_tied(Unit unit, index_t value) {
    const index_t before = std::max<index_t>(1, value_of(now_.spec, unit));
    for (const Tie& tie : region_.ties()) {
      if (tie.unit != unit || !has(now_.spec, tie.other)) continue;
      const index_t other = tie.scaled ? value_of(now_.spec, tie.other) * value / before : value;
      for (const Hold hold : {Hold::outputs, Hold::inputs}) {
        Trial candidate = now_;
        candidate.spec = with(now_.spec, tie.other, other, hold);
        if (why_invalid(candidate.spec)) continue;
        candidate.spec = with(candidate.spec, unit, value, hold);
        if (!accept(candidate)) continue;
        settled_.push_back(tie.other);
        return true;
      }
    }
    return false;
  }

  /// No other value was accepted, alone or with another unit. Nevertheless asked now and then: it
  /// may be different elsewhere.
  bool is_frozen(Unit unit) {
    constexpr double asked_percent = 5;
    return !region_.values_of(unit).moves_alone &&
           std::ranges::find(region_.ties(), unit, &Tie::unit) == region_.ties().end() &&
           !draw_.chance(asked_percent);
  }

  /// The wanted value, or where only multiples are accepted, so many of them or the nearest.
  index_t first_value(Unit unit) {
    const index_t wanted = value_of(wanted_.spec, unit);
    const AcceptedValues& known = region_.values_of(unit);
    if (known.modulus <= 1) return wanted;
    if (draw_.chance(50)) return wanted * known.modulus + known.residue;
    return std::max<index_t>(0, wanted - known.residue) / known.modulus * known.modulus +
           known.residue;
  }

  std::vector<index_t> other_values(Unit unit) {
    const index_t wanted = value_of(wanted_.spec, unit);
    const AcceptedValues& known = region_.values_of(unit);
    std::vector<index_t> values;
    if (known.modulus > 1)
      values.push_back(wanted / known.modulus * known.modulus + known.modulus + known.residue);
    if (known.values.empty()) return values;
    const auto above = std::ranges::lower_bound(known.values, wanted);
    values.push_back(above == known.values.end() ? known.values.back() : *above);
    values.push_back(known.values[static_cast<std::size_t>(
        draw_.between(0, static_cast<index_t>(known.values.size()) - 1))]);
    return values;
  }

  void go_to_an_edge() {
    std::vector<std::pair<Unit, index_t>> edges;
    for (const Unit unit : units())
      if (has(now_.spec, unit))
        for (const index_t edge : region_.values_of(unit).edges) edges.emplace_back(unit, edge);
    if (edges.empty()) return;
    const auto last = static_cast<index_t>(edges.size()) - 1;
    const auto [unit, edge] = edges[static_cast<std::size_t>(draw_.between(0, last))];
    set(unit, edge, Hold::outputs);
  }

  const Region& region_;
  const Trial& wanted_;
  const Takes& takes_;
  Draw& draw_;
  Trial now_;
  double most_products_ = 0;
  double most_elements_ = 0;
  std::size_t left_ = 150;
  std::vector<Unit> settled_;  ///< that a unit tied to them has moved: moving them would undo that
};

/// How much of what cannot be moved freely a known problem shares with the wanted one.
int likeness(const Trial& known, const Trial& wanted) {
  return 8 * static_cast<int>(known.pass == wanted.pass) +
         4 * static_cast<int>(known.precision == wanted.precision) +
         2 * static_cast<int>(known.spec.rank == wanted.spec.rank) +
         static_cast<int>((known.spec.groups > 1) == (wanted.spec.groups > 1));
}

const Trial& like(std::span<const Trial> known, const Trial& wanted, Draw& draw) {
  constexpr double any_percent = 20;
  const int least = draw.chance(any_percent) ? 8 : 15;
  int best = 0;
  for (const Trial& trial : known) best = std::max(best, std::min(least, likeness(trial, wanted)));
  std::vector<const Trial*> chosen;
  for (const Trial& trial : known)
    if (likeness(trial, wanted) >= best) chosen.push_back(&trial);
  return *chosen[static_cast<std::size_t>(
      draw.between(0, static_cast<index_t>(chosen.size()) - 1))];
}

}  // namespace

void copy_request(const Recipe& from, Recipe& to) {
  to.layout = from.layout;
  to.pitch = from.pitch;
  to.steps = from.steps;
  to.alpha = from.alpha;
  to.beta = from.beta;
  to.threads = from.threads;
}

std::optional<Trial> moved(const Trial& trial, Unit unit, index_t value, const Takes& takes,
                           Hold hold) {
  Trial candidate = trial;
  candidate.spec = with(trial.spec, unit, value, hold);
  if (why_invalid(candidate.spec) || !takes(candidate)) return std::nullopt;
  return candidate;
}

const AcceptedValues& Region::values_of(Unit unit) const {
  static const AcceptedValues nothing;
  const auto at = std::ranges::find(units(), unit);
  const auto number = static_cast<std::size_t>(at - units().begin());
  return number < values_.size() ? values_[number] : nothing;
}

Trial Region::fitted(const Trial& wanted, const Takes& takes, Draw draw) const {
  if (known_.empty() || takes(wanted)) return wanted;
  return Fitting(*this, wanted, like(known_, wanted, draw), takes, draw).fitted();
}

}  // namespace convict::fuzz
