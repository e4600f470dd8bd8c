#pragma once

#include <vector>

#include "core/kernel.hpp"
#include "reference/truth.hpp"

namespace convict::oracle {

/// How far, per result element, a right kernel of a transforming class may be off before it stores
/// the result; empty where direct summation's error counts. That is for direct rows, and wherever a
/// transform has nothing to work on: stride, dilation or unshared filters, and for Winograd any
/// filter that is neither `taps` long nor 1 on some axis. There a row has to compute directly.
///
/// An element is infinite where anything may come out: a tile (for FFT an image) holds a non-finite
/// operand, or operands so large that a transform may overflow though the result does not.
///
/// Underflow is in: an operation that underflows errs by at most eta = u (eta / u), so every
/// magnitude counts as eta / u more than it is.
std::vector<double> transform_errors(const reference::Question& question, Precision precision,
                                     const Claims& claims);

/// Winograd F(m, r) per axis. With AT, G, BT of Cook and Toom (oracle/bounds/cook_toom.hpp),
/// applied axis after axis,
///
///     W_i = [ |AT| sum_c (|G| |g_c|) .* (|BT| |d_c|) ]_i        error = gamma_p W_i
///     p   = sum over axes (nnz_G + nnz_B + nnz_A + 3) + terms + 3,  nnz of the longest row
///
/// A path from an operand to a result meets at most nnz roundings in a row's dot product and one in
/// the row's constant, on every axis and in three transforms; then 1 in the product, terms - 1 in
/// the sum over channels, and 3 in alpha, beta and their sum (Higham, section 3.1, for sums and
/// products; compare Barabasz et al., 2020, theorem 2). W does not change when rows of G and BT
/// are scaled and AT makes up for it, so only the choice of points matters.
///
/// grad_weights is F(r, m): r taps come out of blocks of m output gradients, and terms are images
/// times blocks. Nobody says where tiles start, so W_i is the largest over all of their places;
/// grad_weights, whose blocks cover the output together, over all of their common origins.
/// Cost: about (alpha / r)^rank times the truth's.
std::vector<double> winograd_errors(const reference::Question& question, Precision precision,
                                    const Claims& claims);

/// Fast Fourier transforms, norm-wise (Higham, theorem 24.2, for one transform):
///
///     error = (kappa log2 N + terms + 3) u sum_c ||x_c||_2 ||w_c||_2
///
/// N is the transform's size: powers of two from the tile's and the filter's extents. x_c is the
/// whole plane, or where the row claims tiles of `tile` outputs the part of the plane that tiles
/// holding this output can reach. For grad_weights it is the whole plane always: by
/// Cauchy and Schwarz a sum over tiles is no larger.
std::vector<double> fft_errors(const reference::Question& question, Precision precision,
                               const Claims& claims);

/// kappa, calibrated: the largest constant measured with right.fft (radix 2, twiddle factors
/// from a wider type) is 0.30 (the_fft_constant_leaves_room in tests/oracle_bounds_test.cpp),
/// and 8 leaves a factor of 26 for other radices and coarser twiddle factors. Higham's
/// theorem has 3 transforms with (sqrt 2 + 4 sqrt 2 + 2) u log2 N or so each in the worst case;
/// rounding errors of transforms are far smaller than that in practice.
inline constexpr double fft_kappa = 8;

/// Whether Winograd rows with these claims have tiles to work with.
bool winograd_applies(const ConvSpec& spec, const Arithmetic& arithmetic);

}  // namespace convict::oracle
