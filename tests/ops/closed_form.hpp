// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/spec.hpp"
#include "ops/array.hpp"

namespace convict::ops::test {

/// The resolved parameters of the closed forms, which depend on neither border modes nor kernels.
struct Settings {
  Dims stride, dilation;
  std::vector<SidePadding> pads;
  bool flip = true;
  index_t groups = 1;
  bool unshared = false;
};

/// Whole numbers in [-4, 4] that depend on the seed: sums of their products are exact in float.
Array integers(const Dims& shape, std::uint32_t seed, Precision precision = Precision::f32);

/// y[b,f,i] = sum_{c,u} w[f,(i,)c,u] x~[b, g(f) C/G + c, i s - l + phi(u) d]
Array closed_forward(const Array& x, const Array& w, const Settings& settings);
/// gx[b, g C/G + c, p] += w[f,(i,)c,u] t[b,f,i] wherever p = i s - l + phi(u) d is inside
Array closed_grad_inputs(const Array& w, const Array& t, const Dims& image,
                         const Settings& settings);
/// gw[f,(i,)c,u] += t[b,f,i] x~[b, g C/G + c, i s - l + phi(u) d]
Array closed_grad_weights(const Array& x, const Array& t, const Dims& kern,
                          const Settings& settings);

/// sum of a * b
double dot(const Array& a, const Array& b);

}  // namespace convict::ops::test
