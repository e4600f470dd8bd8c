// SPDX-License-Identifier: Apache-2.0
// Faults that depend on earlier calls: right on a first call, wrong after others. The state is kept
// per thread, so that a sequence of calls always has the same outcome.
#include <algorithm>
#include <optional>
#include <string>

#include "core/spec_text.hpp"
#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

constexpr Hooks leaves_first{
    .leaves = [](const Call&, const ResultElement& element) { return element.number == 0; }};
constexpr Hooks misses_first_column{
    .times = [](const Call&, const Product& product) { return product.y[4] == 0 ? 0 : 1; }};

void wrong_after_ten_calls(const Problem& problem, const Buffers& buffers) {
  static thread_local int calls = 0;
  calls = std::min(calls + 1, 11);
  convolve(problem, buffers, calls > 10 ? misses_first_column : Hooks{});
}

void wrong_every_seventh_call(const Problem& problem, const Buffers& buffers) {
  static thread_local int calls = 0;
  calls = (calls + 1) % 7;
  convolve(problem, buffers, calls == 0 ? leaves_first : Hooks{});
}

/// Reuses the plan of the last call if the specs are equal after `forget` has reset a parameter of
/// both.
template <void (*forget)(ConvSpec&)>
void with_stale_plan(const Problem& problem, const Buffers& buffers) {
  static thread_local std::optional<ConvSpec> planned_for;
  static thread_local Geometry plan{};
  const auto key = [](ConvSpec spec) {
    forget(spec);
    return spec;
  };
  if (!planned_for || key(*planned_for) != key(problem.spec)) {
    planned_for = problem.spec;
    plan = geometry_of(problem.spec);
  }
  constexpr Hooks hooks{.position = [](const Call&, int axis, index_t out, index_t tap) {
    return plan.input_position(axis, out, tap);
  }};
  convolve(problem, buffers, hooks);
}
void forget_stride(ConvSpec& spec) { spec.stride = {1, 1, 1}; }
void forget_dilation(ConvSpec& spec) { spec.dilation = {1, 1, 1}; }
void forget_padding(ConvSpec& spec) {
  spec.border = BorderMode::none;
  spec.padding = {};
}
void forget_flip(ConvSpec& spec) { spec.flip = false; }

void with_stale_alpha(const Problem& problem, const Buffers& buffers) {
  static thread_local std::optional<ConvSpec> planned_for;
  static thread_local double alpha = 1;
  if (planned_for != problem.spec) {
    planned_for = problem.spec;
    alpha = problem.alpha;
  }
  Problem taken = problem;
  taken.alpha = alpha;
  convolve(taken, buffers);
}

/// The problem as text.
std::string key_of(const Problem& problem) {
  std::string key = to_string(Trial{problem.spec, problem.pass, problem.precision, {}});
  for (const index_t stride : problem.shapes.input.strides) key += ' ' + std::to_string(stride);
  for (const index_t stride : problem.shapes.filters.strides) key += ' ' + std::to_string(stride);
  return key + ' ' + std::to_string(problem.alpha) + ' ' + std::to_string(problem.beta);
}

std::vector<std::byte> copy_of(const void* tensor, index_t span, Precision precision) {
  const auto* const bytes = static_cast<const std::byte*>(tensor);
  return {bytes, bytes + span * bytes_of(precision)};
}

/// Packs filters once and keeps them while the problem stays the same, even if their values change.
void keeps_packed_filters(const Problem& problem, const Buffers& buffers) {
  static thread_local std::string packed_for;
  static thread_local std::vector<std::byte> packed;
  if (problem.pass == Pass::grad_weights) return convolve(problem, buffers);
  if (std::string key = key_of(problem); key != packed_for) {
    packed = copy_of(buffers.filters, problem.shapes.filters.span(), problem.precision);
    packed_for = std::move(key);
  }
  Buffers taken = buffers;
  taken.filters = packed.data();
  convolve(problem, taken);
}
bool has_filters_to_pack(const Trial& trial) {
  return trial.pass != Pass::grad_weights && has_products(trial);
}

/// Returns the result of the last call if the problem is the same.
void remembers_result(const Problem& problem, const Buffers& buffers) {
  static thread_local std::string cached_for;
  static thread_local std::vector<std::byte> cached;
  std::string key = key_of(problem) + ' ' + std::to_string(problem.shapes.output.strides[3]) + ' ' +
                    std::to_string(problem.shapes.output.strides[4]);
  void* const result = result_of(problem, buffers);
  const bool keeps = problem.shapes.output.span() == problem.shapes.output.elements() &&
                     problem.shapes.input.span() == problem.shapes.input.elements();
  if (keeps && key == cached_for) {
    std::ranges::copy(cached, static_cast<std::byte*>(result));
    return;
  }
  convolve(problem, buffers);
  if (!keeps) return;
  cached = copy_of(result, result_span(problem), problem.precision);
  cached_for = std::move(key);
}
bool has_memorable_result(const Trial& trial) {
  if (!has_result(trial)) return false;
  const TensorShapes shapes = problem_of(trial).shapes;
  return shapes.output.span() == shapes.output.elements() &&
         shapes.input.span() == shapes.input.elements() &&
         (has_products(trial) || trial.recipe.beta != 0);
}

