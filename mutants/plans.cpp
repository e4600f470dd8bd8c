// SPDX-License-Identifier: Apache-2.0
// Plans and caches whose key leaves out a part of the problem, and operands that are remembered by
// their place. The state is kept per thread, as in history.cpp.
#include <algorithm>
#include <optional>
#include <utility>

#include "core/half.hpp"
#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

/// The problem that the latest plan was made for. A plan is reused for every problem that is equal
/// to it after `forget` has reset a part of both.
template <void (*forget)(Problem&)>
const Problem& planned(const Problem& problem) {
  static thread_local std::optional<Problem> plan;
  const auto key = [](Problem taken) {
    taken.shapes = {};
    forget(taken);
    return taken;
  };
  const auto equal = [&](const Problem& a, const Problem& b) {
    return a.spec == b.spec && a.pass == b.pass && a.precision == b.precision &&
           a.alpha == b.alpha && a.beta == b.beta && a.threads == b.threads;
  };
  if (!plan || !equal(key(*plan), key(problem))) plan = problem;
  return *plan;
}

/// The plan of the call under way, for the hooks.
thread_local const Problem* latest = nullptr;

template <void (*forget)(Problem&), const Hooks& hooks>
void with_plan(const Problem& problem, const Buffers& buffers) {
  latest = &planned<forget>(problem);
  convolve(problem, buffers, hooks);
}

void forget_batch(Problem& p) { p.spec.batch = 1; }
void forget_in_channels(Problem& p) { p.spec.in_channels = p.spec.groups; }
void forget_out_channels(Problem& p) { p.spec.out_channels = p.spec.groups; }
void forget_groups(Problem& p) { p.spec.groups = 1; }
void forget_filter(Problem& p) { p.spec.filter = {1, 1, 1}; }
void forget_extents(Problem& p) { p.spec.input = {1, 1, 1}; }
void forget_pass(Problem& p) { p.pass = Pass::forward; }
void forget_precision(Problem& p) { p.precision = Precision::f32; }
void forget_nothing(Problem&) {}

constexpr Hooks planned_images{.times = [](const Call&, const Product& product) {
  return product.x[0] < latest->spec.batch ? 1 : 0;
}};
constexpr Hooks planned_in_channels{.times = [](const Call&, const Product& product) {
  return product.w[4] < latest->spec.in_channels / latest->spec.groups ? 1 : 0;
}};
constexpr Hooks planned_out_channels{.times = [](const Call&, const Product& product) {
  return product.w[0] < latest->spec.out_channels ? 1 : 0;
}};
/// The channels of the group that the output channel had in the plan.
constexpr Hooks planned_groups{.times = [](const Call& call, const Product& product) {
  const index_t first =
      product.w[0] / std::max<index_t>(latest->spec.out_channels / latest->spec.groups, 1);
  return first == product.w[0] / call.g.group_out_channels ? 1 : 2;
}};
constexpr Hooks planned_taps{.times = [](const Call&, const Product& product) {
  const Axes& taps = geometry_of(latest->spec).filter;
  return product.w[5] < taps[0] && product.w[6] < taps[1] && product.w[7] < taps[2] ? 1 : 0;
}};
constexpr Hooks planned_extents{.times = [](const Call&, const Product& product) {
  const Axes input = geometry_of(latest->spec).input;
  return product.x[2] < input[0] && product.x[3] < input[1] && product.x[4] < input[2] ? 1 : 0;
}};
/// As many elements are written as the result of the planned pass has.
constexpr Hooks planned_result{.leaves = [](const Call&, const ResultElement& element) {
  Trial plan{.spec = latest->spec, .pass = latest->pass};
  return element.number >= result_elements(plan);
}};
constexpr Hooks planned_format{.finish = [](const Problem&, double value) {
  return round_to(format_of(latest->precision), value);
}};

/// Reads the input with the strides of the plan where both inputs take the same memory.
void with_stale_layout(const Problem& problem, const Buffers& buffers) {
  const Problem& plan = planned<forget_nothing>(problem);
  Problem taken = problem;
  const auto same_memory = [](const auto& a, const auto& b) {
    return a.extents == b.extents && a.span() == b.span();
  };
  if (same_memory(plan.shapes.input, problem.shapes.input)) taken.shapes.input = plan.shapes.input;
  convolve(taken, buffers);
}
bool has_image_and_channels(const Trial& trial) {
  return has_products(trial) && trial.recipe.pitch == 0 && trial.spec.in_channels > 1;
}

