// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>

#include "ops/array.hpp"
#include "ops/policy.hpp"

namespace convict::ops::conv3d2d {

/// 'valid', 'full' or 'half' for all of time, height and width, or one each.
struct BorderMode3d {
  BorderMode3d(const char* mode) : modes{mode, mode, mode} {}  // NOLINT: as in Theano
  BorderMode3d(std::string mode) : modes{mode, mode, mode} {}  // NOLINT
  BorderMode3d(std::string time, std::string height, std::string width)
      : modes{std::move(time), std::move(height), std::move(width)} {}
  std::array<std::string, 3> modes;
};

struct Options {
  Hint signals_shape{};
  Hint filters_shape{};
  BorderMode3d border_mode = "valid";
};

/// The true convolution of three axes in a layout of its own: signals (N, T, C, H, W), filters
/// (F, Tf, C, kh, kw), result (N, To, F, oh, ow); stride 1, no dilation, no groups. Throws
/// NotImplementedError for 'same', for a height mode that is not the width mode, or when the padded
/// time is shorter than the filter; ValueError for any other mode, except that the time mode is
/// ignored when Tf is 1; and what ops::conv3d throws. Computed by the kernels of conv3d, not by all
/// T * Tf products of frames as in Theano and Aesara. Source: theano/tensor/nnet/conv3d2d.py.
Array conv3d(const Array& signals, const Array& filters, const Options& options = {},
             const Policy& policy = environment_policy());

/// v[..r..c..] = x[..r + columns - 1 - c..c..] with rows on axis i0 and columns on axis i1; axis i0
/// loses columns - 1 entries. Throws ValueError for equal axes, axes the array has not, or fewer
/// rows than columns.
Array diagonal_subtensor(const Array& x, std::size_t i0, std::size_t i1);

/// A copy of x with y added to that view of it. Throws ValueError when y has not the shape of the
/// view.
Array inc_diagonal_subtensor(const Array& x, std::size_t i0, std::size_t i1, const Array& y);

}  // namespace convict::ops::conv3d2d