/// A padding border that is cleared only once: after a larger image it holds image data.
constexpr Hooks stale_border{.position = [](const Call& call, int axis, index_t out, index_t tap) {
  const index_t last = call.g.input[static_cast<std::size_t>(axis)] - 1;
  return std::clamp(right_position(call, axis, out, tap), index_t{0}, std::max(last, index_t{0}));
}};
void keeps_border_of_larger_image(const Problem& problem, const Buffers& buffers) {
  static thread_local index_t largest = 0;
  const index_t elements = problem.shapes.input.elements();
  const bool shrunk = elements < largest;
  largest = elements;
  convolve(problem, buffers, shrunk ? stale_border : Hooks{});
}

/// Writes at most as many elements as the previous call's result had.
void sized_by_last_call(const Problem& problem, const Buffers& buffers) {
  static thread_local index_t room = 0;
  static thread_local index_t last = 0;
  room = last > 0 ? last : result_span(problem);
  last = result_span(problem);
  constexpr Hooks hooks{
      .leaves = [](const Call&, const ResultElement& element) { return element.number >= room; }};
  convolve(problem, buffers, hooks);
}
bool has_two_elements(const Trial& trial) { return result_elements(trial) > 1; }

/// An accumulator that is cleared only when the problem changes: a repeated call adds the sums
/// again.
void clears_accumulator_once(const Problem& problem, const Buffers& buffers) {
  static thread_local std::string made_for;
  std::string key = key_of(problem);
  const bool again = key == made_for;
  made_for = std::move(key);
  constexpr Hooks twice{.times = [](const Call&, const Product&) { return 2; }};
  convolve(problem, buffers, again ? twice : Hooks{});
}

}  // namespace

std::vector<Mutant> history_mutants() {
  return {
      mutant({"wrong_after_ten_calls", "computes wrong values from the eleventh call on", "CACHE",
              "many_calls", "n2_c3_i9x8_k5_f3x2_s2x1_d1x2_p1/forward/f32/check=many_calls"},
             wrong_after_ten_calls, has_products),
      mutant({"wrong_every_seventh_call", "leaves an element unwritten in every seventh call",
              "RACE", "many_calls", "n2_c3_i9x8_k5_f3x2_s2x1_d1x2_p1/forward/f32/check=many_calls"},
             wrong_every_seventh_call, has_result),
      mutant({"plan_without_stride", "reuses a plan for another stride", "CACHE", "other_problem",
              "n2_c3_i9x8_k5_f3x2_s2x1_d1x2_p1/forward/f32/seed=3,check=other_problem"},
             with_stale_plan<forget_stride>, has_products),
      mutant(
          {"plan_without_dilation", "reuses a plan for another dilation", "CACHE", "other_problem",
           "n2_c3_i9x8_k5_f3x2_s2x1_d1x2_p1/forward/f32/seed=4,check=other_problem"},
          with_stale_plan<forget_dilation>, has_products),
      mutant({"plan_without_padding", "reuses a plan for another padding", "CACHE", "other_problem",
              "n2_c3_i9x8_k5_f3x2_s2x1_d1x2_p1/forward/f32/seed=5,check=other_problem"},
             with_stale_plan<forget_padding>, has_products),
      mutant({"plan_without_flip", "reuses a plan for the other flip", "CACHE", "other_problem",
              "n2_c3_i9x8_k5_f3x2_s2x1_d1x2_p1/forward/f32/seed=13,check=other_problem"},
             with_stale_plan<forget_flip>, has_products),
      mutant({"plan_without_alpha", "reuses a plan for another alpha", "CACHE", "scaling",
              "n2_c3_i9x8_k5_f3x2_s2x1_d1x2_p1/forward/f32/check=scaling"},
             with_stale_alpha, has_products),
      mutant({"keeps_packed_filters", "packs filters once and misses later changes of their values",
              "CACHE", "linear_in_second",
              "n2_c3_i9x8_k5_f3x2_s2x1_d1x2_p1/forward/f32/check=linear_in_second"},
             keeps_packed_filters, has_filters_to_pack),
      mutant(
          {"remembers_result", "returns the previous result for a repeated problem", "CACHE",
           "linear_in_first", "n2_c3_i9x8_k5_f3x2_s2x1_d1x2_p1/forward/f32/check=linear_in_first"},
          remembers_result, has_memorable_result),
      mutant({"keeps_border_of_larger_image",
              "reads old image data as padding after a call with a larger image", "CACHE",
              "other_problem", "n2_c3_i9x8_k5_f3x2_s2x1_d1x2_p1/forward/f32/check=other_problem"},
             keeps_border_of_larger_image, changes_products<stale_border>),
      mutant({"sized_by_last_call",
              "writes at most as many elements as the previous call's result had", "CACHE",
              "other_problem", "n2_c3_i9x8_k5_f3x2_s2x1_d1x2_p1/forward/f32/check=other_problem"},
             sized_by_last_call, has_two_elements),
      mutant({"clears_accumulator_once", "adds the previous sums again when a problem is repeated",
              "ACC", "memory safety", "n2_c3_i6x7_k5_f3x2/forward/f32"},
             clears_accumulator_once, has_products),
  };
}

}  // namespace convict::mutants
