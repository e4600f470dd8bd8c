// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "optimized/blocks.hpp"

namespace convict::optimized {

/// A part of the input: positions [begin, end) on every axis.
struct Box {
  Axes begin{}, end{};
};

/// A part of the im2col matrix of one group, whose element in row (c, u) = c * taps + u and column
/// (n, o) is   x~[n, first_channel + c, o stride - pad + phi(u) dilation],   0 outside the image.
struct Patch {
  const Geometry& geometry;
  index_t first_channel;
  Range rows;
  ColumnBlock block;
};

/// Writes the patch as a (rows, width) matrix without gaps; every element is written.
template <class T>
void im2col(const Patch& patch, Images<const T> x, T* columns);

/// The adjoint: adds each element of the (rows, width) matrix to the input element from which
/// im2col copies it, if that lies in `box`, tap by tap in order. May set elements of the matrix
/// that stand for padding to zero.
template <class T>
void col2im(const Patch& patch, T* columns, const Box& box, Images<T> x);

/// gathered[k, (n, p)] = planes[n, channels.begin + k, p]
template <class T>
void gather(Images<const T> planes, Range channels, const ColumnBlock& block, T* gathered);

/// result = alpha * product + beta * old result; beta = 0 means the old result is not read.
template <class T>
struct Scaling {
  T alpha = 1, beta = 0;
};

/// planes[n, channels.begin + k, p] = alpha * gathered[k, (n, p)] + beta * planes[...]
template <class T>
void scatter(const T* gathered, Range channels, const ColumnBlock& block, Scaling<T> scaling,
             Images<T> planes);

}  // namespace convict::optimized
