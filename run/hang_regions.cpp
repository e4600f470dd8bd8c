// SPDX-License-Identifier: Apache-2.0
#include "run/hang_regions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "datasets/random.hpp"

namespace convict::run {
namespace {

/// Hypotheses that are as short as the shortest, at most; enough for a vote.
constexpr std::size_t most_hypotheses = 500;

/// True for 2, 8, 32, 128, ...
bool is_probe(std::size_t number) {
  return std::has_single_bit(number) && std::countr_zero(number) % 2 == 1;
}

bool all_hold(const auto& literals, const CallValues& call) {
  return std::ranges::all_of(literals, [&](const auto& literal) { return literal.holds(call); });
}

}  // namespace

bool HangRegions::Literal::holds(const CallValues& call) const {
  switch (is) {
    case Is::at_least: return call[feature] >= value;
    case Is::at_most: return call[feature] <= value;
    case Is::equal: return call[feature] == value;
  }
  return false;
}

std::string HangRegions::Literal::text() const {
  const CallFeature& of = call_features()[feature];
  if (is == Is::equal) return fmt::format("{} {}", of.name, of.text(value));
  return fmt::format("{} {} {:.15g}", of.name, is == Is::at_least ? ">=" : "<=", value);
}

void HangRegions::keep(const CallValues& call) {
  if (returned_.size() < most_returned) {
    returned_.push_back(call);
    return;
  }
  // A uniform sample of all calls (reservoir sampling).
  const std::size_t place = datasets::scramble(seen_) % seen_;
  if (place >= refuted_ && place < returned_.size()) returned_[place] = call;
}

void HangRegions::returned(const CallValues& call) {
  ++seen_;
  bool refutes = false;
  for (Region& region : regions_) {
    if (std::erase_if(region.hypotheses,
                      [&](const Conjunction& one) { return all_hold(one, call); }) == 0)
      continue;
    refutes = true;
    region.withheld = 0;  // the region was too large, and may still be: look again soon
  }
  if (!refutes) return keep(call);
  // Kept, so that what it refuted is not learned again.
  if (returned_.size() == most_returned)
    returned_[refuted_] = call;
  else
    returned_.insert(returned_.begin() + static_cast<std::ptrdiff_t>(refuted_), call);
  if (refuted_ + 1 < most_returned) ++refuted_;
  if (std::ranges::any_of(regions_, [](const Region& region) { return region.hypotheses.empty(); }))
    learn();
}

void HangRegions::hung(const CallValues& call) {
  hung_.push_back(call);
  learn();
}

/// The most specific literals that hold in all members.
std::vector<HangRegions::Literal> HangRegions::literals_of(
    const std::vector<std::size_t>& members) const {
  std::vector<Literal> literals;
  for (std::size_t f = 0; f < call_features().size(); ++f) {
    double low = hung_[members[0]][f];
    double high = low;
    for (const std::size_t member : members) {
      low = std::min(low, hung_[member][f]);
      high = std::max(high, hung_[member][f]);
    }
    if (call_features()[f].ordered) {
      literals.push_back({f, Literal::Is::at_least, low});
      literals.push_back({f, Literal::Is::at_most, high});
    } else if (low == high) {
      literals.push_back({f, Literal::Is::equal, low});
    }
  }
  return literals;
}

/// All conjunctions of one, else of two, else of three of these literals that no returned call
/// fulfils.
std::vector<HangRegions::Conjunction> HangRegions::shortest_separating(
    const std::vector<Literal>& candidates) const {
  std::vector<Conjunction> found;
  // A literal that every returned call fulfils separates nothing.
  std::vector<Literal> literals;
  std::vector<Returned> fulfilled;
  for (const Literal& literal : candidates) {
    Returned by;
    for (std::size_t i = 0; i < returned_.size(); ++i) by[i] = literal.holds(returned_[i]);
    if (by.count() == returned_.size()) continue;
    literals.push_back(literal);
    fulfilled.push_back(by);
  }
  const std::size_t count = literals.size();
  for (std::size_t a = 0; a < count; ++a)
    if (fulfilled[a].none()) found.push_back({literals[a]});
  if (!found.empty()) return found;
  for (std::size_t a = 0; a < count; ++a)
    for (std::size_t b = a + 1; b < count && found.size() < most_hypotheses; ++b)
      if ((fulfilled[a] & fulfilled[b]).none()) found.push_back({literals[a], literals[b]});
  if (!found.empty()) return found;
  for (std::size_t a = 0; a < count; ++a)
    for (std::size_t b = a + 1; b < count; ++b) {
      const Returned both = fulfilled[a] & fulfilled[b];
      for (std::size_t c = b + 1; c < count && found.size() < most_hypotheses; ++c)
        if ((both & fulfilled[c]).none()) found.push_back({literals[a], literals[b], literals[c]});
    }
  return found;
}

HangRegions::Region HangRegions::region_of(std::vector<std::size_t> members) const {
  Region region{.members = std::move(members), .hypotheses = {}};
  region.hypotheses = shortest_separating(literals_of(region.members));
  return region;
}

/// Distributes the hung calls anew: each goes to the first region that a short conjunction still
/// describes with it, else to a new one.
void HangRegions::learn() {
  if (returned_.empty()) return;
  std::vector<Region> regions;
  for (std::size_t i = 0; i < hung_.size(); ++i) {
    bool placed = false;
    for (Region& region : regions) {
      std::vector<std::size_t> members = region.members;
      members.push_back(i);
      Region larger = region_of(std::move(members));
      if (larger.hypotheses.empty()) continue;
      region = std::move(larger);
      placed = true;
      break;
    }
    if (!placed) regions.push_back(region_of({i}));
  }
  for (std::size_t i = 0; i < std::min(regions.size(), regions_.size()); ++i)
    regions[i].withheld = regions_[i].withheld;
  regions_ = std::move(regions);
}

std::optional<std::string> HangRegions::given_up() const {
  if (seen_ == 0 && hung_.size() >= most_without_return)
    return fmt::format("given up: each of its first {} calls hung", hung_.size());
  std::size_t unexplained = 0;
  for (const Region& region : regions_)
    if (region.hypotheses.empty() || region.members.size() < least_hangs)
      unexplained += region.members.size();
  if (unexplained >= most_unexplained)
    return fmt::format("given up: it hung {} times, on problems that have nothing in common",
                       unexplained);
  return std::nullopt;
}

std::optional<std::string> HangRegions::why_withheld(const CallValues& call) {
  if (hung_.empty()) return std::nullopt;
  if (auto why = given_up()) return why;
  for (Region& region : regions_) {
    if (region.members.size() < least_hangs) continue;
    const auto holding = static_cast<std::size_t>(std::ranges::count_if(
        region.hypotheses, [&](const Conjunction& one) { return all_hold(one, call); }));
    if (2 * holding <= region.hypotheses.size()) continue;
    if (is_probe(++region.withheld)) continue;
    std::vector<std::string> literals;
    for (const Literal& literal : region.hypotheses.front()) literals.push_back(literal.text());
    return fmt::format("hung nearby: {}", fmt::join(literals, " and "));
  }
  return std::nullopt;
}

}  // namespace convict::run
