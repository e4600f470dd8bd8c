// SPDX-License-Identifier: Apache-2.0
#include "ops/array.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ops/errors.hpp"

namespace convict::ops {
namespace {

constexpr Precision precisions_by_alternative[] = {Precision::f64, Precision::f32, Precision::bf16,
                                                   Precision::f16};

Array::Values zeros(std::size_t elements, Precision precision) {
  return with_storage_type(
      precision, [&](auto zero) -> Array::Values { return std::vector<decltype(zero)>(elements); });
}

}  // namespace

std::string to_string(const Dims& shape) { return fmt::format("({})", fmt::join(shape, ", ")); }

Dims ones_if_empty(const Dims& sizes, std::size_t axes) {
  return sizes.empty() ? Dims(axes, 1) : sizes;
}

Hint ones_if_empty(const Hint& sizes, std::size_t axes) {
  return sizes.empty() ? Hint(axes, 1) : sizes;
}

std::string to_string(const Hint& shape) {
  std::vector<std::string> sizes;
  for (const Size& size : shape) sizes.push_back(size ? fmt::format("{}", *size) : "None");
  return fmt::format("({})", fmt::join(sizes, ", "));
}

index_t elements_of(const Dims& shape) {
  for (const index_t size : shape)
    if (size < 0)
      throw ValueError(fmt::format("shape is {}; no size may be negative", to_string(shape)));
  return checked_product(shape, fmt::format("number of elements of {}", to_string(shape)));
}

Array::Array(Dims shape, Precision precision)
    : shape_(std::move(shape)),
      values_(zeros(static_cast<std::size_t>(elements_of(shape_)), precision)) {}

Array::Array(Dims shape, Values values) : shape_(std::move(shape)), values_(std::move(values)) {
  if (static_cast<index_t>(elements()) != elements_of(shape_))
    throw ValueError(fmt::format("values are {}; shape {} needs {}", elements(), to_string(shape_),
                                 elements_of(shape_)));
}

std::size_t Array::elements() const {
  return std::visit([](const auto& values) { return values.size(); }, values_);
}

Precision Array::precision() const { return precisions_by_alternative[values_.index()]; }

void* Array::data() {
  return std::visit([](auto& values) -> void* { return values.data(); }, values_);
}
const void* Array::data() const {
  return std::visit([](const auto& values) -> const void* { return values.data(); }, values_);
}

double Array::operator[](std::size_t at) const {
  return std::visit([at](const auto& values) { return static_cast<double>(values[at]); }, values_);
}

void Array::set(std::size_t at, double value) {
  std::visit(
      [at, value](auto& values) {
        using T = typename std::decay_t<decltype(values)>::value_type;
        values[at] = static_cast<T>(value);
      },
      values_);
}

Array Array::as(Precision precision) const {
  if (storage_of(precision) == this->precision()) return *this;
  Array result(shape_, precision);
  for (std::size_t at = 0; at < elements(); ++at) result.set(at, (*this)[at]);
  return result;
}

Array Array::reshaped(Dims shape) const { return {std::move(shape), values_}; }

bool Array::operator==(const Array& other) const {
  if (shape_ != other.shape_ || values_.index() != other.values_.index()) return false;
  for (std::size_t at = 0; at < elements(); ++at)
    if ((*this)[at] != other[at]) return false;
  return true;
}

Precision upcast(Precision a, Precision b) {
  if (storage_of(a) == storage_of(b)) return storage_of(a);
  const bool either_f64 = storage_of(a) == Precision::f64 || storage_of(b) == Precision::f64;
  return either_f64 ? Precision::f64 : Precision::f32;
}

}  // namespace convict::ops
