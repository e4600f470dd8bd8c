// SPDX-License-Identifier: Apache-2.0
#include "core/verdict.hpp"

#include <fmt/format.h>

namespace convict {
namespace {

std::string in_quotes(std::string_view text) {
  std::string word = "'";
  for (const char letter : text) word += letter == '\'' ? "'\\''" : std::string(1, letter);
  return word + "'";
}

/// `text` as one word of a shell command: quoted when it has blanks or characters that a shell
/// interprets.
std::string shell_word(std::string_view text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:";
  const bool needs_quotes = text.empty() || text.find_first_not_of(plain) != std::string_view::npos;
  return needs_quotes ? in_quotes(text) : std::string(text);
}

}  // namespace

bool was_run(const TrialResult& result) {
  if (is_left_out(result.verdict.outcome)) return false;
  const std::string& check = result.trial.recipe.check;
  return result.calls ? *result.calls > 0 : check != "must_refuse" && check != "power";
}

std::string replay_command(std::string_view kernel, const Trial& trial) {
  return fmt::format("convict replay --kernel {} {}", shell_word(kernel),
                     in_quotes(to_string(trial)));
}

}  // namespace convict
