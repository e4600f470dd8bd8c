// SPDX-License-Identifier: Apache-2.0
#include "ops/array_ops.hpp"

#include <cassert>

namespace convict::ops {
namespace {

index_t offset_of(const Dims& shape, const Dims& index) {
  index_t offset = 0;
  for (std::size_t a = 0; a < shape.size(); ++a) {
    assert(index[a] >= 0 && index[a] < shape[a]);
    offset = offset * shape[a] + index[a];
  }
  return offset;
}

void advance(Dims& index, const Dims& shape) {
  for (std::size_t a = shape.size(); a-- > 0;) {
    if (++index[a] < shape[a]) return;
    index[a] = 0;
  }
}

/// The index of the first trailing axis.
std::size_t first_axis(const Array& array, std::size_t trailing) {
  assert(trailing <= array.rank());
  return array.rank() - trailing;
}

}  // namespace

Array gathered(const Array& from, Dims shape, const std::function<bool(Dims& index)>& source) {
  Array result(std::move(shape), from.precision());
  Dims index(result.rank(), 0);
  for (std::size_t at = 0; at < result.elements(); ++at, advance(index, result.shape())) {
    Dims origin = index;
    if (source(origin))
      result.set(at, from[static_cast<std::size_t>(offset_of(from.shape(), origin))]);
  }
  return result;
}

Array padded(const Array& from, const std::vector<SidePadding>& trailing) {
  const std::size_t first = first_axis(from, trailing.size());
  Dims shape = from.shape();
  for (std::size_t a = 0; a < trailing.size(); ++a)
    shape[first + a] += trailing[a].before + trailing[a].after;
  return gathered(from, shape, [&](Dims& index) {
    for (std::size_t a = 0; a < trailing.size(); ++a) {
      index[first + a] -= trailing[a].before;
      if (index[first + a] < 0 || index[first + a] >= from.extent(first + a)) return false;
    }
    return true;
  });
}

Array subsampled(const Array& from, const Dims& trailing_steps) {
  const std::size_t first = first_axis(from, trailing_steps.size());
  Dims shape = from.shape();
  for (std::size_t a = 0; a < trailing_steps.size(); ++a)
    shape[first + a] = ceil_div(shape[first + a], trailing_steps[a]);
  return gathered(from, shape, [&](Dims& index) {
    for (std::size_t a = 0; a < trailing_steps.size(); ++a) index[first + a] *= trailing_steps[a];
    return true;
  });
}

Array stuffed(const Array& from, const Dims& trailing_steps, const Dims& trailing_extents) {
  const std::size_t first = first_axis(from, trailing_steps.size());
  Dims shape = from.shape();
  for (std::size_t a = 0; a < trailing_steps.size(); ++a) shape[first + a] = trailing_extents[a];
  return gathered(from, shape, [&](Dims& index) {
    for (std::size_t a = 0; a < trailing_steps.size(); ++a) {
      const index_t position = index[first + a];
      index[first + a] = position / trailing_steps[a];
      if (position % trailing_steps[a] != 0 || index[first + a] >= from.extent(first + a))
        return false;
    }
    return true;
  });
}

Array reversed(const Array& from, std::size_t axes) {
  const std::size_t first = first_axis(from, axes);
  return gathered(from, from.shape(), [&](Dims& index) {
    for (std::size_t a = first; a < from.rank(); ++a) index[a] = from.extent(a) - 1 - index[a];
    return true;
  });
}

Array transposed(const Array& from, const std::vector<std::size_t>& order) {
  assert(order.size() == from.rank());
  Dims shape;
  for (const std::size_t axis : order) shape.push_back(from.extent(axis));
  return gathered(from, shape, [&](Dims& index) {
    const Dims result = index;
    for (std::size_t a = 0; a < order.size(); ++a) index[order[a]] = result[a];
    return true;
  });
}

Array sliced(const Array& from, std::size_t axis, index_t first, index_t count) {
  Dims shape = from.shape();
  shape.at(axis) = count;
  return gathered(from, shape, [&](Dims& index) {
    index[axis] += first;
    return true;
  });
}

Array concatenated(const std::vector<Array>& parts, std::size_t axis) {
  Dims shape = parts.at(0).shape();
  shape.at(axis) = 0;
  for (const Array& part : parts) shape[axis] += part.extent(axis);
  Array result(shape, parts[0].precision());
  index_t first = 0;
  for (const Array& part : parts) {
    Dims index(part.rank(), 0);
    for (std::size_t at = 0; at < part.elements(); ++at, advance(index, part.shape())) {
      Dims target = index;
      target[axis] += first;
      result.set(static_cast<std::size_t>(offset_of(shape, target)), part[at]);
    }
    first += part.extent(axis);
  }
  return result;
}

Array sum_of(const Array& a, const Array& b) {
  assert(a.shape() == b.shape());
  Array result(a.shape(), upcast(a.precision(), b.precision()));
  for (std::size_t at = 0; at < a.elements(); ++at) result.set(at, a[at] + b[at]);
  return result;
}

}  // namespace convict::ops
