// SPDX-License-Identifier: Apache-2.0
#include "oracle/checks/alternation.hpp"

#include <fmt/format.h>

#include "core/spec_text.hpp"
#include "oracle/checks/applicable.hpp"
#include "oracle/judge/layers.hpp"

namespace convict::oracle {

Verdict too_many_products() {
  return unsupported(history_layer,
                     "too many products are summed in one element for exact operands");
}

std::optional<RepeatedProblem> first_call_of(RepeatedCalls& repeated_calls, const Trial& other,
                                             std::optional<Verdict>& finding) {
  if (too_much_work(other.spec)) return std::nullopt;
  auto repeated = repeated_calls.prepare(other);
  if (!repeated) return std::nullopt;
  finding = repeated_calls.call(*repeated, other, "another problem, " + to_string(other.spec),
                                Expect::same_bits);
  if (!finding) return repeated;
  if (finding->outcome == Outcome::unsupported) finding.reset();
  return std::nullopt;
}

std::optional<Verdict> Alternation::begin() {
  if (!first_) return too_many_products();
  return calls_.call(*first_, trial_, "the first call", Expect::same_bits);
}

std::optional<Verdict> Alternation::with(const Trial& other, const std::string& what) {
  std::optional<Verdict> finding;
  auto repeated = first_call_of(calls_, other, finding);
  if (finding || !repeated) return finding;
  ++taken_;
  Trial shown = other;
  shown.recipe.check = Recipe{}.check;
  const std::string text = to_string(shown);
  const auto first_again = [&](sandbox::Poison poison) {
    return calls_.call(*first_, trial_,
                       fmt::format("the same call after a call with {} ({})", what, text),
                       Expect::same_bits, poison);
  };
  if (auto verdict = first_again(sandbox::Poison::finite)) return verdict;
  if (auto verdict = calls_.call(
          *repeated, other, fmt::format("{} after a call with {}", text, what), Expect::same_bits))
    return verdict;
  return first_again(sandbox::Poison::nan);
}

Verdict Alternation::verdict(const std::string& when_none) const {
  return taken_ > 0 ? calls_.verdict() : unsupported(history_layer, when_none);
}

}  // namespace convict::oracle
