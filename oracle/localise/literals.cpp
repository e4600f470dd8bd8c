// SPDX-License-Identifier: Apache-2.0
#include "oracle/localise/literals.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "oracle/localise/reasons.hpp"

namespace convict::oracle {
namespace {

/// A number that belongs to each value of MarginalCounts: the value itself, the number of its group
/// of channels, or its number in that group.
struct Coordinate {
  const MarginalCounts* counts;
  std::vector<index_t> of;     ///< by value
  std::vector<index_t> found;  ///< elements by number
  std::string one{}, many{}, suffix{};
  bool whole;          ///< the largest number is the last one of the axis
  index_t period = 0;  ///< a further modulus to try
  double cost = 0;

  index_t extent() const { return static_cast<index_t>(found.size()); }
  index_t elements() const { return counts->elements; }
  index_t first() const { return beyond_share(0); }
  index_t last() const { return below_share(0); }
  /// The first number up to which there are more than `share` of the elements; and the last number
  /// from which on there are more than `share` of them.
  index_t beyond_share(double share) const {
    index_t number = 0;
    for (index_t seen = found[0]; !exceeds(seen, share) && number + 1 < extent();)
      seen += found[static_cast<std::size_t>(++number)];
    return number;
  }
  index_t below_share(double share) const {
    index_t number = extent() - 1;
    for (index_t seen = found.back(); !exceeds(seen, share) && number > 0;)
      seen += found[static_cast<std::size_t>(--number)];
    return number;
  }

 private:
  bool exceeds(index_t seen, double share) const {
    return static_cast<double>(seen) > share * static_cast<double>(elements());
  }
};

/// Collects literals that hold for enough elements.
class Proposals {
 public:
  explicit Proposals(const MarginalCounts& counts) : counts_(counts) {}

  /// `text` is called only if the literal is kept.
  template <class Holds, class Text>
  void propose(const Coordinate& coordinate, double cost, Holds holds, Text text,
               std::string reason = {}) {
    index_t hits = 0;
    for (index_t number = 0; number < coordinate.extent(); ++number)
      if (holds(number)) hits += coordinate.found[static_cast<std::size_t>(number)];
    if (!is_enough(hits)) return;
    Literal literal{.holds = std::vector<char>(coordinate.of.size()), .text = {}, .reason = {}};
    for (std::size_t value = 0; value < literal.holds.size(); ++value)
      literal.count += literal.holds[value] = holds(coordinate.of[value]) ? 1 : 0;
    literal.hits = hits;
    literal.cost = cost + coordinate.cost;
    literal.text = text() + coordinate.suffix;
    literal.reason = std::move(reason);
    add(std::move(literal));
  }
  void propose(std::vector<char> holds, double cost, std::string text, std::string reason) {
    Literal literal{.holds = std::move(holds), .cost = cost, .text = std::move(text)};
    literal.reason = std::move(reason);
    literal.places = false;
    for (std::size_t value = 0; value < literal.holds.size(); ++value)
      if (literal.holds[value] != 0) {
        ++literal.count;
        literal.hits += counts_.found[value];
      }
    if (is_enough(literal.hits)) add(std::move(literal));
  }
  bool is_enough(index_t hits) const {
    return static_cast<double>(hits) >= least_share * static_cast<double>(counts_.elements);
  }
  std::vector<Literal> take() { return std::move(literals_); }

 private:
  void add(Literal literal) {
    if (literal.count < counts_.extent()) literals_.push_back(std::move(literal));
  }

