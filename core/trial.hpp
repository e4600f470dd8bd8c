// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/layout.hpp"
#include "core/pass.hpp"
#include "core/precision.hpp"
#include "core/spec.hpp"

namespace convict {

/// On which side of every tensor a page without access rights lies (in a worker process). `none`:
/// ordinary memory on both sides.
enum class Guard { none, left, right };
inline constexpr std::array all_guards = {Guard::none, Guard::left, Guard::right};
constexpr std::string_view name_of(Guard guard) {
  constexpr std::array<std::string_view, 3> names = {"none", "left", "right"};
  return names[static_cast<std::size_t>(guard)];
}

/// Which elements of an operand a trial keeps; all others are zero.
struct Kept {
  enum class Which { all, one, none };
  Which which = Which::all;
  std::vector<index_t> index{};  ///< of the one, as users count: (n, c, i...), (k, [o...,] c, f...)

  bool operator==(const Kept&) const = default;
};

/// The most threads that trials of convict's own ask a kernel to use; a trial that a user writes
/// may ask for more.
inline constexpr int most_threads = 16;

/// The part of a trial that is not the problem. Its text is a list of `key=value` in this order,
/// separated by commas, without defaults.
struct Recipe {
  std::string fill = "exact";  ///< the name of one of datasets::fills()
  std::uint64_t seed = 0;      ///< of every random value in the trial
  /// What is kept of the first (image-like) and of the second operand. `only=0x1x2x0:*` keeps one
  /// element of the first and all of the second; `-` keeps none.
  std::array<Kept, 2> only{};
  double alpha = 1;  ///< result = alpha * op + beta * old result
  double beta = 0;
  Layout layout = Layout::nchw;
  index_t pitch = 0;  ///< unused elements behind every row of input and output
  Steps steps{};      ///< gaps, reversed and repeated axes of each tensor
  index_t align = 0;  ///< buffers start this many elements (at most 63) behind a 64-byte boundary
  Guard guard = Guard::none;  ///< else tensors lie `align` elements from the guard page
  int threads = 1;
  std::string check = "judge";  ///< the name of one of oracle::checks()
  /// Seed of a disturbed schedule, in which the calls' threads are stopped at random moments and,
  /// for an odd seed, share one processor; 0: threads run undisturbed.
  std::uint32_t disturb = 0;

  bool operator==(const Recipe&) const = default;
};

/// One test, whose text `SPEC/pass/precision[/recipe]` is enough to carry it out again.
struct Trial {
  ConvSpec spec{};
  Pass pass = Pass::forward;
  Precision precision = Precision::f32;
  Recipe recipe{};

  bool operator==(const Trial&) const = default;
};

/// Canonical text; parse_trial(to_string(trial)) == trial for every trial.
std::string to_string(const Recipe& recipe);
std::string to_string(const Trial& trial);

/// Throws SpecError naming the token. The spec may describe no convolution: see why_invalid.
Trial parse_trial(std::string_view text);

}  // namespace convict
