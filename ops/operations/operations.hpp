// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/array.hpp"
#include "ops/operations/arguments.hpp"
#include "ops/policy.hpp"

namespace convict::ops {

/// How a parameter's text is read; see Arguments.
enum class ParameterType {
  hint,
  sizes,
  integer,
  boolean,
  border_mode,
  border_mode_3d,
  ratio,
  fraction,
  precision,
  text
};
std::string_view name_of(ParameterType type);

/// One parameter, with its name in Theano and Aesara.
struct Parameter {
  std::string name;
  ParameterType type;
  std::string default_text;  ///< as Arguments reads it; empty: absent
  std::string doc;
  bool required = false;
};

using Tensors = std::map<std::string, Array>;

/// A user-level operation that can be called by name with named tensors and text parameters.
struct Operation {
  std::string name;
  std::string doc;                    ///< one sentence
  std::vector<std::string> operands;  ///< names of the tensors it takes
  std::vector<Parameter> parameters;
  std::function<Array(const Tensors&, const Arguments&, const Policy&)> run;
};

/// All operations, in the order of docs/operations.md.
std::span<const Operation> operations();

/// Throws UsageError naming the nearest operation.
const Operation& operation_named(std::string_view name);

/// Runs `operation`; parameters that are not given have their defaults. Throws UsageError for a
/// missing or unknown operand or parameter (naming the nearest), ValueError for a text that cannot
/// be read, and what the operation throws.
Array call(const Operation& operation, const Tensors& operands,
           const std::map<std::string, std::string>& parameters,
           const Policy& policy = environment_policy());

}  // namespace convict::ops
