// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/trial.hpp"
#include "fuzz/features/draw.hpp"
#include "fuzz/region/units.hpp"

namespace convict::fuzz {

/// Gives `to` the parts of `from` that a kernel is asked about; not data, place and check.
void copy_request(const Recipe& from, Recipe& to);

/// Whether a kernel takes the problem of a trial, whose spec is valid.
using Takes = std::function<bool(const Trial&)>;

/// What is known of a unit's accepted values, while all other units stay.
struct AcceptedValues {
  std::vector<index_t> values;  ///< that were accepted somewhere, ascending
  bool moves_alone = false;     ///< at some problem, more than one value is accepted
  /// Where it moves alone: all accepted values are residue plus multiples of this.
  index_t modulus = 0;
  index_t residue = 0;
  std::vector<index_t> edges;  ///< accepted, while some larger value is refused
};

/// A unit that changes only together with another: set to a value v, the other becomes v too
/// (groups = channels, a square filter), or is scaled by the same factor (K = 2 C).
struct Tie {
  Unit unit;
  Unit other;
  bool scaled = false;
};

/// What the region is learned from.
struct Hints {
  std::vector<Pass> passes;
  std::vector<Precision> precisions;
  std::vector<Layout> layouts = {Layout::nchw, Layout::nhwc};
  std::vector<Trial> examples;   ///< that the kernel probably takes; asked first
  std::vector<ConvSpec> shapes;  ///< asked with every pass, precision and layout
  std::uint64_t seed = 0;
};

/// The problems that one kernel takes, as far as questions show them: small accepted problems, the
/// values of each unit that are accepted there, and units that are tied to each other.
class Region {
 public:
  /// Asks no more than `questions` times. The same answers give the same region.
  static Region learned(const Takes& takes, const Hints& hints, std::size_t questions);

  /// A problem that is accepted and has as much of `wanted` as that permits: all units of a known
  /// problem are moved to the wanted values at once, and where that is refused half by half, as in
  /// delta debugging (Zeller and Hildebrandt, IEEE TSE 28, 2002). A unit that cannot be moved alone
  /// is moved to an accepted value nearby or together with the units tied to it; if all of these
  /// are refused, it stays. Every eighth problem has one unit at an edge. Asks 150 times at most.
  /// `wanted` itself if it is accepted, or if no accepted problem is known. The problem costs no
  /// more than `wanted`, 2e6 multiply-adds or the known problem.
  Trial fitted(const Trial& wanted, const Takes& takes, Draw draw) const;

  std::span<const Trial> known() const { return known_; }  ///< accepted problems, none twice
  const AcceptedValues& values_of(Unit unit) const;
  std::span<const Tie> ties() const { return ties_; }
  std::size_t questions() const { return questions_; }

 private:
  friend class Learning;

  std::vector<Trial> known_;
  std::vector<AcceptedValues> values_;  ///< by number of the unit
  std::vector<Tie> ties_;
  std::size_t questions_ = 0;
};

/// `trial` with another value of a unit; nothing where that is no convolution or `takes` refuses.
std::optional<Trial> moved(const Trial& trial, Unit unit, index_t value, const Takes& takes,
                           Hold hold = Hold::outputs);

}  // namespace convict::fuzz
