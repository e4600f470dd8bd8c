// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "core/precision.hpp"

namespace convict {

/// Rounds a double to `digits` bits with exponents as in `format`, to nearest, ties to even, with
/// gradual underflow; overflow gives infinity. Every value is rounded once.
double round_to(FloatFormat format, double value);

/// A 16-bit storage type: conversion only, arithmetic happens in float or wider. `Format` is bf16
/// or f16. The conversion from double rounds once, to nearest even; the one to float is exact.
template <Precision Format>
struct Half {
  std::uint16_t bits = 0;

  Half() = default;
  explicit Half(double value);
  explicit Half(float value) : Half(static_cast<double>(value)) {}
  explicit operator float() const;
  explicit operator double() const { return static_cast<double>(static_cast<float>(*this)); }
};

using bf16 = Half<Precision::bf16>;
using f16 = Half<Precision::f16>;

template <>
inline bf16::operator float() const {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}
template <>
f16::operator float() const;
template <>
bf16::Half(double value);
template <>
f16::Half(double value);

/// Calls `function(T{})` with the C++ type in which `precision` is stored.
template <class Function>
decltype(auto) with_storage_type(Precision precision, Function&& function) {
  switch (storage_of(precision)) {
    case Precision::f64: return function(double{});
    case Precision::f32: return function(float{});
    case Precision::bf16: return function(bf16{});
    default: return function(f16{});
  }
}

}  // namespace convict
