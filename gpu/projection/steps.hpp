// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "core/geometry.hpp"
#include "core/pass.hpp"

namespace convict::gpu::projection {

/// An element of the ring Z/2^64. Sums wrap around and do not depend on the order of additions, so
/// that atomic additions give the same bits under every schedule.
using Word = unsigned long long;
static_assert(sizeof(Word) == sizeof(std::uint64_t));

/// The largest number of threads of a block.
inline constexpr unsigned most_threads = 256;

/// The counters of the kernels, in device memory; all zero at first.
struct Answer {
  Word failed = 0;      ///< positions
  Word last = 0;        ///< positions minus the first that failed; 0: none did
  Word impossible = 0;  ///< elements of the result
  Word unreadable = 0;  ///< elements of operands that are no integers
};

/// A table of the products of two lists of weights,
///   products[i] = outer[o] inner[(o / outers_per_group) period + i mod period],  o = i / period
struct WeightProducts {
  const Word* outer;
  const Word* inner;
  Word* products;
  index_t period, outers_per_group, count;
};

/// How a floating-point value is converted to an integer: value * scale, which must be an integer
/// of magnitude up to `limit`. scale is a power of two and at least 1, limit at most 2^51.
struct Reading {
  double scale = 1;
  double limit = 0;
};

/// Weighted sums of rows, and the test that every element is as `reading` requires:
///   sums[o length + i] += sum_j weights[first(o) + j] values[o outer_stride + j row_stride + i]
///   first(o) = (o / outers_per_group mod groups) rows,  o < outers, j < rows, i < length
/// A thread sums one column of one chunk of rows, every `fold`-th row of it: neighbouring threads
/// take `fold` rows side by side, so that they read contiguous memory where rows are short.
struct RowSums {
  const void* values = nullptr;
  const Word* weights = nullptr;
  Word* sums = nullptr;
  bool is_f64 = false;
  Reading reading{};
  Word* impossible = nullptr;  ///< counts elements that are not as `reading` requires
  Word* marks = nullptr;       ///< may be null; set to non-zero where a sum has such an element
  index_t outers = 1, rows = 0, length = 0;
  index_t outer_stride = 0, row_stride = 0;
  index_t outers_per_group = 1, groups = 1;
  index_t fold = 1, chunks = 1, chunk_rows = 0;

  constexpr index_t threads() const { return chunks * outers * fold * length; }
};

/// The right side of the identity: products of planes and filters, summed over d < `depth`:
///   forward       sums[p]   += sum_d sum_u A[d taps + u]     B[d inputs + pos(p,u)]
///   grad_input    sums[q]   += sum_d sum_u A[d taps + u]     B[d outputs + p], pos(p,u) = q
///   grad_weights  sums[g,u] += sum_d sum_p A[(d G + g) outputs + p] B[(d G + g) inputs + pos(p,u)]
/// The site is the index of the inner sum, u or p. A thread sums every site_chunks-th site and
/// every depth_chunks-th d of one position.
struct Meeting {
  Geometry geometry{};
  Pass pass = Pass::forward;
  const Word* a = nullptr;
  const Word* b = nullptr;
  Word* sums = nullptr;
  index_t positions = 0, sites = 0, depth = 0;
  index_t a_step = 0, b_step = 0;  ///< from one d to the next
  index_t site_chunks = 1, depth_chunks = 1;

  constexpr index_t threads() const { return positions * site_chunks * depth_chunks; }
};

/// A position fails when left != alpha right + beta old, or when it is marked.
struct Comparison {
  const Word* left;
  const Word* right;
  const Word* old;
  const Word* marks;
  Word alpha, beta;
  index_t positions;
  Answer* answer;
};

/// *differences is not 0 afterwards when a and b differ.
struct EqualBytes {
  const unsigned char* a;
  const unsigned char* b;
  index_t bytes;
  Word* differences;
};

using Step = std::variant<WeightProducts, RowSums, Meeting, Comparison, EqualBytes>;

}  // namespace convict::gpu::projection
