// SPDX-License-Identifier: Apache-2.0
// What CUDA C++ has beyond C++ inside of kernels: indices, barriers, operations of warps, atomics.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "vector_types.hpp"

// Constant for the kernel, which therefore need not be watched reading them; the scheduler sets
// them when it changes to another thread.
#ifndef CONVICT_SETS_INDICES
extern const uint3 threadIdx, blockIdx;
extern const dim3 blockDim, gridDim;
#endif
inline constexpr int warpSize = 32;

namespace convict_device {

/// A line of a source; as a default argument `Site()` that of the call.
struct Site {
  const char* file;
  int line;
  constexpr Site(const char* file_ = __builtin_FILE(), int line_ = __builtin_LINE())
      : file(file_), line(line_) {}
};

/// What a lane gives to an operation of its warp, and what it gets.
struct WarpOffer {
  unsigned mask = ~0U;
  int source_lane = 0;
  bool predicate = false;
  unsigned char value[16] = {};
  unsigned value_bytes = 0;
  const char* operation = "";
  /// Called once, when all lanes have arrived, before any of them goes on.
  void (*combine)(const struct WarpResult& result, Site site) = nullptr;
};
struct WarpResult {
  unsigned char value[16] = {};
  unsigned ballot = 0;        ///< lanes whose predicate holds
  unsigned matching = 0;      ///< lanes with the same value
  unsigned present = 0;       ///< lanes that took part
  unsigned char all[32][16];  ///< the values of all lanes
};

void enter();
int sync_threads(bool predicate, Site site);
void meet_in_warp(const WarpOffer& offer, WarpResult& result, Site site);
unsigned active_lanes();
int lane();
void fence();
/// The barrier of all threads of a cooperative launch.
void sync_grid(Site site);
bool is_cooperative();
void* shared_memory(const void* key, std::size_t bytes, std::size_t alignment, const char* name,
                    Site site);
void* dynamic_shared_memory(const char* name);
/// Called before an atomic operation on `bytes` at `at`.
void before_atomic(const volatile void* at, std::size_t bytes, Site site);
void after_atomic();
[[noreturn]] void trap(const char* what, Site site);

/// Every source for the device says which compute capability it is for (emulation/build.cpp).
int use_capability(int number);
#ifdef CONVICT_SM
static const int capability_in_use = use_capability(CONVICT_SM);
#endif

template <class T, class Declaration, int member>
inline constexpr char shared_key = 0;

/// `__shared__ T name;`
template <class T, class Declaration, int member>
T& shared_object(const char* name, const char* file, int line) {
  constexpr std::size_t alignment =
      alignof(Declaration) > alignof(T) ? alignof(Declaration) : alignof(T);
  return *static_cast<T*>(
      shared_memory(&shared_key<T, Declaration, member>, sizeof(T), alignment, name, {file, line}));
}
/// `extern __shared__ T name[];` where T has one element.
template <class T>
auto dynamic_shared(const char* name) {
  return static_cast<std::remove_extent_t<T>*>(dynamic_shared_memory(name));
}

template <class T>
T shuffle(const char* operation, unsigned mask, T value, int source_lane, Site site) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 16);
  WarpOffer offer;
  offer.mask = mask, offer.source_lane = source_lane, offer.operation = operation;
  offer.value_bytes = sizeof(T);
  std::memcpy(offer.value, &value, sizeof(T));
  WarpResult result;
  meet_in_warp(offer, result, site);
  std::memcpy(&value, result.value, sizeof(T));
  return value;
}
inline WarpResult vote(const char* operation, unsigned mask, bool predicate, Site site) {
  WarpOffer offer;
  offer.mask = mask, offer.source_lane = lane(), offer.predicate = predicate;
  offer.operation = operation;
  WarpResult result;
  meet_in_warp(offer, result, site);
  return result;
}
/// The first lane of this lane's segment of `width` lanes.
inline int segment(int width) { return lane() / width * width; }

