// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/kernel.hpp"
#include "gpu/implicit_gemm/implicit_gemm.hpp"

// The kernel `gpu.implicit_gemm`, run on the host and compared with the definition.

namespace convict::implicit_gemm_on_cpu {

/// How the threads of all following launches are scheduled (cuda_on_cpu::Launch).
struct Schedule {
  std::uint32_t seed = 0;
  unsigned preempt_one_in = 0;
};
void use(const Schedule& schedule);
void run_on_cpu(const gpu::implicit_gemm::Grid& grid, const std::function<void()>& kernel);

/// An engine with tiles of a few elements, tilings that split the depth early and grids that are
/// too small for one tile per block, so that small problems reach all branches.
gpu::implicit_gemm::Engine tiny_engine();
/// An engine with the tiles that are used on a device.
gpu::implicit_gemm::Engine real_engine();

/// A planted fault: what it changes before a launch of the products, and of the sum of the splits.
struct Fault {
  std::function<void(gpu::implicit_gemm::Step&, gpu::implicit_gemm::Call&)> step{};
  std::function<index_t(index_t)> splits_to_add{};
};
/// Plants the fault in all following launches; an empty one plants nothing.
void plant(const Fault& fault);

/// An engine with tiny tiles whose kernels lack one barrier, counted from 0 in the order of source
/// lines. Any other number removes none.
gpu::implicit_gemm::Engine engine_without_barrier(int barrier);
/// The number of different barriers that kernels of that engine have reached so far.
int barriers_met();

/// One call with small integers in every element, so that all sums are exact. NaN is in the result
/// if it must not be read, in the gaps between rows of elements, and in the workspace, which has
/// exactly the required size.
struct Case {
  ConvSpec spec{};
  Pass pass = Pass::forward;
  Precision precision = Precision::f32;
  Layout layout = Layout::nchw;
  index_t pitch = 0;
  Steps steps{};
  double alpha = 1;
  double beta = 0;
};
Problem problem_of(const Case& c);

/// Cases of every pass, type and layout, with groups, flips, strides, dilations and paddings that
/// differ on every axis.
std::vector<Case> varied_cases();

/// What is wrong after a call, or "": the first element of the result that differs from the
/// definition's, a gap or an operand that was written, memory written outside the buffers.
std::string difference(const gpu::implicit_gemm::Engine& engine, const Case& c);

/// The same for images more than 2^31 elements apart; nothing where the address space is too small.
std::optional<std::string> difference_far_apart(const gpu::implicit_gemm::Engine& engine);

/// The bytes of the result for arbitrary real data from `seed`.
std::string result_bits(const gpu::implicit_gemm::Engine& engine, const Case& c,
                        std::uint32_t seed);

}  // namespace convict::implicit_gemm_on_cpu
