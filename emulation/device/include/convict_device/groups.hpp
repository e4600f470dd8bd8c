// SPDX-License-Identifier: Apache-2.0
// Cooperative groups (CUDA C++ Programming Guide, Cooperative Groups): the block, tiles of a warp,
// the lanes that are active, the grid of a cooperative launch.
#pragma once

#include <cstddef>
#include <type_traits>

#include "async_copies.hpp"
#include "language.hpp"
#include "math.hpp"

#define CONVICT_SITE ::convict_device::Site site = ::convict_device::Site()

namespace cooperative_groups {

class thread_group {};

class thread_block : public thread_group {
 public:
  static void sync(CONVICT_SITE) { __syncthreads(site); }
  void barrier_sync(CONVICT_SITE) const { __syncthreads(site); }
  static unsigned thread_rank() {
    return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  }
  static unsigned size() { return blockDim.x * blockDim.y * blockDim.z; }
  static unsigned num_threads() { return size(); }
  static dim3 group_index() { return dim3(blockIdx); }
  static dim3 thread_index() { return dim3(threadIdx); }
  static dim3 group_dim() { return blockDim; }
  static dim3 dim_threads() { return blockDim; }
};
inline thread_block this_thread_block() { return {}; }

class grid_group : public thread_group {
 public:
  static bool is_valid() { return convict_device::is_cooperative(); }
  void sync(CONVICT_SITE) const { convict_device::sync_grid(site); }
  static unsigned long long size() { return num_blocks() * thread_block::size(); }
  static unsigned long long num_threads() { return size(); }
  static unsigned long long num_blocks() {
    return static_cast<unsigned long long>(gridDim.x) * gridDim.y * gridDim.z;
  }
  static unsigned long long block_rank() {
    return blockIdx.x + static_cast<unsigned long long>(gridDim.x) *
                            (blockIdx.y + static_cast<unsigned long long>(gridDim.y) * blockIdx.z);
  }
  static unsigned long long thread_rank() {
    return block_rank() * thread_block::size() + thread_block::thread_rank();
  }
  static dim3 group_dim() { return gridDim; }
  static dim3 dim_blocks() { return gridDim; }
  static dim3 block_index() { return dim3(blockIdx); }
};
inline grid_group this_grid() { return {}; }

/// Lanes of a warp; a rank is a lane's place among them.
class lanes_group : public thread_group {
 public:
  explicit lanes_group(unsigned mask) : mask_(mask) {}

  unsigned thread_rank() const {
    return static_cast<unsigned>(__popc(mask_ & ((1U << convict_device::lane()) - 1)));
  }
  unsigned size() const { return static_cast<unsigned>(__popc(mask_)); }
  unsigned num_threads() const { return size(); }
  void sync(CONVICT_SITE) const { __syncwarp(mask_, site); }
  template <class T>
  T shfl(T value, unsigned rank, CONVICT_SITE) const {
    return convict_device::shuffle("shfl", mask_, value, lane_of(rank % size()), site);
  }
  template <class T>
  T shfl_up(T value, unsigned delta, CONVICT_SITE) const {
    const unsigned me = thread_rank();
    return convict_device::shuffle("shfl_up", mask_, value, lane_of(delta > me ? me : me - delta),
                                   site);
  }
  template <class T>
  T shfl_down(T value, unsigned delta, CONVICT_SITE) const {
    const unsigned me = thread_rank();
    return convict_device::shuffle("shfl_down", mask_, value,
                                   lane_of(me + delta < size() ? me + delta : me), site);
  }
  template <class T>
  T shfl_xor(T value, unsigned lanes, CONVICT_SITE) const {
    const unsigned me = thread_rank();
    return convict_device::shuffle("shfl_xor", mask_, value,
                                   lane_of((me ^ lanes) < size() ? me ^ lanes : me), site);
  }
  int any(int predicate, CONVICT_SITE) const { return __any_sync(mask_, predicate, site); }
  int all(int predicate, CONVICT_SITE) const { return __all_sync(mask_, predicate, site); }
  unsigned ballot(int predicate, CONVICT_SITE) const {
    return packed(__ballot_sync(mask_, predicate, site));
  }
  template <class T>
  unsigned match_any(T value, CONVICT_SITE) const {
    return packed(__match_any_sync(mask_, value, site));
  }
  unsigned mask() const { return mask_; }

 private:
  int lane_of(unsigned rank) const {
    unsigned rest = mask_;
    while (rank-- > 0) rest &= rest - 1;
    return __ffs(static_cast<int>(rest)) - 1;
  }
  /// One bit for each rank.
  unsigned packed(unsigned lanes) const {
    unsigned ranks = 0;
    for (unsigned rank = 0; rank < size(); ++rank) ranks |= (lanes >> lane_of(rank) & 1U) << rank;
    return ranks;
  }
  unsigned mask_;
};

template <unsigned tile, class Parent = void>
class thread_block_tile : public lanes_group {
  static_assert(tile == 1 || tile == 2 || tile == 4 || tile == 8 || tile == 16 || tile == 32,
                "the emulated device has tiles of at most 32 threads");

