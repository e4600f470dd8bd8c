// SPDX-License-Identifier: Apache-2.0
#pragma once

// Runs ordinary CUDA C++ kernels on the host, one fiber per CUDA thread and one block at a time,
// under schedules drawn from a seed, so that a kernel's logic, its barriers and its addresses can
// be tested without a device (and under ASan and UBSan). Include it before the kernel's .cuh:
//
//   launch({.grid = {4, 2}, .block = {16, 16}, .seed = 3}, [&] { kernel<16>(x, y, n); });
//
// Not emulated: PTX, tensor-core and asynchronous-copy instructions, textures, cuda_fp16,
// cooperative groups, and races between blocks. A race within a block shows only where a schedule
// brings it out: run several seeds.
//
// Shared memory is NaN (bytes of 0xFF) when a block starts: the dynamic kind always
// (gpu/implicit_gemm/dynamic_shared.cuh), `__shared__` in ordinary functions only. In a template or
// an inline function GCC 12 leaves it among the other statics, where it keeps what the block before
// left.

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "tests/gpu/guarded_memory.hpp"

#define __global__
#define __device__
#define __host__
#define __constant__ static
#define __grid_constant__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __shared__ static __attribute__((section("cuda_shared")))

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
inline uint3 threadIdx, blockIdx;
inline dim3 blockDim, gridDim;
inline constexpr int warpSize = 32;

struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) double2 {
  double x, y;
};
struct alignas(8) int2 {
  int x, y;
};
struct alignas(16) int4 {
  int x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
constexpr float2 make_float2(float x, float y) { return {x, y}; }
constexpr float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
constexpr double2 make_double2(double x, double y) { return {x, y}; }
constexpr int2 make_int2(int x, int y) { return {x, y}; }
constexpr int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }

namespace convict::cuda_on_cpu {

struct Launch {
  dim3 grid{};
  dim3 block{};
  std::size_t shared_bytes = 0;  ///< of dynamic shared memory
  /// 0: threads and blocks one after the other; 1: backwards; any other: shuffled.
  std::uint32_t seed = 0;
  /// Switches to another thread in one of so many calls of the functions below; 0: at barriers
  /// only.
  unsigned preempt_one_in = 0;
};

/// A fault of the kernel, with its block and thread.
class KernelFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Runs the kernel call in every thread. Throws KernelFault when the launch is not legal on sm_90,
/// a thread throws, threads wait where others cannot arrive (divergent barriers and warp
/// operations), or something was written behind the dynamic shared memory.
void launch(const Launch& launch, const std::function<void()>& kernel);

/// May switch to another thread (Launch::preempt_one_in).
void preemption_point();

namespace detail {

using Site = std::source_location;
using Payload = std::array<std::byte, 16>;

/// The input of one lane to a warp operation, and its result.
struct Offer {
  unsigned mask = ~0U;
  int source_lane = 0;
  bool predicate = false;
  Payload value{};
};
struct Received {
  Payload value{};
  unsigned ballot = 0;  ///< lanes whose predicate holds
};

/// The number of threads of the block whose predicate holds.
int sync_threads(bool predicate, const Site& site);
Received meet_in_warp(const Offer& offer, const Site& site);
int lane();
void* dynamic_shared_memory();

template <class T>
T shuffle(unsigned mask, T value, int source_lane, const Site& site) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(Payload));
  Offer offer{.mask = mask, .source_lane = source_lane};
  std::memcpy(offer.value.data(), &value, sizeof(T));
  const Received received = meet_in_warp(offer, site);
  std::memcpy(&value, received.value.data(), sizeof(T));
  return value;
}

/// The first lane of this lane's segment of `width` lanes.
inline int segment(int width) { return lane() / width * width; }

template <class T, class Change>
T atomically(T* at, Change change) {
  preemption_point();
  const T old = *at;
  *at = change(old);
  return old;
}

}  // namespace detail
}  // namespace convict::cuda_on_cpu

namespace convict::gpu {

/// As in gpu/implicit_gemm/dynamic_shared.cuh.
template <class T>
T* dynamic_shared() {
  return static_cast<T*>(cuda_on_cpu::detail::dynamic_shared_memory());
}

}  // namespace convict::gpu

