#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/trial.hpp"
#include "oracle/localise/literals.hpp"

namespace convict::oracle {

/// Some elements of a result, counted by the outer axes' values together and by the innermost axes'
/// together: from these follow the counts by any one axis.
class ElementSet {
 public:
  /// Whether the counts stay small: at most 4 million of either kind.
  static bool is_countable(const Trial& trial);

  /// `elements` are ascending. Unless `complete`, elements behind the last one are unknown; the set
  /// is then restricted to the largest box that begins at index 0 and is known. Throws SpecError
  /// when an element lies outside the result.
  ElementSet(const Trial& trial, std::span<const index_t> elements, bool complete);

  const std::vector<ResultAxis>& axes() const { return axes_; }
  std::size_t outer_axes() const { return outer_axes_; }
  index_t size() const { return size_; }      ///< elements in the set
  index_t extent() const { return extent_; }  ///< elements there are to be in it
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
  std::vector<index_t> outer_, inner_;  ///< elements by values, row-major
};

/// Texts about single axes, one sentence: "rows 0-3 x columns 8-15 of channel 2 of every image".
/// `texts` has one entry for each axis, empty where nothing is said.
std::string sentence(const ElementSet& set, std::span<const std::string> texts);

}  // namespace convict::oracle
