// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/kernel.hpp"
#include "oracle/bounds/bounds.hpp"
#include "reference/truth.hpp"

namespace convict::oracle {

/// What a right kernel that transforms (Winograd, FFT) can make of every result element, before the
/// result is stored. Empty where the error of direct summation applies instead: for kernels that
/// claim direct summation, and wherever transformed_axes is 0. There a kernel has to compute
/// directly.
///
/// An element is lost where a tile (for FFT an image) holds a non-finite operand, or, for FFT,
/// operands so large that the transform may overflow though the result does not; for Winograd,
/// Bound::loses compares the size of what is inside the tile. An error without a bound is
/// infinite: with so many roundings in so narrow an accumulator that none can be given, and for
/// Winograd tiles without has_cook_toom. That is no licence for NaN.
///
/// Underflow is included: an operation that underflows has an error of at most eta = u (eta / u),
/// so every magnitude is increased by eta / u.
TransformErrors transform_errors(const reference::Question& question, Precision precision,
                                 const Claims& claims);

/// Winograd F(m, r) per axis. With AT, G, BT of Cook and Toom (oracle/bounds/cook_toom.hpp),
/// applied axis after axis,
///
///     W_i = [ |AT| sum_c (|G| |g_c|) .* (|BT| |d_c|) ]_i        error = gamma_p W_i
///     p   = sum over axes (nnz_G + nnz_B + nnz_A + 3) + terms + 3,  nnz of the longest row
///
/// On the way from an operand to a result there are at most nnz roundings in the dot product with a
/// matrix row and one in that row's constants, on every axis and in three transforms; then 1 in the
/// product, terms - 1 in the sum over channels, and 3 in alpha, beta and their sum (Higham, section
/// 3.1, for sums and products; compare Barabasz et al., 2020, theorem 2). W does not change when
/// rows of G and BT are scaled and columns of AT inversely, so only the choice of points matters.
///
/// grad_weights is F(r, m): r taps are computed from blocks of m output gradients, and terms are
/// images times blocks. Axes that are not transformed are summed directly: their taps (for
/// grad_weights, their output positions) are further terms, like channels, and p(q, v) of
/// oracle/bounds/correlation.hpp says which inputs they meet. It is unknown where a kernel's tiles
/// begin, so W_i is the maximum over all their places; for grad_weights, whose blocks together
/// cover the output, over all common origins. Cost: about (alpha / r)^rank times that of the truth.
TransformErrors winograd_errors(const reference::Question& question, Precision precision,
                                const Claims& claims);

/// Fast Fourier transforms, norm-wise (Higham, theorem 24.2, for one transform):
///
///     error = (kappa log2 N + terms + 3) u sum_c ||x_c||_2 ||w_c||_2
///
/// N is the transform's size, a product of powers of two that hold the extents of tile and filter
/// on the axes that are transformed; c runs over channels and the taps of the other axes.
/// x_c is the whole plane (the whole line, where one axis is transformed) or, where the kernel
/// claims tiles of `tile` outputs, the inputs of all tiles that can contain this output. For
/// grad_weights it is always the whole plane: by the Cauchy-Schwarz inequality a sum over tiles is
/// not larger.
TransformErrors fft_errors(const reference::Question& question, Precision precision,
                           const Claims& claims);

/// The errors (|alpha| W + |beta old|) relative; `peaks` are the sizes of the values inside the
/// transform, infinite where an element is lost.
TransformErrors scaled_errors(const reference::Question& question, const std::vector<double>& w,
                              std::vector<double> peaks, double relative);

/// kappa, calibrated: the largest constant measured with right.fft (radix 2, twiddle factors
/// from a wider type) is 0.30 (the_fft_constant_leaves_room in tests/oracle/bounds_test.cpp),
/// and 8 leaves a factor of 26 for other radices and coarser twiddle factors. Higham's
/// theorem has 3 transforms with (sqrt 2 + 4 sqrt 2 + 2) u log2 N or so each in the worst case;
/// rounding errors of transforms are far smaller than that in practice.
inline constexpr double fft_kappa = 8;

/// The axes along which a kernel with this arithmetic may transform the spec: bit a for axis a of
/// the three of Geometry. An axis can be transformed where its stride and dilation are 1 and, for
/// Winograd, its filter extent is `taps`; never with unshared filters. If an axis that the kernel
/// covers cannot be, though its filter extent is not 1 (or its stride or dilation is not),
/// Arithmetic::fallback says whether the others still are.
unsigned transformed_axes(const ConvSpec& spec, const Arithmetic& arithmetic);

}  // namespace convict::oracle
