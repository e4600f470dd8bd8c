// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/kernel.hpp"

namespace convict::gpu::cudnn {

/// A transform that is used only where it is asked for by name.
enum class Transform { none, fft, fft_tiling, winograd, winograd_non_fused };

/// Which of cuDNN's engines may compute a problem, and how one of them is chosen. The problem's
/// precision excludes further engines (gpu/cudnn/notes.hpp).
///
/// The graph API has no algorithm names. The names of Theano's flags
/// (theano/gpuarray/cudnn_defs.py) mean here:
///   name                        engines                                                   chosen
///   none                        without workspace (IMPLICIT_GEMM and ALGO_0 had none)     guess
///   small                       with at most 64 MiB of workspace                          guess
///   large, deterministic        with any workspace up to the limit                        guess
///   fft, fft_tiling             with note FFT; where none serves, those of `none`         guess
///   winograd, winograd_non_fused  with note WINOGRAD; where none serves, those of `none`  guess
///   guess_*                     with any workspace up to the limit                        guess
///   time_*                      the same                                                  timed
/// guess: the first allowed engine that cuDNN's heuristics propose; timed: the fastest of all
/// allowed ones, on scratch operands. *_on_shape_change chooses once for every problem not seen
/// before, as every choice here does. *_once keeps the engine of the kernel's first problem, as
/// Theano's op kept its first algorithm; the workspace size is determined for every problem (Theano
/// kept that of the first one, which could be too small). Engines noted as NONDETERMINISTIC are not
/// used by default, so `deterministic` and `large` are the same; Theano's default backward
/// algorithms were not deterministic.
struct Choice {
  static constexpr std::size_t usual_limit = std::size_t{256} << 20;
  static constexpr std::size_t small_limit = std::size_t{64} << 20;

  std::optional<index_t> engine{};  ///< only the engine with this global index
  Transform wanted = Transform::none;
  bool deterministic = true;  ///< no engine noted as NONDETERMINISTIC
  std::size_t workspace_limit = usual_limit;
  bool timed = false;
  bool once = false;

  bool operator==(const Choice&) const = default;
};

/// The table above. Throws InputError for a name that is not in it.
Choice choice_named(std::string_view algorithm);

/// `choice`, or that of `none` where Theano did not ask for the transform: FFT on two axes with a
/// stride, an image extent above 1024 or 1x1 filters; FFT_TILING on two axes with a stride; on
/// three axes every transform but FFT_TILING.
Choice with_fallbacks(const Choice& choice, const ConvSpec& spec);

std::string to_string(const Choice& choice);

}  // namespace convict::gpu::cudnn
