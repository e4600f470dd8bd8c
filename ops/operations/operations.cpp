// SPDX-License-Identifier: Apache-2.0
#include "ops/operations/operations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ops/errors.hpp"
#include "ops/names.hpp"
#include "ops/operations/operation_tables.hpp"

namespace convict::ops {
namespace {

using Names = std::vector<std::string>;

template <class Entries, class Name>
Names names_of(const Entries& entries, Name name) {
  Names names;
  for (const auto& entry : entries) names.push_back(entry.*name);
  return names;
}

void check_operands(const Operation& operation, const Tensors& operands) {
  for (const auto& [name, array] : operands)
    if (!contains(operation.operands, name))
      throw_unknown(fmt::format("operand of {}", operation.name), name, operation.operands);
  for (const std::string& name : operation.operands)
    if (!operands.contains(name))
      throw UsageError(fmt::format("operand '{}' of {} is missing", name, operation.name));
}

/// These parameters belonged to an older interface; Theano and Aesara refuse them by name.
void refuse_logical_shapes(const std::string& name) {
  if (name == "imshp_logical" || name == "kshp_logical")
    throw ValueError(
        fmt::format("{} is given; only the old conv.conv2d takes logical shapes", name));
}

std::map<std::string, std::string> completed(const Operation& operation,
                                             const std::map<std::string, std::string>& given) {
  const Names names = names_of(operation.parameters, &Parameter::name);
  for (const auto& [name, text] : given) {
    if (contains(names, name)) continue;
    refuse_logical_shapes(name);
    throw_unknown(fmt::format("parameter of {}", operation.name), name, names);
  }
  std::map<std::string, std::string> texts = given;
  for (const Parameter& parameter : operation.parameters) {
    if (parameter.required && !given.contains(parameter.name))
      throw UsageError(
          fmt::format("parameter '{}' of {} is missing", parameter.name, operation.name));
    texts.emplace(parameter.name, parameter.default_text);
  }
  return texts;
}

}  // namespace

std::string_view name_of(ParameterType type) {
  switch (type) {
    case ParameterType::hint: return "shape with None for unknown sizes";
    case ParameterType::sizes: return "tuple of ints";
    case ParameterType::integer: return "int";
    case ParameterType::boolean: return "bool";
    case ParameterType::border_mode: return "border mode";
    case ParameterType::border_mode_3d: return "one or three mode names";
    case ParameterType::ratio: return "int or pair of ints";
    case ParameterType::fraction: return "pair of ints or pair of pairs";
    case ParameterType::precision: return "type";
    case ParameterType::text: return "text";
  }
  return "?";
}

std::span<const Operation> operations() {
  static const std::vector<Operation> table = [] {
    std::vector<Operation> joined = convolution_operations();
    for (auto&& more : {composed_operations(), gemm_operations(),
                        gpu_gemm_operations(device_backend()), dnn_operations(device_backend())})
      joined.insert(joined.end(), more.begin(), more.end());
    return joined;
  }();
  return table;
}

const Operation& operation_named(std::string_view name) {
  const auto found = std::ranges::find(operations(), name, &Operation::name);
  if (found == operations().end())
    throw_unknown("operation", name, names_of(operations(), &Operation::name));
  return *found;
}

Array call(const Operation& operation, const Tensors& operands,
           const std::map<std::string, std::string>& parameters, const Policy& policy) {
  check_operands(operation, operands);
  return operation.run(operands, Arguments(completed(operation, parameters)), policy);
}

}  // namespace convict::ops
