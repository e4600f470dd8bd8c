// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/trial.hpp"
#include "datasets/random.hpp"

namespace convict::fuzz {

/// Makes trials like one that is known to fail, to find out what its failure depends on.
class Variants {
 public:
  /// Variants cost at most as much as `minimum`, or 100,000 multiply-adds and elements.
  Variants(const Trial& minimum, std::uint64_t seed);

  /// The minimum with one field changed, a few values for every field.
  std::vector<Trial> single_changes();

  /// A valid trial that takes each field from `base` with probability `kept`, else from `other`, on
  /// which a few fields are then changed. Nothing when no valid one was found.
  std::optional<Trial> cross(const Trial& base, const Trial& other, double kept);

  /// `base` with one to three changes; a change gives one field another value, gives several sizes
  /// that are the same one new value, or takes fields from `other`.
  std::optional<Trial> change(const Trial& base, const Trial& other);

  datasets::Draws& draws() { return draws_; }
  bool affordable(const Trial& trial) const;

 private:
  double most_cost_;
  Trial minimum_;
  datasets::Draws draws_;
};

}  // namespace convict::fuzz
