// SPDX-License-Identifier: Apache-2.0
#include "gpu/cudnn/notes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace convict::gpu::cudnn {
namespace {

using Note = cudnnBackendNumericalNote_t;

constexpr std::array numerical_names = {"TENSOR_CORE",
                                        "DOWN_CONVERT_INPUTS",
                                        "REDUCED_PRECISION_REDUCTION",
                                        "FFT",
                                        "NONDETERMINISTIC",
                                        "WINOGRAD",
                                        "WINOGRAD_TILE_4x4",
                                        "WINOGRAD_TILE_6x6",
                                        "WINOGRAD_TILE_13x13",
                                        "STRICT_NAN_PROP"};

constexpr std::array behaviour_names = {"RUNTIME_COMPILATION", "REQUIRES_FILTER_INT8x32_REORDER",
                                        "REQUIRES_BIAS_INT8x32_REORDER",
                                        "SUPPORTS_CUDA_GRAPH_NATIVE_API", "CUBLASLT_DEPENDENCY"};

/// A newer library may have notes that are not in the table.
template <std::size_t Count>
std::string name_at(const std::array<const char*, Count>& names, int at) {
  const auto index = static_cast<std::size_t>(at);
  return index < Count ? names[index] : fmt::format("NOTE_{}", at);
}

bool is_a_transform(const Notes& notes) {
  constexpr std::array transforms = {CUDNN_NUMERICAL_NOTE_FFT, CUDNN_NUMERICAL_NOTE_WINOGRAD,
                                     CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_4x4,
                                     CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_6x6,
                                     CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_13x13};
  return std::ranges::any_of(transforms, [&](Note note) { return notes.has(note); });
}

bool knows_all(const Notes& notes) {
  return std::ranges::all_of(notes.numerical,
                             [](Note note) { return std::size_t{note} < numerical_names.size(); });
}

}  // namespace

bool Notes::has(Note note) const { return std::ranges::find(numerical, note) != numerical.end(); }

std::string name_of(Note note) { return name_at(numerical_names, note); }

std::string to_string(const Notes& notes) {
  std::vector<std::string> names;
  for (const Note note : notes.numerical) names.push_back(name_of(note));
  for (const cudnnBackendBehaviorNote_t note : notes.behaviour)
    names.push_back(name_at(behaviour_names, note));
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, " "));
}

std::vector<Note> forbidden_notes(Precision precision) {
  std::vector<Note> forbidden = {CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS};
  if (precision != Precision::f16a16)
    forbidden.push_back(CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION);
  if (precision == Precision::f32) forbidden.push_back(CUDNN_NUMERICAL_NOTE_TENSOR_CORE);
  return forbidden;
}

std::optional<std::string> why_forbidden(const Notes& notes, Precision precision,
                                         const Choice& choice) {
  for (const Note note : forbidden_notes(precision))
    if (notes.has(note))
      return fmt::format("has note {}, which {} does not allow", name_of(note),
                         convict::name_of(precision));
  if (!knows_all(notes))
    return fmt::format("has notes this was not built to know ({})", to_string(notes));
  if (choice.deterministic && notes.has(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC))
    return "has note NONDETERMINISTIC";
  if (const auto wanted = note_of(choice.wanted); wanted && !notes.has(*wanted))
    return fmt::format("has no note {}", name_of(*wanted));
  if (is_a_transform(notes) && choice.wanted == Transform::none && !choice.engine)
    return fmt::format("transforms ({}) and nobody asked for that", to_string(notes));
  return std::nullopt;
}

std::optional<Note> note_of(Transform wanted) {
  switch (wanted) {
    case Transform::none: return std::nullopt;
    case Transform::fft:
    case Transform::fft_tiling: return CUDNN_NUMERICAL_NOTE_FFT;
    case Transform::winograd:
    case Transform::winograd_non_fused: return CUDNN_NUMERICAL_NOTE_WINOGRAD;
  }
  return std::nullopt;
}

}  // namespace convict::gpu::cudnn
