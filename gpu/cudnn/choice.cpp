// SPDX-License-Identifier: Apache-2.0
#include "gpu/cudnn/choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/errors.hpp"

namespace convict::gpu::cudnn {
namespace {

struct Named {
  std::string_view name;
  Choice choice;
};

constexpr Choice without_workspace{.workspace_limit = 0};

constexpr std::array table = {
    Named{"none", without_workspace},
    Named{"small", {.workspace_limit = Choice::small_limit}},
    Named{"large", {}},
    Named{"deterministic", {}},
    Named{"fft", {.wanted = Transform::fft}},
    Named{"fft_tiling", {.wanted = Transform::fft_tiling}},
    Named{"winograd", {.wanted = Transform::winograd}},
    Named{"winograd_non_fused", {.wanted = Transform::winograd_non_fused}},
    Named{"guess_once", {.once = true}},
    Named{"guess_on_shape_change", {}},
    Named{"time_once", {.timed = true, .once = true}},
    Named{"time_on_shape_change", {.timed = true}},
};

bool any_axis(const ConvSpec& spec, const Axes& values, auto&& is) {
  return std::any_of(values.begin(), values.begin() + spec.rank, is);
}

bool is_ruled_out(Transform wanted, const ConvSpec& spec) {
  if (wanted == Transform::none) return false;
  if (spec.rank == 3) return wanted != Transform::fft_tiling;
  const bool strided = any_axis(spec, spec.stride, [](index_t stride) { return stride != 1; });
  if (wanted == Transform::fft_tiling) return strided;
  if (wanted != Transform::fft) return false;
  constexpr index_t largest_image = 1024;
  return strided ||
         any_axis(spec, spec.input, [](index_t extent) { return extent > largest_image; }) ||
         !any_axis(spec, spec.filter, [](index_t extent) { return extent != 1; });
}

}  // namespace

Choice choice_named(std::string_view algorithm) {
  const auto named = std::ranges::find(table, algorithm, &Named::name);
  if (named == table.end())
    throw InputError(fmt::format("'{}' is the name of no cuDNN algorithm", algorithm));
  return named->choice;
}

Choice with_fallbacks(const Choice& choice, const ConvSpec& spec) {
  return is_ruled_out(choice.wanted, spec) ? without_workspace : choice;
}

std::string to_string(const Choice& choice) {
  return fmt::format("engine {} transform {} deterministic {} limit {} timed {}",
                     choice.engine.value_or(-1), static_cast<int>(choice.wanted),
                     choice.deterministic, choice.workspace_limit, choice.timed);
}

}  // namespace convict::gpu::cudnn
