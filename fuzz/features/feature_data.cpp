// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "fuzz/features/feature_parts.hpp"

namespace convict::fuzz::parts {
namespace {

/// Draws one of the precisions with elements of so many bytes; changes nothing when there is none.
void choose_bytes(Draft& draft, index_t bytes) {
  std::vector<Precision> fitting;
  for (const Precision precision : draft.precisions)
    if (bytes_of(precision) == bytes) fitting.push_back(precision);
  if (fitting.empty()) return;
  const auto last = static_cast<index_t>(fitting.size()) - 1;
  draft.trial.precision = fitting[static_cast<std::size_t>(draft.draw.between(0, last))];
}

}  // namespace

void sixteen_bits(Draft& draft) { choose_bytes(draft, 2); }
void double_precision(Draft& draft) { choose_bytes(draft, 8); }

void alpha(Draft& draft) {
  constexpr std::array<double, 8> values = {2, -1, 0.5, -0.25, 3, 0.1, -0.3, 70};
  draft.trial.recipe.alpha = draft.draw.one_of(values);
}
void beta(Draft& draft) {
  constexpr std::array<double, 7> values = {1, 1, 0.5, -1, 2, 0.7, 33};
  draft.trial.recipe.beta = draft.draw.one_of(values);
}
void threads(Draft& draft) {
  constexpr std::array<int, 8> counts = {2, 2, 2, 3, 3, 7, 8, most_threads};
  draft.trial.recipe.threads = draft.draw.one_of(counts);
}
/// As many threads as most machines have processors, or more, and work for all of them: a call that
/// is over in less time than a thread takes to start cannot be disturbed. On two processors an
/// update of filter gradients without a lock fails in 6 of 40 calls of this size on its own and in
/// 30 of 40 disturbed, in 1 and 2 of 40 with a tenth of the products.
void disturbed_threads(Draft& draft) {
  constexpr std::array<int, 5> counts = {2, 3, 4, 8, most_threads};
  constexpr double enough_products = 5e5;
  constexpr index_t enough_images = 16;
  constexpr index_t enough_outputs = 20;
  draft.products = std::max(draft.products, std::min(enough_products, draft.most_products));
  draft.spec().batch = std::max(draft.spec().batch, enough_images);
  draft.each_axis(
      [&](std::size_t axis) { draft.output[axis] = std::max(draft.output[axis], enough_outputs); });
  draft.trial.recipe.threads = draft.draw.one_of(counts);
  draft.trial.recipe.disturb = static_cast<std::uint32_t>(draft.draw.between(1, 1000));
}
void real_data(Draft& draft) {
  constexpr std::array<std::string_view, 9> fills = {
      "flat", "flat", "flat", "normal", "positive", "positive", "cancel", "wide", "overflow"};
  draft.trial.recipe.fill = draft.draw.one_of(fills);
}
void guarded(Draft& draft) {
  draft.trial.recipe.guard = draft.draw.chance(50) ? Guard::left : Guard::right;
}
void mantissa(Draft& draft) {
  draft.trial.recipe.fill = draft.draw.chance(50) ? "mantissa" : "mantissa_mirror";
}

}  // namespace convict::fuzz::parts
