// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ops/border.hpp"

namespace convict::ops {

// The shape functions of Theano and Aesara (theano/tensor/nnet/abstract_conv.py). Unknown sizes are
// std::nullopt and make what depends on them unknown. All throw ValueError for explicit padding
// below zero and, unlike Theano and Aesara, for a known stride or dilation below one.

/// One axis: floor((n + l + r - ((k - 1) d + 1)) / s) + 1, not clamped at zero. `border_mode` is a
/// name, an int, or the pair (l, r) given as two entries; a name that is none is a TypeError.
Size get_conv_shape_1axis(Size image_shape, Size kernel_shape,
                          const std::optional<BorderModeArg>& border_mode, Size subsample,
                          Size dilation = 1);

/// (image[0], kernel[0]) and one extent per axis. The spatial filter extents are the last ones, so
/// a filter bank per output position is read like a shared one. An empty `filter_dilation` is ones.
/// Throws ValueError when the lengths do not belong together.
Hint get_conv_output_shape(const Hint& image_shape, const Hint& kernel_shape,
                           const BorderModeArg& border_mode, const Hint& subsample,
                           const Hint& filter_dilation = {});

/// One axis of the filters: (n + l + r - o) / d + 1 for stride 1; unknown for other strides, for
/// 'half' (two extents fit), and when d does not divide (Theano and Aesara returned a fraction).
Size get_conv_gradweights_shape_1axis(Size image_shape, Size top_shape,
                                      const std::optional<BorderModeArg>& border_mode,
                                      Size subsample, Size dilation = 1);

/// (top[1], image[1] / G) and the axes, or (top[1], o..., image[1] / G) and the axes when unshared.
/// Throws ValueError when G does not divide the channels. (Theano and Aesara divided top[1] by G.)
Hint get_conv_gradweights_shape(const Hint& image_shape, const Hint& top_shape,
                                const BorderModeArg& border_mode, const Hint& subsample,
                                const Hint& filter_dilation = {}, index_t num_groups = 1,
                                bool unshared = false);

/// One axis of the input: o + K - 1 - l - r for stride 1, not clamped; unknown for other strides.
Size get_conv_gradinputs_shape_1axis(Size kernel_shape, Size top_shape,
                                     const std::optional<BorderModeArg>& border_mode,
                                     Size subsample, Size dilation = 1);

/// (top[0], C/G * G) and the axes; C/G stands before the filter extents, also in a filter bank per
/// output position (where Theano and Aesara read the wrong entry).
Hint get_conv_gradinputs_shape(const Hint& kernel_shape, const Hint& top_shape,
                               const BorderModeArg& border_mode, const Hint& subsample,
                               const Hint& filter_dilation = {}, index_t num_groups = 1);

/// Whether `output_shape` is what a convolution of the other two gives, batch and filter count
/// included; unknown entries count as equal. False when the lengths do not belong together. Filter
/// banks per output position are checked, too (Theano and Aesara always returned false).
bool check_conv_gradinputs_shape(const Hint& image_shape, const Hint& kernel_shape,
                                 const Hint& output_shape, const BorderModeArg& border_mode,
                                 const Hint& subsample, const Hint& filter_dilation = {});

/// Returns `shape` when its known entries are sizes: the first two >= 0, the others > 0. Throws
/// ValueError naming the entry.
Hint assert_conv_shape(const Hint& shape);

}  // namespace convict::ops
