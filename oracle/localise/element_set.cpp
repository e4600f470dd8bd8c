// SPDX-License-Identifier: Apache-2.0
#include "oracle/localise/element_set.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/errors.hpp"

namespace convict::oracle {
namespace {

index_t extent_of(std::span<const ResultAxis> axes) {
  index_t product = 1;
  for (const ResultAxis& axis : axes) product *= axis.extent;
  return product;
}

std::vector<index_t> zeros(index_t count) {
  return std::vector<index_t>(static_cast<std::size_t>(count));
}

}  // namespace

bool ElementSet::is_countable(const Trial& trial) {
  constexpr index_t most = index_t{1} << 22;
  std::array<index_t, 2> counts = {1, 1};
  for (const ResultAxis& axis : result_axes(trial))
    counts[is_innermost(axis, trial.pass) ? 1 : 0] *= axis.extent;
  return std::ranges::max(counts) <= most;
}

ElementSet::ElementSet(const Trial& trial, std::span<const index_t> elements, bool complete)
    : axes_(result_axes(trial)), extent_(extent_of(axes_)) {
  if (!elements.empty() && (elements.front() < 0 || elements.back() >= extent_))
    throw SpecError(fmt::format("elements {} to {} are not all among the {} of the result",
                                elements.front(), elements.back(), extent_));
  outer_axes_ = static_cast<std::size_t>(std::ranges::count_if(
      axes_, [&](const ResultAxis& axis) { return !is_innermost(axis, trial.pass); }));
  if (!complete) restrict_to(elements.empty() ? 0 : elements.back() + 1);
  const index_t inner = extent_of(std::span(axes_).subspan(outer_axes_));
  outer_ = zeros(inner == 0 ? 0 : extent_ / inner);
  inner_ = zeros(inner);
  for (const index_t at : elements) {
    if (at >= extent_) break;
    ++outer_[static_cast<std::size_t>(at / inner)];
    ++inner_[static_cast<std::size_t>(at % inner)];
    ++size_;
  }
}

void ElementSet::restrict_to(index_t known) {
  if (known >= extent_) return;
  whole_ = false;
  index_t rest = extent_;
  for (ResultAxis& axis : axes_) {
    rest /= axis.extent;
    const index_t slabs = std::min(known / rest, axis.extent);
    axis.whole = axis.whole && slabs >= axis.extent;
    axis.extent = std::max<index_t>(slabs, 1);
    if (slabs > 0) break;
  }
  extent_ = extent_of(axes_);
}

ElementSet ElementSet::complement() const {
  ElementSet other = *this;
  other.size_ = extent_ - size_;
  for (index_t& count : other.outer_) count = static_cast<index_t>(inner_.size()) - count;
  for (index_t& count : other.inner_) count = static_cast<index_t>(outer_.size()) - count;
  return other;
}

MarginalCounts ElementSet::axis(std::size_t number) const {
  const bool is_outer = number < outer_axes_;
  const std::vector<index_t>& from = is_outer ? outer_ : inner_;
  const std::size_t end = is_outer ? outer_axes_ : axes_.size();
  const index_t stride = extent_of(std::span(axes_).subspan(number + 1, end - number - 1));
  MarginalCounts counts{.axes = {axes_[number]}, .found = zeros(axes_[number].extent)};
  counts.elements = size_;
  for (std::size_t begin = 0, value = 0; begin < from.size(); ++value) {
    if (value == counts.found.size()) value = 0;
    for (index_t i = 0; i < stride; ++i) counts.found[value] += from[begin++];
  }
  return counts;
}

MarginalCounts ElementSet::innermost() const {
  return {.axes = {axes_.begin() + static_cast<std::ptrdiff_t>(outer_axes_), axes_.end()},
          .found = inner_,
          .elements = size_};
}

std::string sentence(const ElementSet& set, std::span<const std::string> texts) {
  std::vector<std::string> inner;
  std::vector<std::string> outer;
  std::vector<std::string_view> free;
  std::size_t named = 0;  // how many free axes lie outside a restricted one
  for (std::size_t a = 0; a < texts.size(); ++a) {
    const ResultAxis& axis = set.axes()[a];
    if (a >= set.outer_axes()) {
      if (!texts[a].empty()) inner.push_back(texts[a]);
    } else if (!texts[a].empty()) {
      outer.insert(outer.begin(), texts[a]);
      named = free.size();
    } else if (axis.extent > 1) {
      free.push_back(axis.one);
    }
  }
  if (inner.empty()) free.resize(named);
  if (inner.empty() && outer.empty()) return "every element";
  std::vector<std::string> parts = std::move(outer);
  if (!inner.empty()) parts.insert(parts.begin(), fmt::format("{}", fmt::join(inner, " x ")));
  if (!free.empty()) parts.push_back(fmt::format("every {}", fmt::join(free, " and ")));
  return fmt::format("{}", fmt::join(parts, " of "));
}

}  // namespace convict::oracle
