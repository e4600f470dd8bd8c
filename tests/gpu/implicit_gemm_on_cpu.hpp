#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/kernel.hpp"
#include "gpu/implicit_gemm/implicit_gemm.hpp"

// The row `gpu.implicit_gemm`, run on the host and compared with the definition.

namespace convict::implicit_gemm_on_cpu {

/// How the kernels' threads are scheduled from now on (cuda_on_cpu::Launch).
struct Schedule {
  std::uint32_t seed = 0;
  unsigned preempt_one_in = 0;
};
void use(const Schedule& schedule);
void run_on_cpu(const gpu::implicit_gemm::Grid& grid, const std::function<void()>& kernel);

/// Tiles of a few elements, tilings that split early and grids that are too small for one tile per
/// block: small problems meet every edge.
gpu::implicit_gemm::Engine tiny_engine();
/// The tiles that run on a device.
gpu::implicit_gemm::Engine real_engine();

/// What a planted fault changes before a launch (of the products, and of the sum of the splits).
struct Fault {
  std::function<void(gpu::implicit_gemm::Step&, gpu::implicit_gemm::Call&)> step{};
  std::function<index_t(index_t)> splits_to_add{};
};
/// From now on; an empty one plants nothing.
void plant(const Fault& fault);

/// An engine of tiny tiles whose kernels can do without one of their barriers, counted from 0 in
/// the order of their lines; any other number removes none.
gpu::implicit_gemm::Engine engine_without_barrier(int barrier);
/// How many barriers the kernels of that engine have met so far.
int barriers_met();

/// One call: exact small integers in every element, NaN in the result if it must not be read, in
/// the gaps between rows and in the workspace, which has exactly the bytes asked for.
struct Case {
  ConvSpec spec{};
  Pass pass = Pass::forward;
  Precision precision = Precision::f32;
  Layout layout = Layout::nchw;
  index_t pitch = 0;
  double alpha = 1;
  double beta = 0;
};
Problem problem_of(const Case& c);

/// Cases of every pass, type and layout, with groups, flips, strides, dilations and paddings that
/// differ on every axis.
std::vector<Case> varied_cases();

/// What is wrong with the row's result ("" when nothing is): the first element that differs from
/// the definition's, a gap or an operand that was written, memory written outside the buffers.
std::string difference(const gpu::implicit_gemm::Engine& engine, const Case& c);

/// The same where images lie more than 2^31 elements apart; nothing when the system does not lend
/// so many addresses.
std::optional<std::string> difference_far_apart(const gpu::implicit_gemm::Engine& engine);

/// The bytes of the result for arbitrary real data from `seed`.
std::string result_bits(const gpu::implicit_gemm::Engine& engine, const Case& c,
                        std::uint32_t seed);

}  // namespace convict::implicit_gemm_on_cpu
