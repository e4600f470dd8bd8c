// SPDX-License-Identifier: Apache-2.0
// The vector types of CUDA with their alignments (CUDA C++ Programming Guide, Built-in Vector
// Types).
#pragma once

#include <cstddef>

/// name1 to name4, of which pairs are aligned to `two` bytes and quadruples to `four`.
#define CONVICT_VECTORS(name, T, two, four)                             \
  struct name##1 {                                                      \
    T x;                                                                \
  };                                                                    \
  struct alignas(two) name##2 {                                         \
    T x, y;                                                             \
  };                                                                    \
  struct name##3 {                                                      \
    T x, y, z;                                                          \
  };                                                                    \
  struct alignas(four) name##4 {                                        \
    T x, y, z, w;                                                       \
  };                                                                    \
  constexpr name##1 make_##name##1(T x) { return {x}; }                 \
  constexpr name##2 make_##name##2(T x, T y) { return {x, y}; }         \
  constexpr name##3 make_##name##3(T x, T y, T z) { return {x, y, z}; } \
  constexpr name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
CONVICT_VECTORS(char, signed char, 2, 4)
CONVICT_VECTORS(uchar, unsigned char, 2, 4)
CONVICT_VECTORS(short, short, 4, 8)
CONVICT_VECTORS(ushort, unsigned short, 4, 8)
CONVICT_VECTORS(int, int, 8, 16)
CONVICT_VECTORS(uint, unsigned, 8, 16)
CONVICT_VECTORS(long, long, 16, 16)
CONVICT_VECTORS(ulong, unsigned long, 16, 16)
CONVICT_VECTORS(longlong, long long, 16, 16)
CONVICT_VECTORS(ulonglong, unsigned long long, 16, 16)
CONVICT_VECTORS(float, float, 8, 16)
CONVICT_VECTORS(double, double, 16, 16)
#undef CONVICT_VECTORS

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
  constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
  constexpr operator uint3() const { return {x, y, z}; }
};
