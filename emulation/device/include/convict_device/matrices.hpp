// SPDX-License-Identifier: Apache-2.0
// Products of small matrices that a whole warp holds: mma of PTX and of mma.h.
#pragma once

#include "language.hpp"

namespace convict_device {

enum class Element { f16, bf16, tf32, f32, f64, s8, u8, s32 };

/// d = a b + c: an m x k by a k x n matrix. Each pointer is to what the calling lane holds of that
/// matrix, without gaps.
struct MatrixProduct {
  int m, n, k;
  Element a_type, b_type, c_type, d_type;
  /// How lanes hold the matrices: as the PTX ISA says (Matrix Fragments for mma), or as mma.h here.
  bool is_ptx;
  bool saturates;
  const void *a, *b, *c;
  void* d;
};
void multiply_matrices(const char* operation, const MatrixProduct& product, Site site);

/// How many elements of a matrix with `count` each lane holds in mma.h, and which.
constexpr int elements_of_lane(Element type, bool is_accumulator, int count) {
  return type == Element::f16 && !is_accumulator ? 16 : count / 32;
}
constexpr int element_of_lane(int lane, int at, int elements, int count) {
  return (lane * elements + at) % count;
}

/// All 32 lanes of the warp meet, or it is a fault.
void meet_whole_warp(const char* operation, const void* value, unsigned value_bytes, Site site);

/// ldmatrix: `matrices` (1, 2 or 4) of 8 x 8 elements of 2 bytes; lane i gives the address of row
/// i.
void load_matrices(unsigned* to, int matrices, bool transposed, const void* row, Site site);

}  // namespace convict_device
