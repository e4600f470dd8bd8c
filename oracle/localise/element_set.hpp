// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/trial.hpp"
#include "oracle/localise/literals.hpp"

namespace convict::oracle {

/// A set of elements of a result, stored as marginal counts: the number of elements for every
/// combination of indices of the outer axes, and the same for the innermost axes. From these follow
/// the counts for any single axis.
class ElementSet {
 public:
  /// Whether the counts are small enough to be stored: at most 4 million of either kind.
  static bool is_countable(const Trial& trial);

  /// `elements` are ascending. Unless `complete`, it is unknown which elements behind the last one
  /// are in the set; it is then restricted to the largest box of known elements that begins at
  /// index 0. Throws SpecError when an element lies outside the result.
  ElementSet(const Trial& trial, std::span<const index_t> elements, bool complete);

  const std::vector<ResultAxis>& axes() const { return axes_; }
  std::size_t outer_axes() const { return outer_axes_; }
  index_t size() const { return size_; }      ///< elements in the set
  index_t extent() const { return extent_; }  ///< elements of the result, or of the box
  bool whole() const { return whole_; }       ///< not restricted

  ElementSet complement() const;
  MarginalCounts axis(std::size_t number) const;
  MarginalCounts innermost() const;

 private:
  void restrict_to(index_t known);

  std::vector<ResultAxis> axes_;
  std::size_t outer_axes_ = 0;
  index_t extent_ = 1, size_ = 0;
  bool whole_ = true;
  std::vector<index_t> outer_, inner_;  ///< counts by indices, row-major
};

/// Joins texts about single axes: "rows 0-3 x columns 8-15 of channel 2 of every image". `texts`
/// has one entry for each axis, which is empty for an axis that is not restricted.
std::string sentence(const ElementSet& set, std::span<const std::string> texts);

}  // namespace convict::oracle