template <class T, class Combine>
T reduce(const char* operation, unsigned mask, T value, Combine combine, Site site) {
  WarpOffer offer;
  offer.mask = mask, offer.source_lane = lane(), offer.operation = operation;
  offer.value_bytes = sizeof(T);
  std::memcpy(offer.value, &value, sizeof(T));
  WarpResult result;
  meet_in_warp(offer, result, site);
  bool first = true;
  for (int at = 0; at < 32; ++at) {
    if ((result.present >> at & 1U) == 0) continue;
    T other;
    std::memcpy(&other, result.all[at], sizeof(T));
    value = first ? other : combine(value, other);
    first = false;
  }
  return value;
}

template <class T>
struct SameType {
  using type = T;
};
template <class T>
using Same = typename SameType<T>::type;  ///< takes no part in the deduction of T

/// Not instrumented: before_atomic says what is accessed.
template <class T, class Change>
__attribute__((no_sanitize("thread"))) T atomically(T* at, Site site, Change change) {
  before_atomic(at, sizeof(T), site);
  T old;
  std::memcpy(&old, at, sizeof(T));
  const T changed = change(old);
  std::memcpy(at, &changed, sizeof(T));
  after_atomic();
  return old;
}

}  // namespace convict_device

#define CONVICT_SITE ::convict_device::Site site = ::convict_device::Site()

inline void __syncthreads(CONVICT_SITE) { convict_device::sync_threads(false, site); }
inline int __syncthreads_count(int predicate, CONVICT_SITE) {
  return convict_device::sync_threads(predicate != 0, site);
}
inline int __syncthreads_or(int predicate, CONVICT_SITE) {
  return convict_device::sync_threads(predicate != 0, site) != 0;
}
inline int __syncthreads_and(int predicate, CONVICT_SITE) {
  return convict_device::sync_threads(predicate == 0, site) == 0;
}
inline void __syncwarp(unsigned mask = ~0U, CONVICT_SITE) {
  convict_device::vote("__syncwarp", mask, false, site);
}
inline unsigned __activemask() { return convict_device::active_lanes(); }
inline unsigned __ballot_sync(unsigned mask, int predicate, CONVICT_SITE) {
  return convict_device::vote("__ballot_sync", mask, predicate != 0, site).ballot;
}
inline int __any_sync(unsigned mask, int predicate, CONVICT_SITE) {
  return convict_device::vote("__any_sync", mask, predicate != 0, site).ballot != 0;
}
inline int __all_sync(unsigned mask, int predicate, CONVICT_SITE) {
  return convict_device::vote("__all_sync", mask, predicate == 0, site).ballot == 0;
}
template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = warpSize, CONVICT_SITE) {
  using namespace convict_device;
  return shuffle("__shfl_sync", mask, value, segment(width) + (source & (width - 1)), site);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize, CONVICT_SITE) {
  using namespace convict_device;
  const int source = lane() - static_cast<int>(delta);
  return shuffle("__shfl_up_sync", mask, value, source < segment(width) ? lane() : source, site);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize, CONVICT_SITE) {
  using namespace convict_device;
  const int source = lane() + static_cast<int>(delta);
  return shuffle("__shfl_down_sync", mask, value,
                 source >= segment(width) + width ? lane() : source, site);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = warpSize, CONVICT_SITE) {
  using namespace convict_device;
  const int source = lane() ^ lanes;
  return shuffle("__shfl_xor_sync", mask, value, source >= segment(width) + width ? lane() : source,
                 site);
}
template <class T>
unsigned __match_any_sync(unsigned mask, T value, CONVICT_SITE) {
  convict_device::WarpOffer offer;
  offer.mask = mask, offer.source_lane = convict_device::lane();
  offer.operation = "__match_any_sync", offer.value_bytes = sizeof(T);
  std::memcpy(offer.value, &value, sizeof(T));
  convict_device::WarpResult result;
  convict_device::meet_in_warp(offer, result, site);
  return result.matching;
}
template <class T>
unsigned __match_all_sync(unsigned mask, T value, int* all, CONVICT_SITE) {
  const unsigned matching = __match_any_sync(mask, value, site);
  *all = matching == mask;
  return *all != 0 ? mask : 0;
}
#define CONVICT_REDUCE(name, expression)                                                \
  template <class T>                                                                    \
  T name(unsigned mask, T value, CONVICT_SITE) {                                        \
    return convict_device::reduce(                                                      \
        #name, mask, value, [](T a, T b) { return static_cast<T>(expression); }, site); \
  }
CONVICT_REDUCE(__reduce_add_sync, a + b)
CONVICT_REDUCE(__reduce_min_sync, b < a ? b : a)
CONVICT_REDUCE(__reduce_max_sync, a < b ? b : a)
CONVICT_REDUCE(__reduce_and_sync, a& b)
CONVICT_REDUCE(__reduce_or_sync, a | b)
CONVICT_REDUCE(__reduce_xor_sync, a ^ b)
#undef CONVICT_REDUCE

inline void __threadfence() { convict_device::fence(); }
inline void __threadfence_block() { convict_device::fence(); }
inline void __threadfence_system() { convict_device::fence(); }
inline void __nanosleep(unsigned) { convict_device::active_lanes(); }
inline void __trap(CONVICT_SITE) { convict_device::trap("__trap", site); }
inline void __brkpt() {}

#define CONVICT_ATOMIC(name, expression)                                                  \
  template <class T>                                                                      \
  T name(T* at, convict_device::Same<T> value, CONVICT_SITE) {                            \
    return convict_device::atomically(at, site,                                           \
                                      [&](T old) { return static_cast<T>(expression); }); \
  }                                                                                       \
  template <class T>                                                                      \
  T name##_block(T* at, convict_device::Same<T> value, CONVICT_SITE) {                    \
    return name(at, value, site);                                                         \
  }                                                                                       \
  template <class T>                                                                      \
  T name##_system(T* at, convict_device::Same<T> value, CONVICT_SITE) {                   \
    return name(at, value, site);                                                         \
  }
