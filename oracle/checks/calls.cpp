// SPDX-License-Identifier: Apache-2.0
#include "oracle/checks/calls.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/spec_text.hpp"
#include "oracle/judge/layers.hpp"

namespace convict::oracle {
namespace {

std::optional<Verdict> not_admitted(const Problem& problem, const sandbox::Admission& admission) {
  auto verdict = verdict_on(admission);
  if (verdict && admission.refusal)
    verdict->reason += fmt::format(" ({} of {})", name_of(problem.pass), to_string(problem.spec));
  return verdict;
}

}  // namespace

index_t elements_of(const ConvSpec& spec, Pass writes) {
  switch (writes) {
    case Pass::forward: return output_elements(spec);
    case Pass::grad_input: return input_elements(spec);
    case Pass::grad_weights: return filter_elements(spec);
  }
  return 0;
}

std::string_view tensor_name(Pass writes) {
  switch (writes) {
    case Pass::forward: return "output";
    case Pass::grad_input: return "input";
    case Pass::grad_weights: return "filters";
  }
  return "?";
}

std::array<Pass, 2> operands_read_by(Pass pass) {
  switch (pass) {
    case Pass::forward: return {Pass::grad_input, Pass::grad_weights};
    case Pass::grad_input: return {Pass::forward, Pass::grad_weights};
    case Pass::grad_weights: return {Pass::grad_input, Pass::forward};
  }
  return {};
}

datasets::Operands operands_for(Pass pass, const Tensors& tensors) {
  datasets::Operands operands;
  if (pass != Pass::forward) operands.output = tensors[Pass::forward];
  if (pass != Pass::grad_input) operands.input = tensors[Pass::grad_input];
  if (pass != Pass::grad_weights) operands.filters = tensors[Pass::grad_weights];
  return operands;
}

Problem problem_with(const Trial& trial, const ConvSpec& spec, Pass pass, double alpha,
                     double beta) {
  return {.spec = spec,
          .pass = pass,
          .precision = trial.precision,
          .alpha = alpha,
          .beta = beta,
          .threads = trial.recipe.threads,
          .shapes = shapes_of(spec, trial.recipe.layout, trial.recipe.pitch,
                              without_repeats(trial.recipe.steps))};
}

std::optional<Verdict> Calls::refused(const Problem& problem) {
  return not_admitted(problem, sandbox_.admit(problem));
}

Called Calls::operator()(const Problem& problem, const datasets::Operands& operands,
                         const Recipe& recipe, sandbox::Poison poison) {
  if (claims_.required_alignment > 1 && recipe.align % claims_.required_alignment != 0)
    return {.verdict = unsupported(
                refusal_layer,
                fmt::format("needs buffers aligned to {} elements", claims_.required_alignment))};
  const sandbox::Admission admission = sandbox_.admit(problem);
  if (auto verdict = not_admitted(problem, admission)) return {.verdict = std::move(verdict)};
  BufferLayout buffer_layout(problem, recipe.align, admission.workspace_bytes,
                             guarding_of(recipe, claims_));
  const std::span<std::byte> arena = sandbox_.arena(buffer_layout.bytes());
  buffer_layout.prepare(arena, operands, poison);
  if (auto verdict = verdict_on(sandbox_.run(problem, buffer_layout.placement())))
    return {.verdict = std::move(verdict)};
  if (auto what = buffer_layout.forbidden_write(arena))
    return {.verdict = decided(Outcome::fail, memory_layer, std::move(*what))};
  std::vector<std::byte> stored = buffer_layout.result(arena);
  std::vector<double> values = buffer_layout.decode(stored);
  return {.verdict = {},
          .stored = std::move(stored),
          .values = std::move(values),
          .workspace_bytes = admission.workspace_bytes};
}

}  // namespace convict::oracle
