// SPDX-License-Identifier: Apache-2.0
#include "mutants/triggers.hpp"

#include <algorithm>

#include "datasets/exact_limits.hpp"
#include "oracle/judge/buffer_layout.hpp"
#include "oracle/judge/judge.hpp"

namespace convict::mutants {
namespace {

bool any_inside(const std::vector<index_t>& table) {
  return std::ranges::any_of(table, [](index_t position) { return position >= 0; });
}

/// Compares the tables of positions() with the right ones. The axes are independent: a product
/// takes one entry from each table.
bool changes_positions(const Call& call, const Hooks& hooks) {
  bool differ = false;
  bool right_has_products = true;
  bool wrong_has_products = true;
  for (int axis = 0; axis < max_rank; ++axis) {
    const auto right = positions(call, {}, axis);
    const auto wrong = positions(call, hooks, axis);
    differ = differ || right != wrong;
    right_has_products = right_has_products && any_inside(right);
    wrong_has_products = wrong_has_products && any_inside(wrong);
  }
  return differ && (right_has_products || wrong_has_products) &&
         call.g.batch * call.g.out_channels > 0 && call.g.in_channels > 0;
}

bool changes_visits(const Call& call, const Hooks& hooks) {
  bool changed = false;
  for_each_product(call, hooks, [&](const Product& product) {
    Product sent = product;
    if (hooks.redirect != nullptr) hooks.redirect(call, sent);
    changed = sent != product || (hooks.times != nullptr && hooks.times(call, product) != 1);
    return !changed;
  });
  return changed;
}

std::vector<std::byte> memory_after(const Trial& trial, const Hooks& hooks,
                                    const datasets::Operands& operands) {
  const Problem problem = problem_of(trial);
  oracle::BufferLayout buffer_layout(problem, trial.recipe.align, 0, {.side = trial.recipe.guard});
  // A mutant that makes up strides of its own reaches memory outside of its tensors.
  constexpr std::size_t widest = 8;
  constexpr std::size_t alignment = 64;
  const auto elements = static_cast<std::size_t>(
      input_elements(trial.spec) + filter_elements(trial.spec) + output_elements(trial.spec));
  const std::size_t margin =
      (2 * buffer_layout.bytes() + widest * elements) / alignment * alignment + alignment;
  std::vector<std::byte> arena(margin + buffer_layout.bytes() + margin);
  const std::span<std::byte> tensors = std::span(arena).subspan(margin, buffer_layout.bytes());
  buffer_layout.prepare(tensors, operands, sandbox::Poison::nan);
  const sandbox::Placement& at = buffer_layout.placement();
  convolve(problem,
           {.input = tensors.data() + at.input,
            .filters = tensors.data() + at.filters,
            .output = tensors.data() + at.output},
           hooks);
  return arena;
}

bool has_data(const Trial& trial, const Claims& claims) {
  return is_valid(trial) &&
         (!datasets::fill_named(trial.recipe.fill).exact || datasets::limits_of(trial, claims));
}

}  // namespace

index_t result_elements(const Trial& trial) {
  if (!is_valid(trial)) return 0;
  switch (trial.pass) {
    case Pass::forward: return output_elements(trial.spec);
    case Pass::grad_input: return input_elements(trial.spec);
    case Pass::grad_weights: return filter_elements(trial.spec);
  }
  return 0;
}

bool is_valid(const Trial& trial) { return !why_invalid(trial.spec); }

bool has_result(const Trial& trial) { return result_elements(trial) > 0; }

bool has_products(const Trial& trial) {
  if (!is_valid(trial) || trial.recipe.alpha == 0) return false;
  const Problem problem = problem_of(trial);
  const Call call{problem, geometry_of(trial.spec)};
  bool any = false;
  for_each_product(call, {}, [&](const Product&) {
    any = true;
    return false;
  });
  return any;
}

index_t products(const Trial& trial) {
  return is_valid(trial) ? datasets::most_products(trial.spec, trial.pass) : 0;
}

bool changes_products(const Trial& trial, const Hooks& hooks) {
  if (!is_valid(trial) || trial.recipe.alpha == 0) return false;
  const Problem problem = problem_of(trial);
  const Call call{problem, geometry_of(trial.spec)};
  return changes_positions(call, hooks) || changes_visits(call, hooks);
}

bool changes_bits(const Trial& trial, const Hooks& hooks, const Claims& claims) {
  if (!has_data(trial, claims)) return false;
  const datasets::Operands operands = datasets::fill(trial, claims);
  return memory_after(trial, hooks, operands) != memory_after(trial, {}, operands);
}

}  // namespace convict::mutants
