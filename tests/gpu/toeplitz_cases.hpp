// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/kernel.hpp"
#include "gpu/toeplitz/toeplitz.hpp"

namespace convict {

/// A call on integers small enough that every sum is exact in f32: only the result is rounded.
struct ToeplitzCase {
  ConvSpec spec{};
  Pass pass = Pass::forward;
  Precision precision = Precision::f32;
  double alpha = 1, beta = 0;
  index_t chunk_bytes = gpu::usual_chunk_bytes;
};

std::string text_of(const ToeplitzCase& it);
Problem problem_of(const ToeplitzCase& it);

/// A random case of a few hundred elements, with chunks from a single column to the whole problem.
ToeplitzCase draw_case(std::uint64_t seed);

/// Runs the case in guarded memory; the workspace, and a result that must not be read, are full of
/// NaN. Returns what is wrong, or "": a step refused, memory outside written, an operand changed, a
/// part of the workspace not used, or a result that is not the truth rounded once.
std::string run_on(gpu::Queue& queue, const ToeplitzCase& it);

/// The same for another way to make the call, with `workspace_bytes` of workspace, in which the
/// part of the algorithm starts at `algorithms_part(workspace)`.
struct ToeplitzCaller {
  std::function<std::size_t(const gpu::ToeplitzPlan&)> workspace_bytes;
  std::function<std::byte*(std::byte* workspace)> algorithms_part;
  std::function<void(const gpu::ToeplitzPlan&, const Buffers&)> call;
};
std::string run_with(const ToeplitzCaller& caller, const ToeplitzCase& it);

}  // namespace convict
