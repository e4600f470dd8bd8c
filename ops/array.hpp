// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/half.hpp"
#include "core/index.hpp"
#include "core/precision.hpp"

namespace convict::ops {

using Dims = std::vector<index_t>;

/// A size that may be unknown (None in Theano and Aesara).
using Size = std::optional<index_t>;
/// A shape of which some sizes may be unknown; empty when nothing is known.
using Hint = std::vector<Size>;

/// A dense, row-major tensor of any rank, in one of the four storage types. The operations take and
/// return such tensors.
class Array {
 public:
  using Values =
      std::variant<std::vector<double>, std::vector<float>, std::vector<bf16>, std::vector<f16>>;

  /// Zeros. Throws ValueError when a size is negative.
  explicit Array(Dims shape, Precision precision = Precision::f32);
  /// Throws ValueError when the number of values is not the product of the shape.
  Array(Dims shape, Values values);

  const Dims& shape() const { return shape_; }
  index_t extent(std::size_t axis) const { return shape_.at(axis); }
  std::size_t rank() const { return shape_.size(); }
  std::size_t elements() const;
  Precision precision() const;

  void* data();
  const void* data() const;
  double operator[](std::size_t at) const;
  void set(std::size_t at, double value);

  /// The same values, each rounded once to `precision`.
  Array as(Precision precision) const;
  /// The same values under another shape. Throws ValueError when the sizes' product differs.
  Array reshaped(Dims shape) const;

  bool operator==(const Array& other) const;

 private:
  Dims shape_;
  Values values_;
};

/// "(2, 3, 5)", as error messages show shapes; unknown sizes are None.
std::string to_string(const Dims& shape);
std::string to_string(const Hint& shape);

/// One size for each of `axes` where none is given.
Dims ones_if_empty(const Dims& sizes, std::size_t axes);
Hint ones_if_empty(const Hint& sizes, std::size_t axes);

/// Product of sizes, which must not be negative; throws SpecError when it needs more than 64 bits.
index_t elements_of(const Dims& shape);

/// The narrowest storage type that holds every value of both.
Precision upcast(Precision a, Precision b);

}  // namespace convict::ops