/// Keeps a copy of the first operand for as long as the problem stays the same, and takes new
/// values only from the place where it saw it first.
void remembers_a_place(const Problem& problem, const Buffers& buffers) {
  static thread_local std::optional<std::pair<Problem, const void*>> seen;
  static thread_local std::vector<std::byte> copy;
  const bool reads_input = problem.pass != Pass::grad_input;
  const void* const place = reads_input ? buffers.input : buffers.output;
  const index_t span = reads_input ? problem.shapes.input.span() : problem.shapes.output.span();
  const bool same = seen && seen->first.spec == problem.spec && seen->first.pass == problem.pass &&
                    seen->first.precision == problem.precision &&
                    copy.size() == static_cast<std::size_t>(span * bytes_of(problem.precision));
  if (!same || seen->second == place) {
    seen = {problem, place};
    const auto* const bytes = static_cast<const std::byte*>(place);
    copy.assign(bytes, bytes + span * bytes_of(problem.precision));
  }
  Buffers taken = buffers;
  (reads_input ? taken.input : taken.output) = copy.data();
  convolve(problem, taken);
}

/// After a problem with more channels and larger images, the last channel is missing.
constexpr Hooks misses_last_channel{.times = [](const Call& call, const Product& product) {
  return product.w[4] == call.g.group_in_channels - 1 ? 0 : 1;
}};
void wrong_after_larger(const Problem& problem, const Buffers& buffers) {
  static thread_local index_t channels = 0;
  static thread_local index_t extent = 0;
  const Geometry g = geometry_of(problem.spec);
  const index_t positions = g.input[0] * g.input[1] * g.input[2];
  const bool shrunk = channels > problem.spec.in_channels && extent > positions;
  channels = problem.spec.in_channels;
  extent = positions;
  convolve(problem, buffers, shrunk ? misses_last_channel : Hooks{});
}

constexpr auto between = "n2_c4_i9x8_k6_f3x2_s2x1_d1x2_p1/forward/f32/check=other_problem";
constexpr auto kinds = "n2_c4_i9x8_k6_f3x2_s2x1_d1x2_p1/forward/f32/check=other_kind";

bool has_groups_to_change(const Trial& trial) {
  return has_products(trial) && trial.spec.out_channels % 2 == 0 && trial.spec.in_channels % 2 == 0;
}

}  // namespace

std::vector<Mutant> plan_mutants() {
  return {
      mutant({"plan_without_batch", "reuses a plan for another number of images", "CACHE",
              "other_problem", between},
             with_plan<forget_batch, planned_images>, has_products),
      mutant({"plan_without_in_channels", "reuses a plan for another number of input channels",
              "CACHE", "other_problem", between},
             with_plan<forget_in_channels, planned_in_channels>, has_products),
      mutant({"plan_without_out_channels", "reuses a plan for another number of output channels",
              "CACHE", "other_problem", between},
             with_plan<forget_out_channels, planned_out_channels>, has_products),
      mutant({"plan_without_groups", "reuses a plan for other groups", "CACHE", "other_problem",
              "n2_c4_i9x8_k6_f3x2_s2x1_d1x2_p1/forward/f32/seed=1,check=other_problem"},
             with_plan<forget_groups, planned_groups>, has_groups_to_change),
      mutant({"plan_without_filter", "reuses a plan for another filter extent", "CACHE",
              "other_problem",
              "n2_c4_i9x8_k6_f3x2_s2x1_d1x2_p1/forward/f32/seed=3,check=other_problem"},
             with_plan<forget_filter, planned_taps>, has_products),
      mutant({"plan_without_extents", "reuses a plan for another image extent", "CACHE",
              "other_problem",
              "n2_c4_i9x8_k6_f3x2_s2x1_d1x2_p1/forward/f32/seed=2,check=other_problem"},
             with_plan<forget_extents, planned_extents>, has_products),
      mutant({"plan_without_pass", "reuses a plan for another pass", "CACHE", "other_kind", kinds},
             with_plan<forget_pass, planned_result>, has_result),
      mutant(
          {"plan_without_precision", "reuses a plan for another precision", "CACHE", "other_kind",
           "n2_c4_i9x8_k6_f3x2_s2x1_d1x2_p1/forward/f32/fill=flat,seed=2,check=other_kind"},
          with_plan<forget_precision, planned_format>, has_products),
      mutant({"plan_without_layout", "reuses a plan for another layout", "CACHE", "other_kind",
              "n2_c4_i9x8_k6_f3x2_s2x1_d1x2_p1/forward/f32/seed=5,check=other_kind"},
             with_stale_layout, has_image_and_channels),
      mutant({"remembers_a_place", "misses new values of an operand in another place", "CACHE",
              "moving_buffers", "n2_c4_i9x8_k6_f3x2_s2x1_d1x2_p1/forward/f32/check=moving_buffers"},
             remembers_a_place, has_products),
      mutant({"wrong_after_larger",
              "leaves out a channel after a call with more channels and larger images", "CACHE",
              "larger_problem", "n2_c4_i9x8_k6_f3x2_s2x1_d1x2_p1/forward/f32/check=larger_problem"},
             wrong_after_larger, has_products),
  };
}

}  // namespace convict::mutants
