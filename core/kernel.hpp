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
  void* plan = nullptr;    ///< what the row's `plan` made for this problem
};

/// What a kernel computes with, as far as rounding goes.
struct Arithmetic {
  enum class Class { direct, winograd, fft };
  Class kind = Class::direct;
  int tile = 0;  ///< Winograd F(tile, taps)
  int taps = 0;
};
constexpr Arithmetic winograd(int tile, int taps) {
  return {Arithmetic::Class::winograd, tile, taps};
}

/// What a row promises of itself. Claims select the bound; probes check them.
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
  /// On a GPU: what it enqueues can be recorded as a graph; it neither waits nor allocates.
  bool recordable = true;
};

enum class DeviceKind { cpu, gpu };

/// A kernel row: a name, what it accepts, what it claims, and how to call it.
struct Kernel {
  std::string name{};  ///< folder.kernel
  DeviceKind device = DeviceKind::cpu;
  std::vector<Pass> passes = {Pass::forward, Pass::grad_input, Pass::grad_weights};
  std::vector<Precision> precisions = {Precision::f32};
  bool any_strides = false;  ///< false: only dense NCHW
  Claims claims{};
  /// Why the row cannot run on this machine whatever the problem ("no CUDA device", a library that
  /// is missing), or nothing. Empty: it can.
  std::function<std::optional<std::string>()> absent{};
  /// Why this row does not take the problem (it may be invalid), or nothing. Called through
  /// `refusal`.
  std::function<std::optional<std::string>(const Problem&)> refuses{};
  /// Bytes of workspace for a problem it takes. Empty: none.
  std::function<std::size_t(const Problem&)> workspace_bytes{};
  /// What `run` needs to know of a problem it takes and need not work out at every call. It serves
  /// equal problems only. Empty: nothing. Whoever calls `run` has it made and keeps it.
  std::function<std::shared_ptr<void>(const Problem&)> plan{};
  /// Throws KernelError when it fails of its own accord.
  std::function<void(const Problem&, const Buffers&)> run{};
};

/// Why the row cannot run on this machine, or nothing.
std::optional<std::string> absence(const Kernel& kernel);

/// The row's passes and precisions first, then its absence, its `refuses`, and its layout (only a
/// valid spec has one).
std::optional<std::string> refusal(const Kernel& kernel, const Problem& problem);

std::size_t workspace_bytes(const Kernel& kernel, const Problem& problem);

/// The start of every built-in row's `refuses`: an invalid spec is refused with why_invalid's
/// words.
std::optional<std::string> refuse_invalid(const Problem& problem);

}  // namespace convict
