// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/command.hpp"
#include "core/errors.hpp"
#include "datasets/hdf5/hdf5_store.hpp"
#include "datasets/operand_files.hpp"
#include "ops/operations/operations.hpp"

namespace convict::cli {
namespace {

constexpr Manual overview = {
    .usage = "convict op NAME --in OPERANDS.h5 --out RESULT.h5 [--PARAMETER VALUE]...",
    .purpose =
        "Runs one operation of Theano's and Aesara's convolution interface. Its tensors are "
        "datasets of OPERANDS.h5 under\ntheir names there; parameters have the names and defaults "
        "they have "
        "there, tuples are written 2,1 or ((1,2),0).\nThe result is the dataset `result`. "
        "CONVICT_FLAGS selects the implementation.",
    .examples =
        "  convict op conv2d --in operands.h5 --out y.h5 --border_mode half --subsample 2,1\n"
        "  convict op conv2d --help\n"
        "  CONVICT_FLAGS=optimizer_excluding=conv_gemm convict op conv2d --in o.h5 --out y.h5\n"};

std::string signature(const ops::Operation& operation) {
  return fmt::format("{}({})", operation.name, fmt::join(operation.operands, ", "));
}

void print_overview() {
  fmt::print(
      "usage: {}\n\n{}\n\nOperations (tensors in parentheses; NAME --help shows parameters):\n",
      overview.usage, overview.purpose);
  for (const ops::Operation& operation : ops::operations())
    fmt::print("  {:<56} {}\n", signature(operation), operation.doc);
  fmt::print("\nExamples:\n{}", overview.examples);
}

options::options_description parameters_of(const ops::Operation& operation) {
  options::options_description visible;
  visible.add_options()(
      "in", options::value<std::string>()->value_name("FILE")->required(),
      fmt::format("HDF5 file with {}", fmt::join(operation.operands, ", ")).c_str())(
      "out", options::value<std::string>()->value_name("FILE")->required(),
      "HDF5 file for the dataset `result`");
  for (const ops::Parameter& parameter : operation.parameters) {
    const std::string standard = parameter.required ? "; required"
                                 : parameter.default_text.empty()
                                     ? ""
                                     : fmt::format("; default {}", parameter.default_text);
    visible.add_options()(
        parameter.name.c_str(), options::value<std::string>(),
        fmt::format("{} ({}{})", parameter.doc, name_of(parameter.type), standard).c_str());
  }
  return visible;
}

ops::Tensors read_tensors(const std::string& path, const ops::Operation& operation) {
  const datasets::Hdf5Reader file(path);
  ops::Tensors tensors;
  for (const std::string& name : operation.operands) {
    const datasets::DenseTensor stored = file.read(name);
    ops::Array tensor(stored.extents, file.info(name).precision.value_or(Precision::f64));
    for (std::size_t at = 0; at < stored.values.size(); ++at) tensor.set(at, stored.values[at]);
    tensors.emplace(name, std::move(tensor));
  }
  return tensors;
}

void write(const std::string& path, const ops::Operation& operation, const ops::Array& result) {
  std::vector<double> values(result.elements());
  for (std::size_t at = 0; at < values.size(); ++at) values[at] = result[at];
  datasets::write_result(path, {.name = "result",
                                .extents = result.shape(),
                                .values = std::move(values),
                                .precision = result.precision(),
                                .attributes = {{"operation", operation.name}}});
}

}  // namespace

int op(const Arguments& arguments) {
  if (arguments.empty())
    throw UsageError(fmt::format("NAME is missing; usage: {}", overview.usage));
  if (arguments.front() == "--help" || arguments.front() == "-h") {
    print_overview();
    return exit_fine;
  }
  const ops::Operation& operation = ops::operation_named(arguments.front());
  const std::string usage =
      fmt::format("convict op {} --in OPERANDS.h5 --out RESULT.h5 [OPTIONS]", operation.name);
  const std::string examples =
      fmt::format("  convict op {} --in operands.h5 --out result.h5\n", operation.name);
  const Manual op_manual{.usage = usage, .purpose = operation.doc, .examples = examples};
  const Parsed parsed =
      parse(Arguments(arguments.begin() + 1, arguments.end()), op_manual, parameters_of(operation));
  if (parsed.helped) return exit_fine;

  std::map<std::string, std::string> parameters;
  for (const ops::Parameter& parameter : operation.parameters)
    if (parsed.has(parameter.name.c_str()))
      parameters[parameter.name] = parsed.get<std::string>(parameter.name.c_str());
  for (const std::string& note : ops::notes(ops::environment_policy()))
    fmt::print(stderr, "convict: {}\n", note);
  const ops::Tensors tensors = read_tensors(parsed.get<std::string>("in"), operation);
  const ops::Array result = ops::call(operation, tensors, parameters);
  write(parsed.get<std::string>("out"), operation, result);
  fmt::print("{}: {} {}\n", signature(operation), ops::to_string(result.shape()),
             name_of(result.precision()));
  return exit_fine;
}

}  // namespace convict::cli
