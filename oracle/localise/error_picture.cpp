// SPDX-License-Identifier: Apache-2.0
#include "oracle/localise/error_picture.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "oracle/localise/element_set.hpp"

namespace convict::oracle {
namespace {

constexpr index_t most_lines = 20;
constexpr index_t most_characters = 60;

/// One of the two axes of a picture.
struct Side {
  std::size_t axis = 0;
  index_t extent = 1;
  index_t stride = 1;  ///< elements from one value to the next
  index_t block = 1;   ///< values that share a character

  index_t cells() const { return ceil_div(extent, block); }
  index_t value(index_t element) const { return element / stride % extent; }
  index_t cell(index_t element) const { return value(element) / block; }
};

bool is_uneven(const MarginalCounts& axis) {
  const auto [least, most] = std::ranges::minmax(axis.found);
  return least != most;
}

/// All axes, innermost first: those over which the elements are spread unevenly, then evenly, then
/// those of extent 1.
std::vector<std::size_t> by_interest(const ElementSet& set) {
  std::vector<std::size_t> uneven;
  std::vector<std::size_t> even;
  std::vector<std::size_t> single;
  for (std::size_t a = set.axes().size(); a-- > 0;) {
    if (set.axes()[a].extent == 1)
      single.push_back(a);
    else
      (is_uneven(set.axis(a)) ? uneven : even).push_back(a);
  }
  uneven.insert(uneven.end(), even.begin(), even.end());
  uneven.insert(uneven.end(), single.begin(), single.end());
  return uneven;
}

Side side_of(const ElementSet& set, std::size_t axis, index_t most_cells) {
  Side side{.axis = axis, .extent = set.axes()[axis].extent};
  for (std::size_t a = axis + 1; a < set.axes().size(); ++a) side.stride *= set.axes()[a].extent;
  side.block = ceil_div(side.extent, most_cells);
  return side;
}

class Picture {
 public:
  Picture(const Trial& trial, std::span<const index_t> wrong, std::span<const index_t> nan,
          bool complete)
      : set_(trial, wrong, true),
        known_(complete ? set_.extent() : wrong.back() + 1),
        lines_(Side{}),
        characters_(Side{}) {
    std::vector<std::size_t> axes = by_interest(set_);
    axes.resize(2);
    lines_ = side_of(set_, std::min(axes[0], axes[1]), most_lines);
    characters_ = side_of(set_, std::max(axes[0], axes[1]), most_characters);
    origin_ = fullest_plane(wrong);
    wrong_ = counts(wrong);
    nan_ = counts(nan);
  }

  std::string text() const {
    std::string text = caption() + '\n';
    for (index_t line = 0; line < lines_.cells(); ++line) {
      for (index_t character = 0; character < characters_.cells(); ++character)
        text += mark(line, character);
      text += '\n';
    }
    return text;
  }

 private:
  /// The element with index 0 on both axes of the picture and the other indices of `element`; it
  /// identifies the plane of `element`.
  index_t origin_of(index_t element) const {
    return element - lines_.value(element) * lines_.stride -
           characters_.value(element) * characters_.stride;
  }

  index_t fullest_plane(std::span<const index_t> wrong) const {
    std::unordered_map<index_t, index_t> planes;
    for (const index_t at : wrong) ++planes[origin_of(at)];
    const auto fuller = [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second < b.second : a.first > b.first;
    };
    return std::ranges::max_element(planes, fuller)->first;
  }

  std::vector<index_t> counts(std::span<const index_t> elements) const {
    std::vector<index_t> found(static_cast<std::size_t>(lines_.cells() * characters_.cells()));
    for (const index_t at : elements)
      if (origin_of(at) == origin_)
        ++found[static_cast<std::size_t>(lines_.cell(at) * characters_.cells() +
                                         characters_.cell(at))];
    return found;
  }

  char mark(index_t line, index_t character) const {
    const auto cell = static_cast<std::size_t>(line * characters_.cells() + character);
    const index_t height = std::min(lines_.block, lines_.extent - line * lines_.block);
    const index_t width =
        std::min(characters_.block, characters_.extent - character * characters_.block);
    const index_t first = origin_ + line * lines_.block * lines_.stride +
                          character * characters_.block * characters_.stride;
    if (wrong_[cell] == 0) return first < known_ ? '.' : ' ';
    if (wrong_[cell] < height * width) return '+';
    return nan_[cell] == wrong_[cell] ? 'N' : '#';
  }

  std::string caption() const {
    std::vector<std::string> fixed;
    for (std::size_t a = 0; a < set_.axes().size(); ++a) {
      const Side side = side_of(set_, a, 1);
      if (side.extent > 1 && a != lines_.axis && a != characters_.axis)
        fixed.push_back(fmt::format("{} {}", set_.axes()[a].one, side.value(origin_)));
    }
    std::string text = fmt::format("{}{}{} x {}", fmt::join(fixed, ", "), fixed.empty() ? "" : ": ",
                                   range(lines_), range(characters_));
    if (lines_.block * characters_.block > 1)
      text += fmt::format(" ({} x {} elements a character)", lines_.block, characters_.block);
    return text;
  }
  std::string range(const Side& side) const {
    return fmt::format("{} 0-{}", set_.axes()[side.axis].many, side.extent - 1);
  }

  ElementSet set_;
  index_t known_;  ///< elements before this one that are not in `wrong` are right
  Side lines_, characters_;
  index_t origin_ = 0;
  std::vector<index_t> wrong_, nan_;  ///< elements by cell
};

}  // namespace

std::string error_picture(const Trial& trial, std::span<const index_t> wrong,
                          std::span<const index_t> not_a_number, bool complete) {
  if (wrong.empty() || !ElementSet::is_countable(trial)) return "";
  return Picture(trial, wrong, not_a_number, complete).text();
}

}  // namespace convict::oracle
