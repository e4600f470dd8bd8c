// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "ops/params.hpp"

namespace convict::ops {

// The Python reference of Theano and Aesara: padding, zero-stuffing, reversing and cropping around
// one plain convolution. Slow, and independent of all kernels. Source:
// theano/tensor/nnet/abstract_conv.py (BaseAbstractConv.conv, unshared2d, the three perform
// methods).

/// One channel with a filter of its own for every position. Planes are (rows, columns), banks
/// (out rows, out columns, filter rows, filter columns); `out_shape` is the result's shape.
///   forward            out[r,c]     = sum_{u,v} inp[r+u, c+v] kern[r,c] reversed [u,v]
///   backprop weights   out[r,c,u,v] = kern[r,c] inp[r+u, c+v]           (kern is the top gradient)
///   backprop inputs    out[r+u,c+v] += inp[r,c] kern[r,c] reversed [u,v]
/// Throws ValueError for another direction.
Array unshared2d(const Array& inp, const Array& kern, const Dims& out_shape,
                 std::string_view direction = "forward");

struct SlowConvOptions {
  std::string mode = "valid";  ///< or "full"
  Dims dilation{};             ///< empty: ones
  index_t num_groups = 1;
  bool unshared = false;
  std::string direction = "forward";  ///< unshared only; or "backprop weights", "backprop inputs"
};

/// True convolution (filters reversed) with stride 1 of img (B, C, n...) and kern (F, C/G, k...) or
/// an unshared bank (F, o..., C/G, k...), 'valid' or 'full', of two or three axes. Throws
/// ValueError for another mode, a wrong number of dilations, or channels and filters that the
/// groups do not fit; NotImplementedError for unshared filters with three axes.
Array conv(const Array& img, const Array& kern, const SlowConvOptions& options = {});

/// The perform methods. `spec` is the problem that follows from the shapes of the operands.
Array perform_forward(const ConvSpec& spec, const Array& img, const Array& kern);
Array perform_grad_weights(const ConvSpec& spec, const Array& img, const Array& top);
Array perform_grad_inputs(const ConvSpec& spec, const Array& kern, const Array& top);

}  // namespace convict::ops
