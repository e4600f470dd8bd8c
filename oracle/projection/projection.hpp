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

/// What the projection says about a result. Nothing is wrong when failed_count is 0. The lists hold
/// the first `most_kept` of what is counted, so that a result wrong everywhere needs no second
/// memory.
struct Projection {
  static constexpr index_t most_kept = index_t{1} << 16;
  index_t positions = 0;            ///< sums that were compared
  index_t failed_count = 0;         ///< positions with a wrong element
  index_t impossible_count = 0;     ///< elements that no exact operands lead to
  std::vector<index_t> failed;      ///< the first positions with a wrong element, ascending
  std::vector<index_t> impossible;  ///< the first impossible elements, ascending
  double miss_probability = 0;      ///< that a position with wrong elements is not counted
};

/// An element whose value is not the exact one; `at` counts the dense, row-major result.
struct WrongElement {
  index_t at = 0;
  double subject = 0;
  double truth = 0;
  bool operator==(const WrongElement&) const = default;
};

/// Checks every element of a result without computing every element (Freivalds, Probabilistic
/// machines can use less running time, IFIP 1977, for bilinear maps instead of matrix products).
///
/// With random odd words s and r, in the ring Z/2^64 (y: (N,K,o...), x: (N,C,i...), w:
/// (K,[o...,]C/G,f...), t the gradient of the output, pos(p,u) the input that output p meets by tap
/// u):
///   forward, at every output position p
///     sum_n sum_k s_n r_k y[n,k,p]
///       = sum_c sum_u (sum_{k in g(c)} r_k w[k,(p,)c,u]) (sum_n s_n x[n,c,pos(p,u)])
///   grad_input, at every input position q
///     sum_n sum_c s_n r_c gx[n,c,q]
///       = sum_k sum_{(p,u): pos(p,u) = q} (sum_{c in g(k)} r_c w[k,(p,)c,u]) (sum_n s_n t[n,k,p])
///   grad_weights, at every group g, (p and) tap u
///     sum_{k in g} sum_{c in g} r_k s_c gw[k,(p,)c,u]
///       = sum_n (sum_p if shared) (sum_{k in g} r_k t[n,k,p]) (sum_{c in g} s_c x[n,c,pos(p,u)])
///   and with alpha, beta multiples of the grid 2^-q, L the left and R the right side,
///     L(y 2^q) = (alpha 2^q) R + (beta 2^q) L(old);  beta = 0: old is never read.
/// Positions are numbered as the axes in `at every` are nested, last fastest; q-, p- and u-axes
/// row-major.
///
/// In the same pass every element is tested: y 2^q is an integer and |y| <= |alpha| n P + |beta| Y0
/// (ExactLimits: products, product_limit, old_limit). One that is not (NaN, 3.5, infinity) is
/// impossible, and so its position fails.
///
/// What can be missed: let e[i,j] 2^-q be the errors at one position, not all 0, v the number of
/// times 2 divides all of them, m = 64 - v. A miss is sum_j r_j c_j = 0 mod 2^m with c_j = sum_i
/// s_i e[i,j] / 2^v. If 2^V is what divides all c_j, at most one odd residue mod 2^(m-V) of the r
/// that meets the least even c_j makes it so: probability at most 2^-(m-V-1), and 1 for V = m. Some
/// e[i,j] / 2^v is odd, which in the same way leaves P(V >= a) <= 2^-(a-1) for a >= 1. Summed by
/// parts,
///   P(miss) <= 2^-(m-1) + sum_{a=1..m-1} 2^-(m-a) 2^-(a-1) = m 2^-(m-1),
/// attained by +e -e / -e +e with e = 2^v. A single wrong element never escapes: odd words are
/// units. Right and accepted values are at most `reach` from 0, so v <= log2(2 reach 2^q): at most
/// 2^-32.7 for f32 and 2^-26.0 for f64. miss_probability is that times the number of positions, at
/// most 1. Two seeds square it. The weights are pseudo-random: take a seed the subject cannot know.
///
/// `result` is dense and row-major; at most `threads` threads work. Cost: one read of the operands
/// and the result, and a convolution of one image and one channel (forward: by C channels;
/// grad_input: by K; neither for one shared tap; grad_weights: by N images and G groups); in
/// parallel when that is worth it. Memory: words for positions, for projected filters and for a few
/// planes per thread. Throws SpecError when an operand is no integer (or larger than 2^30 in f32,
/// 2^51 in f64), when alpha or beta is no multiple of limits.grid, or when sums within `limits`
/// could be rounded in T (then each element is rounded, and that is not linear).
template <class T>
Projection project(const ExactQuestion<T>& question, std::span<const T> result,
                   const datasets::ExactLimits& limits, std::uint64_t seed, int threads);

/// Every wrong element at one position of a projection, from its definition in 64-bit integers:
/// (n,k) at an output position, (n,c) at an input position, (k,c) at a group and tap. Ascending.
/// Same preconditions as `project`.
template <class T>
std::vector<WrongElement> locate(const ExactQuestion<T>& question, std::span<const T> result,
                                 const datasets::ExactLimits& limits, index_t position);

/// Elements that a projection reads plus products that it adds up (in the ring).
index_t projection_operations(const ConvSpec& spec, Pass pass);

/// Whether `project` is clearly cheaper than reference::truth about every element, which names
/// wrong ones without a second look:
///   projection_operations + 2500 < flops / 2
/// One operation took 0.3 to 0.6 ns (f32, AVX-512, one thread; memory's speed for large tensors;
/// up to 1.2 ns in short rows), a call besides 1 to 2 us, and one multiply-add of reference::truth
/// 0.8 to 2.8 ns, depthwise and strided ones up to 10 ns. What the rule takes was 1.8 to 290 times
/// as fast. Depthwise problems with small batches, unshared ones with few channels, and single
/// images with one filter have little or nothing to project.
bool worth_projecting(const ConvSpec& spec, Pass pass);

}  // namespace convict::oracle