CONVICT_ATOMIC(atomicAdd, old + value)
CONVICT_ATOMIC(atomicSub, old - value)
CONVICT_ATOMIC(atomicMin, value < old ? value : old)
CONVICT_ATOMIC(atomicMax, old < value ? value : old)
CONVICT_ATOMIC(atomicAnd, old& value)
CONVICT_ATOMIC(atomicOr, old | value)
CONVICT_ATOMIC(atomicXor, old ^ value)
CONVICT_ATOMIC(atomicExch, value)
CONVICT_ATOMIC(atomicInc, old >= value ? 0 : old + 1)
CONVICT_ATOMIC(atomicDec, old == 0 || old > value ? value : old - 1)
#undef CONVICT_ATOMIC
template <class T>
T atomicCAS(T* at, convict_device::Same<T> expected, convict_device::Same<T> value, CONVICT_SITE) {
  return convict_device::atomically(
      at, site, [&](T old) { return std::memcmp(&old, &expected, sizeof(T)) == 0 ? value : old; });
}
template <class T>
T atomicCAS_block(T* at, convict_device::Same<T> expected, convict_device::Same<T> value,
                  CONVICT_SITE) {
  return atomicCAS(at, expected, value, site);
}

#define CONVICT_LOAD(name) \
  template <class T>       \
  T name(const T* at) {    \
    return *at;            \
  }
CONVICT_LOAD(__ldg)
CONVICT_LOAD(__ldca)
CONVICT_LOAD(__ldcg)
CONVICT_LOAD(__ldcs)
CONVICT_LOAD(__ldlu)
CONVICT_LOAD(__ldcv)
#undef CONVICT_LOAD
#define CONVICT_STORE(name)                         \
  template <class T>                                \
  void name(T* at, convict_device::Same<T> value) { \
    *at = value;                                    \
  }
CONVICT_STORE(__stcg)
CONVICT_STORE(__stcs)
CONVICT_STORE(__stwb)
CONVICT_STORE(__stwt)
#undef CONVICT_STORE
#undef CONVICT_SITE
