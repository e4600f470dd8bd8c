// SPDX-License-Identifier: Apache-2.0
#include "fuzz/check_rotation.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "datasets/random.hpp"
#include "oracle/checks/checks.hpp"

namespace convict::fuzz {
namespace {

constexpr std::size_t every = 5;

/// Checks that call a kernel with the trial's own geometry and pass only.
constexpr std::array<std::string_view, 15> own_problem = {"linear_in_first",
                                                          "linear_in_second",
                                                          "additivity",
                                                          "impulse",
                                                          "permute_in_channels",
                                                          "permute_out_channels",
                                                          "permute_groups",
                                                          "repeat",
                                                          "other_problem",
                                                          "thread_counts",
                                                          "scaling",
                                                          "alignments",
                                                          "workspace",
                                                          "many_calls",
                                                          "leak"};

}  // namespace

Trial with_check(const Trial& trial, std::size_t number) {
  if (number % every != every - 1) return trial;
  // Not in turn: each of three checks would meet the same of the three passes every time.
  return oracle::under_another_check(trial, datasets::scramble(number));
}

Trial with_own_check(const Trial& trial, std::size_t number) {
  constexpr std::uint64_t any_every = 10;
  constexpr std::uint64_t most_tries = 12;
  if (number % every != every - 1) return trial;
  const std::uint64_t first = datasets::scramble(number);
  for (std::uint64_t i = 0; i < most_tries; ++i) {
    Trial checked = oracle::under_another_check(trial, datasets::scramble(first + i));
    const bool own = std::ranges::find(own_problem, checked.recipe.check) != own_problem.end();
    if (own || first % any_every == 0) return checked;
  }
  return trial;
}

}  // namespace convict::fuzz