  const MarginalCounts& counts_;
  std::vector<Literal> literals_;
};

constexpr std::array<index_t, 6> moduli = {2, 4, 8, 16, 32, 64};

std::string place_of(const Coordinate& on, index_t number) {
  if (number == 0) return "the first";
  return on.whole && number == on.extent() - 1 ? "the last" : "";
}

void equals(const Coordinate& on, Proposals& out) {
  const auto most = std::ranges::max_element(on.found) - on.found.begin();
  const auto number = static_cast<index_t>(most);
  const std::string place = on.extent() > 1 ? place_of(on, number) : "";
  out.propose(
      on, place.empty() ? 2 : 1.5, [&](index_t i) { return i == number; },
      [&] { return fmt::format("{} {}", on.one, number); }, place);
}

/// "13 columns: the remainder of tiles of 4, 8"
std::string tail_text(const Coordinate& on, index_t begin) {
  std::vector<index_t> tiles;
  for (const index_t tile : moduli)
    if (tile > 2 && begin > 0 && begin == on.extent() - on.extent() % tile) tiles.push_back(tile);
  if (tiles.empty() || !on.whole) return "";
  return fmt::format("{} {}: the remainder of tiles of {}", on.extent(), on.many,
                     fmt::join(tiles, ", "));
}

/// Shares of the elements that may lie outside a range on either side.
constexpr std::array shares = {0.0, 0.025, 0.05};

void from(const Coordinate& on, Proposals& out) {
  for (const double share : shares) {
    const index_t begin = on.beyond_share(share);
    if (share > 0 && begin == on.first()) continue;
    const std::string tail = tail_text(on, begin);
    out.propose(
        on, tail.empty() ? 3 : 2.5, [&](index_t i) { return i >= begin; },
        [&] { return fmt::format("{} {} and later", on.many, begin); }, tail);
  }
}

void up_to(const Coordinate& on, Proposals& out) {
  for (const double share : shares) {
    const index_t end = on.below_share(share);
    if (share > 0 && end == on.last()) continue;
    out.propose(
        on, 3, [&](index_t i) { return i <= end; },
        [&] { return fmt::format("{} 0-{}", on.many, end); });
  }
}

void between(const Coordinate& on, Proposals& out) {
  for (const double share : shares) {
    const index_t begin = on.beyond_share(share);
    const index_t end = on.below_share(share);
    if (begin == 0 || end == on.extent() - 1 || begin >= end) continue;
    if (share > 0 && begin == on.first() && end == on.last()) continue;
    out.propose(
        on, 4, [&](index_t i) { return i >= begin && i <= end; },
        [&] { return fmt::format("{} {}-{}", on.many, begin, end); });
  }
}

/// Counts of the elements by number mod `modulus`.
std::vector<index_t> by_residue(const Coordinate& on, index_t modulus) {
  std::vector<index_t> found(static_cast<std::size_t>(modulus));
  std::size_t residue = 0;
  for (const index_t count : on.found) {
    found[residue] += count;
    if (++residue == found.size()) residue = 0;
  }
  return found;
}

void residue(const Coordinate& on, index_t modulus, Proposals& out) {
  if (on.extent() <= modulus) return;
  const std::vector<index_t> found = by_residue(on, modulus);
  const auto number = static_cast<index_t>(std::ranges::max_element(found) - found.begin());
  if (!out.is_enough(found[static_cast<std::size_t>(number)])) return;
  out.propose(
      on, modulus == 2 || modulus == on.period ? 2.5 : 3,
      [&](index_t i) { return i % modulus == number; },
      [&] {
        return modulus == 2 ? fmt::format("{} {}", number == 0 ? "even" : "odd", on.many)
                            : fmt::format("{} {} mod {}", on.many, number, modulus);
      },
      modulus == on.period ? fmt::format("a phase of stride {}", modulus) : "");
}

/// Adjacent numbers in every tile, such as some lanes of a vector write.
void lanes(const Coordinate& on, index_t modulus, Proposals& out) {
  if (on.extent() <= modulus) return;
  const std::vector<index_t> found = by_residue(on, modulus);
  const auto occurs = [](index_t count) { return count > 0; };
  const auto begin = std::ranges::find_if(found, occurs) - found.begin();
  const auto end = static_cast<index_t>(found.size()) - 1 -
                   (std::find_if(found.rbegin(), found.rend(), occurs) - found.rbegin());
  if (begin >= end || (begin == 0 && end == modulus - 1)) return;
  out.propose(
      on, 5, [&](index_t i) { return i % modulus >= begin && i % modulus <= end; },
      [&] { return fmt::format("{} {}-{} of every {}", on.many, begin, end, modulus); });
}

void residues(const Coordinate& on, Proposals& out) {
  for (const index_t modulus : moduli) residue(on, modulus, out);
  if (on.period > 1 && std::ranges::find(moduli, on.period) == moduli.end())
    residue(on, on.period, out);
}

void tile_lanes(const Coordinate& on, Proposals& out) {
  for (const index_t modulus : moduli)
    if (modulus > 2) lanes(on, modulus, out);
}

/// A kind of literal; `flat`: it also applies to several axes together.
struct Pattern {
  bool flat;
  void (*propose)(const Coordinate& on, Proposals& out);
};
constexpr Pattern patterns[] = {
    {false, equals},  {true, from},     {true, up_to},
    {false, between}, {true, residues}, {false, tile_lanes},
};

Coordinate coordinate_of(const MarginalCounts& counts, index_t extent, auto number_of) {
  Coordinate on{.counts = &counts, .of = counts.found, .found = {}, .whole = true};
  on.found.resize(static_cast<std::size_t>(extent));
  for (std::size_t value = 0; value < on.of.size(); ++value) {
    on.of[value] = number_of(static_cast<index_t>(value));
    on.found[static_cast<std::size_t>(on.of[value])] += counts.found[value];
  }
  return on;
}

Coordinate value_itself(const Trial& trial, const MarginalCounts& counts) {
  const ResultAxis& axis = counts.axes.back();
  Coordinate on = coordinate_of(counts, counts.extent(), [](index_t v) { return v; });
  const bool flat = counts.is_flat();
  const bool taps = axis.role == AxisRole::tap;
  on.one = flat ? (taps ? "tap" : "position") : axis.one;
  on.many = flat ? (taps ? "taps" : "positions") : axis.many;
  on.suffix = flat ? " in memory order" : "";
  on.whole = std::ranges::all_of(counts.axes, &ResultAxis::whole);
  on.cost = flat ? 1 : 0;
  if (!flat && axis.role == AxisRole::input)
    on.period = trial.spec.stride[static_cast<std::size_t>(axis.spatial)];
  return on;
}

/// Channels by their group, and by their number in the group.
std::vector<Coordinate> group_coordinates(const Trial& trial, const MarginalCounts& counts) {
  const ResultAxis& axis = counts.axes.back();
  const ConvSpec& spec = trial.spec;
  const bool out = axis.role == AxisRole::out_channel;
  if (counts.is_flat() || (!out && axis.role != AxisRole::in_channel)) return {};
  const index_t size = (out ? spec.out_channels : spec.in_channels) / spec.groups;
  if (spec.groups == 1 || size < 2 || axis.extent <= size) return {};
  std::vector<Coordinate> both;
  both.push_back(
      coordinate_of(counts, ceil_div(axis.extent, size), [size](index_t v) { return v / size; }));
  both.back().one = "group";
  both.back().many = "groups";
  both.back().suffix = fmt::format(" of {}", spec.groups);
  both.back().whole = axis.whole;
  both.push_back(coordinate_of(counts, size, [size](index_t v) { return v % size; }));
  both.back().one = axis.one;
  both.back().many = axis.many;
  both.back().suffix = " of each group";
  both.back().cost = 0.5;
  return both;
}

}  // namespace

index_t MarginalCounts::support() const {
  return std::ranges::count_if(found, [](index_t count) { return count > 0; });
}

std::vector<Literal> literals_of(const Trial& trial, const MarginalCounts& counts) {
  Proposals out(counts);
  if (counts.elements == 0) return {};
  std::vector<Coordinate> coordinates = group_coordinates(trial, counts);
  coordinates.push_back(value_itself(trial, counts));
  for (const Coordinate& on : coordinates)
    for (const Pattern& pattern : patterns)
      if (pattern.flat || !counts.is_flat()) pattern.propose(on, out);
  for (ReasonMask& reason : reasons_of(trial, counts.axes))
    out.propose(std::move(reason.holds), counts.is_flat() ? 3.5 : 2.5, std::move(reason.text),
                std::move(reason.why));
  return out.take();
}

}  // namespace convict::oracle
