// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/backend.hpp"
#include "ops/border.hpp"
#include "ops/policy.hpp"

namespace convict::ops {

// The functions of Theano and Aesara for cuDNN (theano/gpuarray/dnn.py), on the kernels gpu.cudnn*.
// Results have the wider type of the operands: f16, f32, f64, and bf16, which they did not have.
// Padding is an int >= 0 for both sides of an axis, else ValueError. Every function throws
//   TypeError            operands of wrong rank; a gradient in precision float16
//   ValueError           shapes that do not belong together; an algorithm not for three axes (those
//                        are none, small and fft_tiling forward, none and small for weights, none,
//                        deterministic and fft_tiling for inputs, and the run-time ones)
//   AssertionError       an unknown conv_mode, algorithm or precision
//   NotImplementedError  a precision in which cuDNN does not compute that type
//   EnvironmentError     dnn.enabled=False, and where cuDNN cannot run, with the reason
//   NoImplementationError  what cuDNN refuses, with its message
// A function is an op that is used once, so *_once does what *_on_shape_change does.

struct DnnArgs {
  BorderModeArg border_mode = "valid";
  Dims subsample{};                        ///< empty: ones
  Dims dilation{};                         ///< empty: ones
  std::string conv_mode = "conv";          ///< "conv" flips the filters, "cross" does not
  std::optional<std::string> precision{};  ///< default: dnn.conv.precision
  std::optional<std::string> algo{};       ///< default: dnn.conv.algo_* of the pass
  index_t num_groups = 1;
};

struct DnnConvArgs : DnnArgs {
  /// "bprop weights": a 'valid' convolution without strides, dilation and groups is computed as a
  /// gradient of weights. A 'full' one without strides and groups is computed as a gradient of
  /// inputs, unless this is "forward!". Algorithm and precision are then those of the gradient.
  std::optional<std::string> direction_hint{};
  /// Older name of `algo`, for dnn_conv alone; giving both is a ValueError.
  std::optional<std::string> workmem{};
};

Array dnn_conv(const Array& img, const Array& kerns, const DnnConvArgs& args = {},
               const Policy& policy = environment_policy(),
               const Backend& backend = device_backend());
Array dnn_conv3d(const Array& img, const Array& kerns, const DnnConvArgs& args = {},
                 const Policy& policy = environment_policy(),
                 const Backend& backend = device_backend());

/// `kerns_shp` is the whole shape of the result.
Array dnn_gradweight(const Array& img, const Array& topgrad, const Dims& kerns_shp,
                     const DnnArgs& args = {}, const Policy& policy = environment_policy(),
                     const Backend& backend = device_backend());
Array dnn_gradweight3d(const Array& img, const Array& topgrad, const Dims& kerns_shp,
                       const DnnArgs& args = {}, const Policy& policy = environment_policy(),
                       const Backend& backend = device_backend());

/// `img_shp` is the whole shape of the result.
Array dnn_gradinput(const Array& kerns, const Array& topgrad, const Dims& img_shp,
                    const DnnArgs& args = {}, const Policy& policy = environment_policy(),
                    const Backend& backend = device_backend());
Array dnn_gradinput3d(const Array& kerns, const Array& topgrad, const Dims& img_shp,
                      const DnnArgs& args = {}, const Policy& policy = environment_policy(),
                      const Backend& backend = device_backend());

}  // namespace convict::ops
