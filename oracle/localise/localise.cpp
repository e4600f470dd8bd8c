// SPDX-License-Identifier: Apache-2.0
#include "oracle/localise/localise.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

#include "oracle/localise/element_set.hpp"
#include "oracle/localise/mostly.hpp"
#include "oracle/truth/element_index.hpp"

namespace convict::oracle {
namespace {

using Texts = std::vector<std::string>;

/// A description that covers a set's elements and no others.
struct Exact {
  double cost = 0;
  std::string text;
};

/// The text of a literal, followed by the reasons of all literals that hold for the same values.
std::string explained(const Literal& literal, std::span<const Literal> others) {
  Texts reasons;
  for (const Literal& other : others)
    if (other.holds == literal.holds && !other.reason.empty() && &other != &literal &&
        std::ranges::find(reasons, other.reason) == reasons.end())
      reasons.push_back(other.reason);
  if (literal.places && !literal.reason.empty() &&
      std::ranges::find(reasons, literal.reason) == reasons.end())
    reasons.insert(reasons.begin(), literal.reason);
  return reasons.empty() ? literal.text
                         : fmt::format("{} ({})", literal.text, fmt::join(reasons, "; "));
}

/// The conjunction of two literals about the same axis; "channel 3 of each group" and "group 1 of
/// 2" become "channel 3 of group 1 of 2".
Exact both(const Literal& a, const Literal& b) {
  constexpr std::string_view of_each = " of each group";
  if (a.text.starts_with("group ") && b.text.ends_with(of_each))
    return {a.cost + b.cost - 1,
            b.text.substr(0, b.text.size() - of_each.size()) + " of " + a.text};
  return {a.cost + b.cost, a.text + " and " + b.text};
}

index_t common(const Literal& a, const Literal& b) {
  index_t count = 0;
  for (std::size_t value = 0; value < a.holds.size(); ++value)
    count += a.holds[value] & b.holds[value];
  return count;
}

/// The cheapest one or two literals that hold for the values that occur and for no others; empty if
/// all values occur.
std::optional<Exact> cover(const Trial& trial, const MarginalCounts& counts) {
  const index_t support = counts.support();
  if (support == counts.extent()) return Exact{};
  std::vector<Literal> literals = literals_of(trial, counts);
  std::erase_if(literals, [&](const Literal& literal) { return literal.hits < counts.elements; });
  const Literal* best = nullptr;
  double cost = 0;
  for (const Literal& literal : literals) {
    if (literal.count != support) continue;
    cost = best == nullptr ? literal.cost : std::min(cost, literal.cost);
    const bool better = best == nullptr || (literal.places && !best->places) ||
                        (literal.places == best->places && literal.cost < best->cost);
    if (better) best = &literal;
  }
  if (best != nullptr) return Exact{cost, explained(*best, literals)};
  std::optional<Exact> found;
  if (counts.is_flat()) return found;
  for (const Literal& a : literals)
    for (const Literal& b : literals)
      if (Exact pair = both(a, b);
          &a < &b && (!found || pair.cost < found->cost) && common(a, b) == support)
        found = std::move(pair);
  return found;
}

/// The set as a product of one description for each axis, with the innermost axes taken together if
/// `flat`; nothing if it is no such product.
std::optional<Exact> product(const Trial& trial, const ElementSet& set, bool flat) {
  std::vector<MarginalCounts> factors;
  const std::size_t single = flat ? set.outer_axes() : set.axes().size();
  for (std::size_t axis = 0; axis < single; ++axis) factors.push_back(set.axis(axis));
  if (flat) factors.push_back(set.innermost());
  index_t elements = 1;
  for (const MarginalCounts& factor : factors) elements *= factor.support();
  if (elements != set.size()) return std::nullopt;
  Exact found;
  Texts texts(set.axes().size());
  for (std::size_t i = 0; i < factors.size(); ++i) {
    auto covered = cover(trial, factors[i]);
    if (!covered) return std::nullopt;
    found.cost += covered->cost;
    texts[i] = std::move(covered->text);
  }
  found.text = sentence(set, texts);
  return found;
}

std::optional<Exact> cheaper(std::optional<Exact> a, std::optional<Exact> b) {
  if (!a) return b;
  return b && b->cost < a->cost ? b : a;
}

std::optional<Exact> product(const Trial& trial, const ElementSet& set) {
  auto found = product(trial, set, false);
  if (set.axes().size() > set.outer_axes() + 1)
    found = cheaper(std::move(found), product(trial, set, true));
  return found;
}

/// All axes together in memory order: the first or last elements, or one residue class.
std::optional<Exact> in_memory(const ElementSet& set, std::span<const index_t> elements) {
  const index_t size = set.size();
  const index_t first = elements.front();
  const index_t last = elements[static_cast<std::size_t>(size) - 1];
  if (last - first + 1 == size && last == set.extent() - 1)
    return Exact{6, fmt::format("the last {} elements in memory order, from {} on", size, first)};
  if (last - first + 1 == size && first == 0)
    return Exact{6, fmt::format("the first {} elements in memory order", size)};
  for (const index_t modulus : std::array<index_t, 6>{64, 32, 16, 8, 4, 2}) {
    const index_t begin = first % modulus;
    if (set.extent() <= 2 * modulus || size != (set.extent() - begin - 1) / modulus + 1) continue;
    if (std::ranges::all_of(elements.first(static_cast<std::size_t>(size)),
                            [&](index_t at) { return at % modulus == begin; }))
      return Exact{6, fmt::format("elements {} mod {} in memory order", begin, modulus)};
  }
  return std::nullopt;
}

std::optional<Exact> exact(const Trial& trial, const ElementSet& set,
                           std::span<const index_t> elements) {
  if (set.size() == set.extent()) return Exact{0, "every element"};
  auto found = cheaper(product(trial, set), in_memory(set, elements));
  auto opposite = product(trial, set.complement());
  if (opposite) {
    opposite->cost += 1;
    opposite->text = "all but " + opposite->text;
  }
  return cheaper(std::move(found), std::move(opposite));
}

/// A text without a pattern: the smallest box around the set, if that is at most half the result.
std::string scattered(const ElementSet& set) {
  index_t inside = 1;
  Texts texts(set.axes().size());
  for (std::size_t a = 0; a < texts.size(); ++a) {
    const MarginalCounts counts = set.axis(a);
    const auto occurs = [](index_t count) { return count > 0; };
    const auto begin = std::ranges::find_if(counts.found, occurs) - counts.found.begin();
    const auto end =
        counts.found.rend() - std::find_if(counts.found.rbegin(), counts.found.rend(), occurs);
    inside *= end - begin;
    if (end - begin == counts.extent()) continue;
    const ResultAxis& axis = set.axes()[a];
    texts[a] = end - begin == 1 ? fmt::format("{} {}", axis.one, begin)
                                : fmt::format("{} {}-{}", axis.many, begin, end - 1);
  }
  if (2 * inside > set.extent())
    return fmt::format("scattered: {} of {}, no pattern found", set.size(), set.extent());
  return fmt::format("scattered: {} of the {} in {}, no pattern found", set.size(), inside,
                     sentence(set, texts));
}

}  // namespace

std::string localise(const Trial& trial, std::span<const index_t> wrong, bool complete) {
  if (wrong.empty()) return "no element";
  if (complete && wrong.size() == 1)
    return fmt::format("one element ({})", fmt::join(element_index(trial, wrong.front()), ", "));
  if (!ElementSet::is_countable(trial)) return "no pattern looked for in a result so large";
  const ElementSet set(trial, wrong, complete);
  const std::string as_far =
      set.whole() ? "" : fmt::format(", as far as the first {} elements go", set.extent());
  if (set.size() == 0) return "no pattern found" + as_far;
  const auto known = wrong.first(static_cast<std::size_t>(set.size()));
  // A longer description would explain less than a list of the elements.
  constexpr double longest = 16;
  if (const auto found = exact(trial, set, known); found && found->cost <= longest)
    return found->text + as_far;
  if (const auto found = mostly(trial, set, known)) return *found + as_far;
  return scattered(set) + as_far;
}

}  // namespace convict::oracle
