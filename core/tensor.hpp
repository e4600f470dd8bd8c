// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cassert>
#include <vector>

#include "core/index.hpp"

namespace convict {

/// Extents and strides (in elements) of a tensor of `Rank` axes. A layout is a choice of strides.
/// Offsets count from element (0, 0, ...); with a negative stride, memory begins before it.
template <std::size_t Rank>
struct Shape {
  std::array<index_t, Rank> extents{};
  std::array<index_t, Rank> strides{};

  constexpr index_t elements() const {
    index_t total = 1;
    for (const index_t extent : extents) total *= extent;
    return total;
  }
  /// Elements of memory from the lowest to behind the highest; 0 for an empty tensor.
  constexpr index_t span() const {
    index_t reach = 0;
    for (std::size_t a = 0; a < Rank; ++a) {
      if (extents[a] == 0) return 0;
      reach += (extents[a] - 1) * (strides[a] < 0 ? -strides[a] : strides[a]);
    }
    return reach + 1;
  }
  /// Elements of memory before element (0, 0, ...): none unless a stride is negative.
  constexpr index_t before_first() const {
    index_t before = 0;
    for (std::size_t a = 0; a < Rank; ++a) {
      if (extents[a] == 0) return 0;
      if (strides[a] < 0) before -= (extents[a] - 1) * strides[a];
    }
    return before;
  }
  /// True when several elements are the same memory.
  constexpr bool repeats() const {
    bool repeated = false;
    for (std::size_t a = 0; a < Rank; ++a) {
      if (extents[a] == 0) return false;
      repeated = repeated || (extents[a] > 1 && strides[a] == 0);
    }
    return repeated;
  }
  template <class... Index>
  constexpr index_t offset(Index... index) const {
    static_assert(sizeof...(Index) == Rank);
    index_t sum = 0;
    std::size_t a = 0;
    ((assert(index >= 0 && index < extents[a]), sum += index * strides[a++]), ...);
    return sum;
  }
  constexpr index_t offset(const std::array<index_t, Rank>& index) const {
    index_t sum = 0;
    for (std::size_t a = 0; a < Rank; ++a) sum += index[a] * strides[a];
    return sum;
  }
  bool operator==(const Shape&) const = default;
};

/// Row-major: the last axis is contiguous.
template <std::size_t Rank>
constexpr Shape<Rank> row_major(const std::array<index_t, Rank>& extents) {
  Shape<Rank> shape{extents, {}};
  index_t stride = 1;
  for (std::size_t a = Rank; a-- > 0;) {
    shape.strides[a] = stride;
    stride *= extents[a];
  }
  return shape;
}

/// Calls visit(index) for every index of `shape`, last axis fastest.
template <std::size_t Rank, class Visit>
void for_each_index(const Shape<Rank>& shape, Visit&& visit) {
  if (shape.elements() == 0) return;
  std::array<index_t, Rank> index{};
  for (;;) {
    visit(static_cast<const std::array<index_t, Rank>&>(index));
    std::size_t a = Rank;
    while (a-- > 0) {
      if (++index[a] < shape.extents[a]) break;
      index[a] = 0;
      if (a == 0) return;
    }
  }
}

/// A run of elements a constant stride apart: `count` from element `dense` (in row-major order) on,
/// at `offset`.
struct ElementRun {
  index_t dense;
  index_t offset;
  index_t count;
  index_t stride;
};

/// Calls visit(run) for the rows of `shape` in row-major order; a dense shape is one run.
template <std::size_t Rank, class Visit>
void for_each_run(const Shape<Rank>& shape, Visit&& visit) {
  const index_t elements = shape.elements();
  if (elements == 0) return;
  if (shape == row_major(shape.extents)) return visit(ElementRun{0, 0, elements, 1});
  Shape<Rank> rows = shape;
  rows.extents[Rank - 1] = 1;
  ElementRun run{
      .dense = 0, .offset = 0, .count = shape.extents[Rank - 1], .stride = shape.strides[Rank - 1]};
  for_each_index(rows, [&](const std::array<index_t, Rank>& index) {
    run.offset = shape.offset(index);
    visit(static_cast<const ElementRun&>(run));
    run.dense += run.count;
  });
}

/// Borrowed memory seen through a shape.
template <class T, std::size_t Rank>
struct View {
  T* data = nullptr;
  Shape<Rank> shape;

  template <class... Index>
  T& operator()(Index... index) const {
    return data[shape.offset(index...)];
  }
};

/// Owned, dense, row-major memory.
template <class T, std::size_t Rank>
class Tensor {
 public:
  explicit Tensor(const std::array<index_t, Rank>& extents, T value = T{})
      : shape_(row_major(extents)), values_(static_cast<std::size_t>(shape_.elements()), value) {}

  const Shape<Rank>& shape() const { return shape_; }
  View<T, Rank> view() { return {values_.data(), shape_}; }
  View<const T, Rank> view() const { return {values_.data(), shape_}; }
  std::vector<T>& values() { return values_; }
  const std::vector<T>& values() const { return values_; }

 private:
  Shape<Rank> shape_;
  std::vector<T> values_;
};

}  // namespace convict
