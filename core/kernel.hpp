// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/pass.hpp"
#include "core/precision.hpp"
#include "core/problem.hpp"

namespace convict {

/// The memory of one call. The pass says which tensor is written; the other two are only read.
struct Buffers {
  void* input = nullptr;
  void* filters = nullptr;
  void* output = nullptr;
  void* workspace = nullptr;
  std::size_t workspace_bytes = 0;
  void* stream = nullptr;  ///< the device's stream; null on the CPU
  void* plan = nullptr;    ///< what Kernel::plan returned for this problem
};

/// The properties of a kernel's arithmetic that its rounding errors depend on.
struct Arithmetic {
  enum class Class { direct, winograd, fft };
  Class kind = Class::direct;
  int tile = 0;  ///< Winograd F(tile, taps)
  int taps = 0;
};
constexpr Arithmetic winograd(int tile, int taps) {
  return {Arithmetic::Class::winograd, tile, taps};
}

/// What a kernel states about its arithmetic and memory use. Claims select the error bound; probes
/// test them.
struct Claims {
  Arithmetic arithmetic{};
  std::optional<Precision> accumulator{};     ///< default: accumulator_of(precision)
  std::optional<Precision> input_rounding{};  ///< inputs are rounded to this format inside
  index_t accumulation_depth = 0;  ///< longest chain of dependent additions; 0 = all products
  bool truncating_adds = false;
  index_t truncation_block = 1;  ///< products aligned together by a truncating adder
  bool flush_to_zero = false;
  bool denormals_are_zero = false;
  bool deterministic = true;       ///< same bits for same operands, whatever the thread count
  index_t required_alignment = 1;  ///< in elements
  index_t over_read = 0;           ///< elements it may read behind a buffer
  /// On a GPU: the work it enqueues can be recorded as a graph; it neither waits nor allocates.
  bool recordable = true;
};

enum class DeviceKind { cpu, gpu };

/// A kernel: its name, what it accepts, what it claims, and how to call it.
struct Kernel {
  std::string name{};  ///< folder.kernel
  DeviceKind device = DeviceKind::cpu;
  std::vector<Pass> passes = {Pass::forward, Pass::grad_input, Pass::grad_weights};
  std::vector<Precision> precisions = {Precision::f32};
  bool any_strides = false;  ///< any strides that are at least 1; false: only dense `layouts`
  std::vector<Layout> layouts = {Layout::nchw};  ///< read only where any_strides is false
  bool zero_strides = false;      ///< with any_strides: operands may be repeated (stride 0)
  bool negative_strides = false;  ///< with any_strides: axes may be reversed
  Claims claims{};
  /// Why the kernel cannot run any problem on this machine ("no CUDA device", a missing library),
  /// or nothing. An empty function: it can run.
  std::function<std::optional<std::string>()> absent{};
  /// Why the kernel does not take the problem, which may be invalid, or nothing. Called through
  /// `refusal`.
  std::function<std::optional<std::string>(const Problem&)> refuses{};
  /// Bytes of workspace for a problem that the kernel takes. An empty function: none.
  std::function<std::size_t(const Problem&)> workspace_bytes{};
  /// Prepares what `run` needs for a problem that the kernel takes and would otherwise work out in
  /// every call. The plan is valid for equal problems only. The caller of `run` makes it once,
  /// keeps it alive and passes it in Buffers::plan. An empty function: there is no plan.
  std::function<std::shared_ptr<void>(const Problem&)> plan{};
  /// Computes the pass. Throws KernelError when the kernel reports a failure.
  std::function<void(const Problem&, const Buffers&)> run{};
};

/// Why the kernel cannot run on this machine, or nothing.
std::optional<std::string> absence(const Kernel& kernel);

/// Why the kernel does not take the problem, or nothing. Checks, in this order: passes, precisions,
/// `absence`, zero and negative strides, `refuses`, and the layout (only a valid spec has one).
std::optional<std::string> refusal(const Kernel& kernel, const Problem& problem);

std::size_t workspace_bytes(const Kernel& kernel, const Problem& problem);

/// The text of why_invalid for an invalid spec, or nothing. The `refuses` of every built-in kernel
/// starts with it.
std::optional<std::string> refuse_invalid(const Problem& problem);

}  // namespace convict
