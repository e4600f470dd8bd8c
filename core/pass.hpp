// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace convict {

/// The three directions of a convolution (semantics: y = conv(x, w) and its two adjoints).
enum class Pass { forward, grad_input, grad_weights };

inline constexpr std::array all_passes = {Pass::forward, Pass::grad_input, Pass::grad_weights};

constexpr std::string_view name_of(Pass pass) {
  switch (pass) {
    case Pass::forward: return "forward";
    case Pass::grad_input: return "grad_input";
    case Pass::grad_weights: return "grad_weights";
  }
  return "?";
}

constexpr std::optional<Pass> pass_named(std::string_view name) {
  for (const Pass pass : all_passes)
    if (name_of(pass) == name) return pass;
  return std::nullopt;
}

}  // namespace convict
