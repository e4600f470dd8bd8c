// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/pass.hpp"
#include "core/spec.hpp"
#include "datasets/fills.hpp"

namespace convict::datasets {

/// Extents as users see them: without the axes that lifting to rank 3 adds.
std::vector<index_t> input_shape(const ConvSpec& spec);   ///< (N, C, i...)
std::vector<index_t> filter_shape(const ConvSpec& spec);  ///< (K, [o...,] C/G, f...)
std::vector<index_t> output_shape(const ConvSpec& spec);  ///< (N, K, o...)
/// The extents of the tensor that the pass writes.
std::vector<index_t> result_shape(const ConvSpec& spec, Pass pass);
/// The name of the result in files: output, grad_input or grad_weights.
std::string result_name(Pass pass);

/// An operand of a call: its name in files, its extents, and its member in Operands.
struct OperandSlot {
  std::string name;
  std::vector<index_t> extents;
  std::vector<double> Operands::*values;
};

/// forward reads input and filters; grad_input filters and grad_output; grad_weights input and
/// grad_output; each also old_result when beta is not 0. `spec` must be valid.
std::vector<OperandSlot> operand_slots(const ConvSpec& spec, Pass pass, bool beta_nonzero);

}  // namespace convict::datasets
