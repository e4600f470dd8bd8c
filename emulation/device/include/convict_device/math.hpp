// SPDX-License-Identifier: Apache-2.0
// Arithmetic functions of CUDA C++ that C++ lacks. Approximations are computed as exactly as the
// host does: the errors that a device may make here are not emulated.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#define CONVICT_MIN_MAX(T)                         \
  inline T min(T a, T b) { return b < a ? b : a; } \
  inline T max(T a, T b) { return a < b ? b : a; }
CONVICT_MIN_MAX(int)
CONVICT_MIN_MAX(unsigned)
CONVICT_MIN_MAX(long)
CONVICT_MIN_MAX(unsigned long)
CONVICT_MIN_MAX(long long)
CONVICT_MIN_MAX(unsigned long long)
#undef CONVICT_MIN_MAX
inline unsigned min(unsigned a, int b) { return min(a, static_cast<unsigned>(b)); }
inline unsigned min(int a, unsigned b) { return min(static_cast<unsigned>(a), b); }
inline unsigned max(unsigned a, int b) { return max(a, static_cast<unsigned>(b)); }
inline unsigned max(int a, unsigned b) { return max(static_cast<unsigned>(a), b); }
inline long min(long a, int b) { return min(a, static_cast<long>(b)); }
inline long min(int a, long b) { return min(static_cast<long>(a), b); }
inline long max(long a, int b) { return max(a, static_cast<long>(b)); }
inline long max(int a, long b) { return max(static_cast<long>(a), b); }
// A NaN operand is dropped, as by fminf and fmaxf.
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }
inline double min(double a, double b) { return fmin(a, b); }
inline double max(double a, double b) { return fmax(a, b); }
inline double min(float a, double b) { return fmin(a, b); }
inline double min(double a, float b) { return fmin(a, b); }
inline double max(float a, double b) { return fmax(a, b); }
inline double max(double a, float b) { return fmax(a, b); }

inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline float __fmaf_ieee_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline double __fma_rn(double a, double b, double c) { return fma(a, b, c); }
// Never contracted to a fused operation: the compiler sees no operator here.
__attribute__((noinline, optimize("fp-contract=off"))) inline float __fadd_rn(float a, float b) {
  return a + b;
}
__attribute__((noinline, optimize("fp-contract=off"))) inline float __fsub_rn(float a, float b) {
  return a - b;
}
__attribute__((noinline, optimize("fp-contract=off"))) inline float __fmul_rn(float a, float b) {
  return a * b;
}
__attribute__((noinline, optimize("fp-contract=off"))) inline double __dadd_rn(double a, double b) {
  return a + b;
}
__attribute__((noinline, optimize("fp-contract=off"))) inline double __dsub_rn(double a, double b) {
  return a - b;
}
__attribute__((noinline, optimize("fp-contract=off"))) inline double __dmul_rn(double a, double b) {
  return a * b;
}
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __frcp_rn(float a) { return 1 / a; }
inline float __fsqrt_rn(float a) { return sqrtf(a); }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline float __fdividef(float a, float b) { return a / b; }
inline float rsqrtf(float a) { return 1 / sqrtf(a); }
inline double rsqrt(double a) { return 1 / sqrt(a); }
inline float __frsqrt_rn(float a) { return static_cast<float>(1 / sqrt(static_cast<double>(a))); }
inline float __expf(float a) { return expf(a); }
inline float __exp10f(float a) { return powf(10, a); }
inline float __logf(float a) { return logf(a); }
inline float __log2f(float a) { return log2f(a); }
inline float __log10f(float a) { return log10f(a); }
inline float __sinf(float a) { return sinf(a); }
inline float __cosf(float a) { return cosf(a); }
inline float __tanf(float a) { return tanf(a); }
inline float __powf(float a, float b) { return powf(a, b); }
inline float __saturatef(float a) { return a > 0 ? (a < 1 ? a : 1) : 0; }

inline int __popc(unsigned bits) { return __builtin_popcount(bits); }
inline int __popcll(unsigned long long bits) { return __builtin_popcountll(bits); }
inline int __clz(int bits) { return bits == 0 ? 32 : __builtin_clz(static_cast<unsigned>(bits)); }
inline int __clzll(long long bits) {
  return bits == 0 ? 64 : __builtin_clzll(static_cast<unsigned long long>(bits));
}
inline int __ffs(int bits) { return __builtin_ffs(bits); }
inline int __ffsll(long long bits) { return __builtin_ffsll(bits); }
inline unsigned __brev(unsigned bits) {
  unsigned reversed = 0;
  for (int i = 0; i < 32; ++i) reversed |= (bits >> i & 1U) << (31 - i);
  return reversed;
}
inline int __mul24(int a, int b) { return (a << 8 >> 8) * (b << 8 >> 8); }
inline unsigned __umul24(unsigned a, unsigned b) { return (a & 0xffffffU) * (b & 0xffffffU); }
inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>(std::uint64_t{a} * b >> 32);
}
inline int __mulhi(int a, int b) { return static_cast<int>(std::int64_t{a} * b >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return static_cast<unsigned long long>(static_cast<unsigned __int128>(a) * b >> 64);
}
inline unsigned __sad(int a, int b, unsigned c) {
  return c + static_cast<unsigned>(a > b ? a - b : b - a);
}

namespace convict_device {
template <class To, class From>
To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(To));
  return to;
}
}  // namespace convict_device
inline int __float_as_int(float a) { return convict_device::bits_as<int>(a); }
inline unsigned __float_as_uint(float a) { return convict_device::bits_as<unsigned>(a); }
inline float __int_as_float(int a) { return convict_device::bits_as<float>(a); }
inline float __uint_as_float(unsigned a) { return convict_device::bits_as<float>(a); }
inline long long __double_as_longlong(double a) { return convict_device::bits_as<long long>(a); }
inline double __longlong_as_double(long long a) { return convict_device::bits_as<double>(a); }
inline int __float2int_rn(float a) { return static_cast<int>(rintf(a)); }
inline int __float2int_rz(float a) { return static_cast<int>(a); }
inline int __float2int_rd(float a) { return static_cast<int>(floorf(a)); }
inline int __float2int_ru(float a) { return static_cast<int>(ceilf(a)); }
inline float __int2float_rn(int a) { return static_cast<float>(a); }
inline float __double2float_rn(double a) { return static_cast<float>(a); }
