// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cudnn_graph.h>

#include <optional>
#include <string>
#include <vector>

#include "core/precision.hpp"
#include "gpu/cudnn/choice.hpp"

namespace convict::gpu::cudnn {

/// cuDNN's notes on an engine for one operation graph.
struct Notes {
  std::vector<cudnnBackendNumericalNote_t> numerical;
  std::vector<cudnnBackendBehaviorNote_t> behaviour;

  bool has(cudnnBackendNumericalNote_t note) const;
};

/// "TENSOR_CORE RUNTIME_COMPILATION", "none".
std::string to_string(const Notes& notes);
std::string name_of(cudnnBackendNumericalNote_t note);

/// Notes that an engine must not have when it computes in `precision`:
///   all but f16a16  REDUCED_PRECISION_REDUCTION: sums must have the type accumulator_of names
///   all             DOWN_CONVERT_INPUTS: cuDNN does not say to what. f32 tensors reach the tensor
///                   cores as tf32 without this note, so for tf32 it means something narrower
///   f32             TENSOR_CORE: on f32 tensors that is tf32
/// f64 may have TENSOR_CORE: the f64 ones round as IEEE 754 says (Fasi, Higham, Mikaitis and
/// Pranesh, Numerical behavior of NVIDIA tensor cores, PeerJ CS 7, 2021).
std::vector<cudnnBackendNumericalNote_t> forbidden_notes(Precision precision);

/// Why an engine with these notes may not be used, or nothing. FFT and WINOGRAD engines are used
/// only where the transform, or the engine itself, is asked for.
std::optional<std::string> why_forbidden(const Notes& notes, Precision precision,
                                         const Choice& choice);

/// The note that `wanted` asks for.
std::optional<cudnnBackendNumericalNote_t> note_of(Transform wanted);

}  // namespace convict::gpu::cudnn
