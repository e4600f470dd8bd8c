// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/geometry.hpp"
#include "core/tensor.hpp"

namespace convict::reference {

/// The definition of the three passes: which products are summed in one result element. Each
/// function calls visitor.product(a, b) for every product, and visitor.padding(a) for every operand
/// element whose other factor would be a padding zero (or, for grad_input, a hole between strided
/// outputs). Flip, stride, dilation, groups and unshared filters are in Geometry and in the views:
///   x: (N, C, i0, i1, i2)   y: (N, K, o0, o1, o2)
///   w: (K, o0, o1, o2, C/G, f0, f1, f2), with strides 0 on the o axes if shared

/// y[n,k,o] = sum_{u,c} w[k,(o,)c,u] x[n, g C/G + c, o s - l + phi(u) d]
template <class X, class W, class Visitor>
void forward_products(const Geometry& g, const View<X, 5>& x, const View<W, 8>& w,
                      const std::array<index_t, 5>& result, Visitor& visitor) {
  const auto [n, k, o0, o1, o2] = result;
  const index_t first_channel = k / g.group_out_channels * g.group_in_channels;
  for (index_t u0 = 0; u0 < g.filter[0]; ++u0) {
    const index_t p0 = g.input_position(0, o0, u0);
    for (index_t u1 = 0; u1 < g.filter[1]; ++u1) {
      const index_t p1 = g.input_position(1, o1, u1);
      for (index_t u2 = 0; u2 < g.filter[2]; ++u2) {
        const index_t p2 = g.input_position(2, o2, u2);
        const bool inside = g.inside_input(0, p0) && g.inside_input(1, p1) && g.inside_input(2, p2);
        for (index_t c = 0; c < g.group_in_channels; ++c) {
          const W& weight = w(k, o0, o1, o2, c, u0, u1, u2);
          if (inside)
            visitor.product(weight, x(n, first_channel + c, p0, p1, p2));
          else
            visitor.padding(weight);
        }
      }
    }
  }
}

/// x[n,c,p] = sum over (o, u) that reach p and k in c's group of w[k,(o,)c,u] y[n,k,o]
template <class W, class Y, class Visitor>
void grad_input_products(const Geometry& g, const View<W, 8>& w, const View<Y, 5>& y,
                         const std::array<index_t, 5>& result, Visitor& visitor) {
  const auto [n, channel, p0, p1, p2] = result;
  const index_t first_k = channel / g.group_in_channels * g.group_out_channels;
  const index_t c = channel % g.group_in_channels;
  for (index_t u0 = 0; u0 < g.filter[0]; ++u0) {
    const index_t o0 = g.output_position(0, p0, u0);
    for (index_t u1 = 0; u1 < g.filter[1]; ++u1) {
      const index_t o1 = g.output_position(1, p1, u1);
      for (index_t u2 = 0; u2 < g.filter[2]; ++u2) {
        const index_t o2 = g.output_position(2, p2, u2);
        const bool reached = o0 >= 0 && o1 >= 0 && o2 >= 0;
        if (!reached && g.unshared) continue;  // a bank exists only where its output does
        const Axes bank = reached ? Axes{o0, o1, o2} : Axes{0, 0, 0};
        for (index_t k = first_k; k < first_k + g.group_out_channels; ++k) {
          const W& weight = w(k, bank[0], bank[1], bank[2], c, u0, u1, u2);
          if (reached)
            visitor.product(weight, y(n, k, o0, o1, o2));
          else
            visitor.padding(weight);
        }
      }
    }
  }
}

/// w[k,(o,)c,u] = sum_n (sum_o if shared) y[n,k,o] x[n, g C/G + c, o s - l + phi(u) d]
template <class X, class Y, class Visitor>
void grad_weights_products(const Geometry& g, const View<X, 5>& x, const View<Y, 5>& y,
                           const std::array<index_t, 8>& result, Visitor& visitor) {
  const auto [k, bank0, bank1, bank2, c, u0, u1, u2] = result;
  const index_t channel = k / g.group_out_channels * g.group_in_channels + c;
  const Axes begin = g.unshared ? Axes{bank0, bank1, bank2} : Axes{0, 0, 0};
  const Axes end = g.unshared ? Axes{bank0 + 1, bank1 + 1, bank2 + 1} : g.output;
  for (index_t n = 0; n < g.batch; ++n) {
    for (index_t o0 = begin[0]; o0 < end[0]; ++o0) {
      const index_t p0 = g.input_position(0, o0, u0);
      for (index_t o1 = begin[1]; o1 < end[1]; ++o1) {
        const index_t p1 = g.input_position(1, o1, u1);
        const bool inside = g.inside_input(0, p0) && g.inside_input(1, p1);
        for (index_t o2 = begin[2]; o2 < end[2]; ++o2) {
          const index_t p2 = g.input_position(2, o2, u2);
          const Y& top = y(n, k, o0, o1, o2);
          if (inside && g.inside_input(2, p2))
            visitor.product(top, x(n, channel, p0, p1, p2));
          else
            visitor.padding(top);
        }
      }
    }
  }
}

}  // namespace convict::reference
