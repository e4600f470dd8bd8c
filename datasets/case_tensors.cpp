// SPDX-License-Identifier: Apache-2.0
#include "datasets/case_tensors.hpp"

namespace convict::datasets {
namespace {

void append_axes(std::vector<index_t>& extents, const Axes& axes, int rank) {
  extents.insert(extents.end(), axes.begin(), axes.begin() + rank);
}

}  // namespace

std::vector<index_t> input_shape(const ConvSpec& spec) {
  std::vector<index_t> extents = {spec.batch, spec.in_channels};
  append_axes(extents, spec.input, spec.rank);
  return extents;
}

std::vector<index_t> filter_shape(const ConvSpec& spec) {
  std::vector<index_t> extents = {spec.out_channels};
  if (spec.unshared) append_axes(extents, output_extents(spec), spec.rank);
  extents.push_back(spec.in_channels / spec.groups);
  append_axes(extents, spec.filter, spec.rank);
  return extents;
}

std::vector<index_t> output_shape(const ConvSpec& spec) {
  std::vector<index_t> extents = {spec.batch, spec.out_channels};
  append_axes(extents, output_extents(spec), spec.rank);
  return extents;
}

std::vector<index_t> result_shape(const ConvSpec& spec, Pass pass) {
  switch (pass) {
    case Pass::forward: return output_shape(spec);
    case Pass::grad_input: return input_shape(spec);
    case Pass::grad_weights: return filter_shape(spec);
  }
  return {};
}

std::string result_name(Pass pass) {
  return pass == Pass::forward ? "output" : std::string(name_of(pass));
}

std::vector<OperandSlot> operand_slots(const ConvSpec& spec, Pass pass, bool beta_nonzero) {
  std::vector<OperandSlot> slots;
  if (pass != Pass::grad_input) slots.push_back({"input", input_shape(spec), &Operands::input});
  if (pass != Pass::grad_weights)
    slots.push_back({"filters", filter_shape(spec), &Operands::filters});
  if (pass != Pass::forward)
    slots.push_back({"grad_output", output_shape(spec), &Operands::output});
  if (beta_nonzero)
    slots.push_back({"old_result", result_shape(spec, pass), &Operands::old_result});
  return slots;
}

}  // namespace convict::datasets