inline void __syncthreads(const std::source_location site = std::source_location::current()) {
  convict::cuda_on_cpu::detail::sync_threads(false, site);
}
inline int __syncthreads_count(int predicate,
                               const std::source_location site = std::source_location::current()) {
  return convict::cuda_on_cpu::detail::sync_threads(predicate != 0, site);
}
inline int __syncthreads_or(int predicate,
                            const std::source_location site = std::source_location::current()) {
  return __syncthreads_count(predicate, site) != 0;
}
inline int __syncthreads_and(int predicate,
                             const std::source_location site = std::source_location::current()) {
  return __syncthreads_count(predicate == 0, site) == 0;
}
inline void __syncwarp(unsigned mask = ~0U,
                       const std::source_location site = std::source_location::current()) {
  convict::cuda_on_cpu::detail::shuffle(mask, 0, convict::cuda_on_cpu::detail::lane(), site);
}
inline unsigned __ballot_sync(unsigned mask, int predicate,
                              const std::source_location site = std::source_location::current()) {
  using namespace convict::cuda_on_cpu::detail;
  return meet_in_warp({.mask = mask, .source_lane = lane(), .predicate = predicate != 0}, site)
      .ballot;
}
inline int __any_sync(unsigned mask, int predicate,
                      const std::source_location site = std::source_location::current()) {
  return __ballot_sync(mask, predicate, site) != 0;
}
inline int __all_sync(unsigned mask, int predicate,
                      const std::source_location site = std::source_location::current()) {
  return __ballot_sync(mask, predicate == 0, site) == 0;
}
template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = warpSize,
              const std::source_location site = std::source_location::current()) {
  using namespace convict::cuda_on_cpu::detail;
  return shuffle(mask, value, segment(width) + (source & (width - 1)), site);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize,
                 const std::source_location site = std::source_location::current()) {
  using namespace convict::cuda_on_cpu::detail;
  const int source = lane() - static_cast<int>(delta);
  return shuffle(mask, value, source < segment(width) ? lane() : source, site);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize,
                   const std::source_location site = std::source_location::current()) {
  using namespace convict::cuda_on_cpu::detail;
  const int source = lane() + static_cast<int>(delta);
  return shuffle(mask, value, source >= segment(width) + width ? lane() : source, site);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = warpSize,
                  const std::source_location site = std::source_location::current()) {
  using namespace convict::cuda_on_cpu::detail;
  const int source = lane() ^ lanes;
  return shuffle(mask, value, source >= segment(width) + width ? lane() : source, site);
}

inline void __threadfence() {}
inline void __threadfence_block() {}

template <class T>
T __ldg(const T* at) {
  convict::cuda_on_cpu::preemption_point();
  return *at;
}
inline float __fmaf_rn(float a, float b, float c) {
  convict::cuda_on_cpu::preemption_point();
  return __builtin_fmaf(a, b, c);
}
inline double __fma_rn(double a, double b, double c) {
  convict::cuda_on_cpu::preemption_point();
  return __builtin_fma(a, b, c);
}
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline int __popc(unsigned bits) { return std::popcount(bits); }
inline int __clz(int bits) { return std::countl_zero(static_cast<unsigned>(bits)); }
inline int __ffs(int bits) { return __builtin_ffs(bits); }
inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>(std::uint64_t{a} * b >> 32);
}
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  __extension__ using wide = unsigned __int128;
  return static_cast<unsigned long long>(static_cast<wide>(a) * b >> 64);
}

template <class T>
T atomicAdd(T* at, std::type_identity_t<T> value) {
  return convict::cuda_on_cpu::detail::atomically(at, [&](T old) { return old + value; });
}
template <class T>
T atomicMax(T* at, std::type_identity_t<T> value) {
  return convict::cuda_on_cpu::detail::atomically(at,
                                                  [&](T old) { return old < value ? value : old; });
}
template <class T>
T atomicExch(T* at, std::type_identity_t<T> value) {
  return convict::cuda_on_cpu::detail::atomically(at, [&](T) { return value; });
}
template <class T>
T atomicCAS(T* at, std::type_identity_t<T> expected, std::type_identity_t<T> value) {
  return convict::cuda_on_cpu::detail::atomically(
      at, [&](T old) { return old == expected ? value : old; });
}
