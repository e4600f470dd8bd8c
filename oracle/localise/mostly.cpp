// SPDX-License-Identifier: Apache-2.0
#include "oracle/localise/mostly.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace convict::oracle {
namespace {

constexpr std::size_t most_sampled = 4096;

/// A literal and the axes that it is about.
struct Candidate {
  Literal literal;
  std::size_t axis;                      ///< the first axis
  std::size_t end;                       ///< one behind the last axis
  index_t stride;                        ///< elements per step of the value
  index_t extent;                        ///< values
  std::vector<std::uint64_t> sampled{};  ///< one bit per sampled element: whether it holds

  bool holds(index_t element) const {
    return literal.holds[static_cast<std::size_t>(element / stride % extent)] != 0;
  }
};

/// One or two candidates (a conjunction), and how well they describe the elements.
struct Guess {
  const Candidate* a = nullptr;
  const Candidate* b = nullptr;
  double hits = 0;    ///< elements of the set that it covers, exact or estimated
  double taken = 0;   ///< all elements that it covers
  double length = 0;  ///< of the description, see mostly.hpp
};

class Guesses {
 public:
  Guesses(const Trial& trial, const ElementSet& set, std::span<const index_t> elements)
      : set_(set), elements_(elements) {
    index_t stride = set.extent();
    for (std::size_t a = 0; a < set.axes().size(); ++a) {
      stride /= set.axes()[a].extent;
      add(trial, set.axis(a), a, a + 1, stride);
    }
    if (set.axes().size() > set.outer_axes() + 1)
      add(trial, set.innermost(), set.outer_axes(), set.axes().size(), 1);
    const std::size_t step = elements.size() / most_sampled + 1;
    for (std::size_t i = 0; i < elements.size(); i += step) sample_.push_back(elements[i]);
    for (Candidate& candidate : candidates_) take_sample(candidate);
  }

  std::optional<Guess> best() {
    consider({.hits = size(), .taken = extent()}, 0);
    for (const Candidate& one : candidates_)
      consider({.a = &one,
                .hits = static_cast<double>(one.literal.hits),
                .taken = share(one) * extent()},
               one.literal.cost);
    for (std::size_t i = 0; i < candidates_.size(); ++i)
      for (std::size_t j = i + 1; j < candidates_.size(); ++j) pair(candidates_[i], candidates_[j]);
    return best_;
  }

  std::string text(const Guess& guess) const {
    std::vector<std::string> texts(set_.axes().size());
    for (const Candidate* one : {guess.a, guess.b}) {
      if (one == nullptr) continue;
      std::string& text = texts[one->axis];
      text += text.empty() ? one->literal.text : " and " + one->literal.text;
    }
    const auto hits = std::ranges::count_if(elements_, [&](index_t at) {
      return (guess.a == nullptr || guess.a->holds(at)) &&
             (guess.b == nullptr || guess.b->holds(at));
    });
    return fmt::format("mostly {}: {} of {} wrong elements, and {} right ones",
                       sentence(set_, texts), hits, elements_.size(),
                       std::llround(guess.taken) - hits);
  }

 private:
  double size() const { return static_cast<double>(set_.size()); }
  double extent() const { return static_cast<double>(set_.extent()); }
  static double share(const Candidate& one) {
    return static_cast<double>(one.literal.count) / static_cast<double>(one.extent);
  }

  void add(const Trial& trial, const MarginalCounts& counts, std::size_t axis, std::size_t end,
           index_t stride) {
    for (Literal& literal : literals_of(trial, counts))
      candidates_.push_back({.literal = std::move(literal),
                             .axis = axis,
                             .end = end,
                             .stride = stride,
                             .extent = counts.extent()});
  }

  void take_sample(Candidate& candidate) const {
    candidate.sampled.resize((sample_.size() + 63) / 64);
    for (std::size_t i = 0; i < sample_.size(); ++i)
      if (candidate.holds(sample_[i])) candidate.sampled[i / 64] |= std::uint64_t{1} << (i % 64);
  }

  /// Considers two literals together: about the same axis, or about axes that do not overlap.
  void pair(const Candidate& a, const Candidate& b) {
    const bool same = a.axis == b.axis && a.end == b.end;
    const bool flat = a.end > a.axis + 1;
    if (same ? flat : a.axis < b.end && b.axis < a.end) return;
    double taken = share(a) * share(b) * extent();
    if (same) {
      index_t common = 0;
      for (std::size_t i = 0; i < a.literal.holds.size(); ++i)
        common += a.literal.holds[i] & b.literal.holds[i];
      taken = static_cast<double>(common) / static_cast<double>(a.extent) * extent();
    }
    int seen = 0;
    for (std::size_t i = 0; i < a.sampled.size(); ++i)
      seen += std::popcount(a.sampled[i] & b.sampled[i]);
    const double hits = size() * seen / static_cast<double>(sample_.size());
    consider({.a = &a, .b = &b, .hits = hits, .taken = taken}, a.literal.cost + b.literal.cost);
  }

  void consider(Guess guess, double cost) {
    if (guess.hits < least_share * size() || guess.hits < least_share * guess.taken) return;
    const double exceptions = size() - guess.hits + std::max(0.0, guess.taken - guess.hits);
    guess.length = 4 * cost + exceptions * std::log2(extent() + 1);
    if (!best_ || guess.length < best_->length) best_ = guess;
  }

  const ElementSet& set_;
  std::span<const index_t> elements_;
  std::vector<index_t> sample_;
  std::vector<Candidate> candidates_;
  std::optional<Guess> best_;
};

}  // namespace

std::optional<std::string> mostly(const Trial& trial, const ElementSet& set,
                                  std::span<const index_t> elements) {
  Guesses guesses(trial, set, elements);
  const auto best = guesses.best();
  if (!best) return std::nullopt;
  return guesses.text(*best);
}

}  // namespace convict::oracle
