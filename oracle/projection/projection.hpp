// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/pass.hpp"
#include "core/spec.hpp"
#include "datasets/exact_limits.hpp"

namespace convict::oracle {

/// reference::Question in the kernel's own storage type T, float or double: dense row-major
/// operands (the tensor the pass writes is empty) and result = alpha * op(operands) + beta *
/// old_result. `old_result` is empty when beta is 0.
template <class T>
struct ExactQuestion {
  const ConvSpec& spec;
  Pass pass = Pass::forward;
  std::span<const T> input{};
  std::span<const T> filters{};
  std::span<const T> output{};
  double alpha = 1;
  double beta = 0;
  std::span<const T> old_result{};
};

/// The outcome of a projection. The result is accepted if failed_count is 0. The lists hold only
/// the first `most_kept` entries, so that a result that is wrong everywhere needs little memory.
struct Projection {
  static constexpr index_t most_kept = index_t{1} << 16;
  index_t positions = 0;            ///< sums that were compared
  index_t failed_count = 0;         ///< positions with a wrong element
  index_t impossible_count = 0;     ///< elements that no exact operands can give
  std::vector<index_t> failed;      ///< the first positions with a wrong element, ascending
  std::vector<index_t> impossible;  ///< the first impossible elements, ascending
  double miss_probability = 0;      ///< upper bound: that a position with wrong elements is missed
};

/// A wrong element; `at` is its offset in the dense, row-major result.
struct WrongElement {
  index_t at = 0;
  double subject = 0;
  double truth = 0;
  bool operator==(const WrongElement&) const = default;
};

/// Freivalds-style projection: verifies every element of a result without computing it (Freivalds,
/// Probabilistic machines can use less running time, IFIP 1977; here for bilinear maps instead of
/// matrix products). Both sides of the convolution are multiplied by random weights and compared.
///
/// With random odd words s and r, in the ring Z/2^64 (y: (N,K,o...), x: (N,C,i...), w:
/// (K,[o...,]C/G,f...), t the gradient of the output, pos(p,u) the input that tap u of output p
/// reads):
///   forward, at every output position p
///     sum_n sum_k s_n r_k y[n,k,p]
///       = sum_c sum_u (sum_{k in g(c)} r_k w[k,(p,)c,u]) (sum_n s_n x[n,c,pos(p,u)])
///   grad_input, at every input position q
///     sum_n sum_c s_n r_c gx[n,c,q]
///       = sum_k sum_{(p,u): pos(p,u) = q} (sum_{c in g(k)} r_c w[k,(p,)c,u]) (sum_n s_n t[n,k,p])
///   grad_weights, at every group g, (p and) tap u
///     sum_{k in g} sum_{c in g} r_k s_c gw[k,(p,)c,u]
///       = sum_n (sum_p if shared) (sum_{k in g} r_k t[n,k,p]) (sum_{c in g} s_c x[n,c,pos(p,u)])
///   and with alpha and beta multiples of the grid 2^-q, L the left and R the right side,
///     L(y 2^q) = (alpha 2^q) R + (beta 2^q) L(old);  if beta = 0, old is never read.
/// Positions are numbered row-major over the axes named after "at every", in that order.
///
/// While the result is read, every element is tested: y 2^q must be an integer, and |y| <= |alpha|
/// n P + |beta| Y0 (ExactLimits: products, product_limit, old_limit). An element that fails this
/// (NaN, 3.5, infinity) is impossible, and its position fails.
///
/// What can be missed: let e[i,j] 2^-q be the errors at one position, not all 0; v the number of
/// times that 2 divides all of them; m = 64 - v. The position is missed if sum_j r_j c_j = 0 mod
/// 2^m, with c_j = sum_i s_i e[i,j] / 2^v. Let 2^V be the largest power of two (at most 2^m) that
/// divides all c_j. Then for the r_j whose c_j is divided by 2 the fewest times, at most one odd
/// residue mod 2^(m-V) gives 0: probability at most 2^-(m-V-1), and 1 for V = m. Some e[i,j] / 2^v
/// is odd, so by the same argument P(V >= a) <= 2^-(a-1) for a >= 1. Summed by parts,
///   P(miss) <= 2^-(m-1) + sum_{a=1..m-1} 2^-(m-a) 2^-(a-1) = m 2^-(m-1),
/// which the errors +e -e / -e +e with e = 2^v attain. A single wrong element is never missed,
/// because odd words are units of the ring. Right and accepted values are at most `reach` from 0,
/// so v <= log2(2 reach 2^q), and P(miss) is at most 2^-32.7 for f32 and 2^-26.0 for f64.
/// miss_probability is this times the number of positions, at most 1. A second seed squares it. The
/// weights are pseudo-random: take a seed that the subject cannot know.
///
/// `result` is dense and row-major; at most `threads` threads are used, fewer for little work.
/// Cost: the operands and the result are read once, and planes are convolved (forward: one for each
/// of C channels; grad_input: of K channels; grad_weights: of N images and G groups; none for
/// forward and grad_input with one shared tap). Memory: words for the positions, for projected
/// filters and for a few planes per thread. Throws SpecError when an operand is no integer (or
/// larger than 2^30 in f32, 2^51 in f64), when alpha or beta is no multiple of limits.grid, or when
/// sums within `limits` could be rounded in T (the identity does not hold for rounded elements).
template <class T>
Projection project(const ExactQuestion<T>& question, std::span<const T> result,
                   const datasets::ExactLimits& limits, std::uint64_t seed, int threads);

/// Every wrong element at one position of a projection, recomputed by definition in 64-bit
/// integers: all (n,k) at an output position, (n,c) at an input position, (k,c) at a group and tap.
/// Ascending. The preconditions are those of `project`.
template <class T>
std::vector<WrongElement> locate(const ExactQuestion<T>& question, std::span<const T> result,
                                 const datasets::ExactLimits& limits, index_t position);

/// The number of elements that a projection reads plus multiply-adds in the ring that it computes.
index_t projection_operations(const ConvSpec& spec, Pass pass);

/// Whether `project` is clearly cheaper than reference::truth for the whole result (which finds the
/// wrong elements at once):
///   projection_operations + 2500 < flops / 2
/// Measured: one operation took 0.3 to 0.6 ns (f32, AVX-512, one thread; large tensors at the speed
/// of memory; up to 1.2 ns in short rows), a call 1 to 2 us in addition, one multiply-add of
/// reference::truth 0.8 to 2.8 ns, in depthwise and strided problems up to 10 ns. Where this rule
/// says yes, the projection was 1.8 to 290 times as fast. Depthwise problems with small batches,
/// unshared ones with few channels, and single images with one filter have little or nothing to
/// project.
bool worth_projecting(const ConvSpec& spec, Pass pass);

}  // namespace convict::oracle
