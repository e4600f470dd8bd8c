// SPDX-License-Identifier: Apache-2.0
#pragma once

// The kernels of steps.hpp. Compiled by nvcc, and by the host's compiler after the tests'
// definitions of __global__ and the like. No thread waits for another: they add to shared sums
// atomically, and in the ring the order of additions makes no difference. All kernels are
// templates, so that those of a test and those of the device are different symbols for the linker.

#include <bit>
#include <cmath>
#include <cstdint>

#include "gpu/projection/steps.hpp"

namespace convict::gpu::projection {

__device__ inline index_t first_index() { return index_t{blockIdx.x} * blockDim.x + threadIdx.x; }
__device__ inline index_t index_step() { return index_t{gridDim.x} * blockDim.x; }

/// Adding it to an integer of magnitude up to 2^51 leaves that integer in the low bits of the sum.
/// Unlike a cast, this is defined for every value (NaN, infinity).
inline constexpr double integer_shift = 0x1.8p52;

/// The residue modulo 2^64 of an integer of magnitude up to 2^51; an arbitrary word for other
/// values.
__device__ inline Word to_word(double scaled) {
  return std::bit_cast<Word>(scaled + integer_shift) - std::bit_cast<Word>(integer_shift);
}
/// False for NaN and infinities.
__device__ inline bool is_possible(double scaled, double limit) {
  return ((scaled + integer_shift) - integer_shift == scaled) & (std::fabs(scaled) <= limit);
}

template <class Step>
__global__ void multiply_weights(const __grid_constant__ Step step) {
  for (index_t at = first_index(); at < step.count; at += index_step()) {
    const index_t outer = at / step.period;
    step.products[at] = step.outer[outer] *
                        step.inner[outer / step.outers_per_group * step.period + at % step.period];
  }
}

/// The rows that one thread sums, and where they and their sum lie.
struct Lane {
  index_t sum, value, weight, begin, end;  ///< rows [begin, end), every fold-th
};

__device__ inline Lane lane_of(const RowSums& step, index_t at) {
  const index_t width = step.fold * step.length;
  const index_t chunk = at / width / step.outers, outer = at / width % step.outers;
  const index_t column = at % step.length;
  const index_t begin = chunk * step.chunk_rows + at % width / step.length;
  const index_t end = (chunk + 1) * step.chunk_rows;
  return {.sum = outer * step.length + column,
          .value = outer * step.outer_stride + column,
          .weight = outer / step.outers_per_group % step.groups * step.rows,
          .begin = begin,
          .end = end < step.rows ? end : step.rows};
}

/// Counts the impossible values of a lane one by one; there rarely are any.
template <class T>
__device__ void report(const RowSums& step, const Lane& lane) {
  const T* const values = static_cast<const T*>(step.values) + lane.value;
  Word found = 0;
  for (index_t row = lane.begin; row < lane.end; row += step.fold) {
    const double scaled = static_cast<double>(values[row * step.row_stride]) * step.reading.scale;
    if (!is_possible(scaled, step.reading.limit)) ++found;
  }
  atomicAdd(step.impossible, found);
  if (step.marks != nullptr) atomicExch(step.marks + lane.sum, Word{1});
}

template <class T>
__global__ void __launch_bounds__(most_threads) sum_rows(const __grid_constant__ RowSums step) {
  const index_t threads = step.threads();
  for (index_t at = first_index(); at < threads; at += index_step()) {
    const Lane lane = lane_of(step, at);
    if (lane.begin >= lane.end) continue;
    const index_t stride = step.fold * step.row_stride;
    const T* value = static_cast<const T*>(step.values) + lane.value + lane.begin * step.row_stride;
    const Word* weight = step.weights + lane.weight + lane.begin;
    Word sum = 0;
    bool possible = true;
#pragma unroll 8
    for (index_t row = lane.begin; row < lane.end; row += step.fold) {
      const double scaled = static_cast<double>(*value) * step.reading.scale;
      possible &= is_possible(scaled, step.reading.limit);
      sum += *weight * to_word(scaled);
      value += stride;
      weight += step.fold;
    }
    if (!possible) report<T>(step, lane);
    atomicAdd(step.sums + lane.sum, sum);
  }
}

/// A raster index as indices on three axes, the last one the fastest.
struct Place {
  index_t at[3];
};
__device__ inline Place place_in(const Axes& extents, index_t flat) {
  const index_t above = flat / extents[2];
  return {{above / extents[1], above % extents[1], flat % extents[2]}};
}
__device__ inline index_t flat_in(const Axes& extents, const Place& place) {
  return (place.at[0] * extents[1] + place.at[1]) * extents[2] + place.at[2];
}

/// The input position at which a tap of an output position lies, or -1 in the padding.
__device__ inline index_t input_met(const Geometry& g, const Place& out, const Place& tap) {
  Place in{};
  for (int axis = 0; axis < 3; ++axis) {
    in.at[axis] = g.input_position(axis, out.at[axis], tap.at[axis]);
    if (!g.inside_input(axis, in.at[axis])) return -1;
  }
  return flat_in(g.input, in);
}
/// The output position from which a tap reaches an input position, or -1.
__device__ inline index_t output_reaching(const Geometry& g, const Place& in, const Place& tap) {
  Place out{};
  for (int axis = 0; axis < 3; ++axis) {
    out.at[axis] = g.output_position(axis, in.at[axis], tap.at[axis]);
    if (out.at[axis] < 0) return -1;
  }
  return flat_in(g.output, out);
}

__device__ inline index_t volume(const Axes& extents) {
  return extents[0] * extents[1] * extents[2];
}

/// Offsets in A and B for one position and site; there is no product when b is negative.
struct Pair {
  index_t a, b;
};
__device__ inline Pair pair_of(const Meeting& step, index_t position, index_t site) {
  const Geometry& g = step.geometry;
  if (step.pass == Pass::forward)
    return {site, input_met(g, place_in(g.output, position), place_in(g.filter, site))};
  if (step.pass == Pass::grad_input)
    return {site, output_reaching(g, place_in(g.input, position), place_in(g.filter, site))};
  const index_t taps = volume(g.filter);
  const index_t group = position / taps;
  const index_t in = input_met(g, place_in(g.output, site), place_in(g.filter, position % taps));
  return {group * step.sites + site, in < 0 ? in : group * volume(g.input) + in};
}

template <class Step>
__global__ void __launch_bounds__(most_threads) meet(const __grid_constant__ Step step) {
  const index_t parts = step.site_chunks * step.depth_chunks;
  const index_t threads = step.threads();
  const bool sites_first =
      step.pass == Pass::grad_weights;  // neighbouring threads read neighbouring words
  for (index_t at = first_index(); at < threads; at += index_step()) {
    const index_t position = sites_first ? at / parts : at % step.positions;
    const index_t part = sites_first ? at % parts : at / step.positions;
    Word sum = 0;
    for (index_t site = part % step.site_chunks; site < step.sites; site += step.site_chunks) {
      const Pair pair = pair_of(step, position, site);
      if (pair.b < 0) continue;
#pragma unroll 4
      for (index_t d = part / step.site_chunks; d < step.depth; d += step.depth_chunks)
        sum += step.a[pair.a + d * step.a_step] * step.b[pair.b + d * step.b_step];
    }
    atomicAdd(step.sums + position, sum);
  }
}

template <class Step>
__global__ void compare(const __grid_constant__ Step step) {
  for (index_t at = first_index(); at < step.positions; at += index_step()) {
    const Word exact = step.alpha * step.right[at] + step.beta * step.old[at];
    if (step.left[at] == exact && step.marks[at] == 0) continue;
    atomicAdd(&step.answer->failed, Word{1});
    atomicMax(&step.answer->last, static_cast<Word>(step.positions - at));
  }
}

struct alignas(16) Bytes16 {
  Word low, high;
};

template <class Step>
__global__ void find_differences(const __grid_constant__ Step step) {
  const auto misaligned = [](const void* memory) {
    return reinterpret_cast<std::uintptr_t>(memory) % sizeof(Bytes16) != 0;
  };
  const index_t wide =
      misaligned(step.a) || misaligned(step.b) ? 0 : step.bytes / index_t{sizeof(Bytes16)};
  const auto* const a = reinterpret_cast<const Bytes16*>(step.a);
  const auto* const b = reinterpret_cast<const Bytes16*>(step.b);
  Word differences = 0;
#pragma unroll 4
  for (index_t at = first_index(); at < wide; at += index_step())
    differences |= (a[at].low ^ b[at].low) | (a[at].high ^ b[at].high);
  for (index_t at = wide * index_t{sizeof(Bytes16)} + first_index(); at < step.bytes;
       at += index_step())
    differences |= Word{step.a[at]} ^ step.b[at];
  if (differences != 0) atomicExch(step.differences, Word{1});
}

}  // namespace convict::gpu::projection