 public:
  // A warp of a block whose size is no multiple of 32 ends with a part of a tile.
  thread_block_tile() : lanes_group(present_lanes()) {}
  static constexpr unsigned size() { return tile; }
  static constexpr unsigned num_threads() { return tile; }
  static unsigned meta_group_rank() { return thread_block::thread_rank() / tile; }
  static unsigned meta_group_size() { return (thread_block::size() + tile - 1) / tile; }

 private:
  static unsigned present_lanes() {
    const unsigned lanes = tile == 32 ? ~0U : ((1U << tile % 32) - 1);
    return lanes << (static_cast<unsigned>(convict_device::lane()) / tile * tile);
  }
};

class coalesced_group : public lanes_group {
 public:
  using lanes_group::lanes_group;
  static unsigned meta_group_rank() { return 0; }
  static unsigned meta_group_size() { return 1; }
};
/// Lanes diverge where they please (CUDA C++ Programming Guide, Independent Thread Scheduling): a
/// group of those that happen to be together may have one lane only.
inline coalesced_group coalesced_threads() {
  return coalesced_group(convict_device::active_lanes());
}

template <unsigned tile, class Parent>
thread_block_tile<tile, Parent> tiled_partition(const Parent&) {
  return {};
}
/// Tiles whose size is known at run time only.
inline lanes_group tiled_partition(const thread_block&, unsigned tile) {
  const unsigned lanes = tile >= 32 ? ~0U : ((1U << tile) - 1);
  return lanes_group(lanes << (static_cast<unsigned>(convict_device::lane()) / tile * tile));
}
template <class Group>
coalesced_group binary_partition(const Group& group, bool predicate, CONVICT_SITE) {
  const unsigned holds = __ballot_sync(group.mask(), predicate, site);
  return coalesced_group(predicate ? holds : group.mask() & ~holds);
}
template <class Group, class Label>
coalesced_group labeled_partition(const Group& group, Label label, CONVICT_SITE) {
  return coalesced_group(__match_any_sync(group.mask(), label, site));
}
template <class Group>
void sync(const Group& group, CONVICT_SITE) {
  group.sync(site);
}
template <class Group>
auto thread_rank(const Group& group) {
  return group.thread_rank();
}
template <class Group>
auto group_size(const Group& group) {
  return group.size();
}

#define CONVICT_OPERATOR(name, expression)                                            \
  template <class T>                                                                  \
  struct name {                                                                       \
    T operator()(const T& a, const T& b) const { return static_cast<T>(expression); } \
  };
CONVICT_OPERATOR(plus, a + b)
CONVICT_OPERATOR(less, b < a ? b : a)
CONVICT_OPERATOR(greater, a < b ? b : a)
CONVICT_OPERATOR(bit_and, a& b)
CONVICT_OPERATOR(bit_or, a | b)
CONVICT_OPERATOR(bit_xor, a ^ b)
#undef CONVICT_OPERATOR

template <class Group, class T, class Combine>
T reduce(const Group& group, T value, Combine&& combine, CONVICT_SITE) {
  return convict_device::reduce("cooperative_groups::reduce", group.mask(), value, combine, site);
}
template <class Group, class T, class Combine>
T inclusive_scan(const Group& group, T value, Combine&& combine, CONVICT_SITE) {
  for (unsigned step = 1; step < group.size(); step *= 2) {
    const T other = group.shfl_up(value, step, site);
    if (group.thread_rank() >= step) value = combine(other, value);
  }
  return value;
}
template <class Group, class T>
T inclusive_scan(const Group& group, T value, CONVICT_SITE) {
  return inclusive_scan(group, value, plus<T>{}, site);
}
template <class Group, class T, class Combine>
T exclusive_scan(const Group& group, T value, Combine&& combine, CONVICT_SITE) {
  const T until = group.shfl_up(inclusive_scan(group, value, combine, site), 1, site);
  return group.thread_rank() == 0 ? T{} : until;
}
template <class Group, class T>
T exclusive_scan(const Group& group, T value, CONVICT_SITE) {
  return exclusive_scan(group, value, plus<T>{}, site);
}
template <class Group, class Function>
void invoke_one(const Group& group, Function&& function) {
  if (group.thread_rank() == 0) function();
}

/// Each thread of the group copies a part; done when the group has waited.
template <class Group, class To, class From>
void memcpy_async(const Group& group, To* to, const From* from, std::size_t bytes, CONVICT_SITE) {
  constexpr std::size_t most = 16;
  for (std::size_t at = group.thread_rank() * most; at < bytes; at += group.size() * most) {
    const std::size_t part = bytes - at < most ? bytes - at : most;
    convict_device::copy_asynchronously(reinterpret_cast<char*>(to) + at,
                                        reinterpret_cast<const char*>(from) + at, part, part, 1,
                                        site);
  }
  convict_device::commit_copies();
}
template <class Group>
void wait(const Group& group, CONVICT_SITE) {
  convict_device::wait_for_copies(0);
  group.sync(site);
}
template <unsigned groups, class Group>
void wait_prior(const Group& group, CONVICT_SITE) {
  convict_device::wait_for_copies(groups);
  group.sync(site);
}

}  // namespace cooperative_groups

#undef CONVICT_SITE
