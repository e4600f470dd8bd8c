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
  /// What the kernel does where an axis in `axes` cannot be transformed, because its stride or
  /// dilation is not 1 or, for Winograd, its filter extent is neither `taps` nor 1.
  enum class Fallback {
    all_axes,  ///< no axis is transformed: the whole problem is summed directly
    that_axis  ///< that axis is summed directly, and the others in `axes` are transformed
  };
  Class kind = Class::direct;
  int tile = 0;  ///< Winograd F(tile, taps)
  int taps = 0;
  /// The axes that are transformed: bit a for axis a of the three of Geometry; 0: all axes. The
  /// others are always summed directly, with any filter extent, stride and dilation.
  unsigned axes = 0;
  Fallback fallback = Fallback::all_axes;

  /// Whether axis `axis` (of the three of Geometry) may be transformed.
  constexpr bool covers(int axis) const { return axes == 0 || (axes >> axis & 1) != 0; }
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
  bool deterministic = true;  ///< equal calls with equally many threads give the same bits
  /// Calls with other thread counts give the same bits, too; means something for deterministic
  /// kernels only.
  bool same_for_threads = true;
  index_t required_alignment = 1;  ///< in elements
  index_t over_read = 0;           ///< elements it may read behind a buffer
  /// On a GPU: the work it enqueues can be recorded as a graph; it neither waits nor allocates.
  bool recordable = true;
};

/// The largest values of claims. A plug-in that makes a larger claim is not loaded; within these
/// limits no sum or product of claims and sizes of buffers overflows.
namespace claim_limits {
inline constexpr index_t winograd = 1024;              ///< tile and taps
inline constexpr index_t products = index_t{1} << 40;  ///< accumulation_depth, truncation_block
inline constexpr index_t required_alignment = 4096;    ///< in elements; a power of two
inline constexpr index_t over_read = 4096;             ///< in elements
}  // namespace claim_limits

enum class DeviceKind { cpu, gpu };

/// A kernel: its name, what it accepts, what it claims, and how to call it.
struct Kernel {
  std::string name{};  ///< folder.kernel
  DeviceKind device = DeviceKind::cpu;
  std::vector<Pass> passes = {Pass::forward, Pass::grad_input, Pass::grad_weights};
  std::vector<Precision> precisions = {Precision::f32};
  bool any_strides = false;  ///< any strides that are at least 1; false: only dense `layouts`
  std::vector<Layout> layouts = {Layout::nchw};  ///< read only where any_strides is false
  bool zero_strides = false;          ///< with any_strides: operands may be repeated (stride 0)
  bool negative_strides = false;      ///< with any_strides: axes may be reversed
  std::optional<ConvSpec> example{};  ///< a problem that it takes, as a hint
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
  /// Computes the pass. Throws KernelError when the kernel reports a failure, LateRefusal when it
  /// finds out only now that it does not take the problem.
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
