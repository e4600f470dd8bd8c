// SPDX-License-Identifier: Apache-2.0
// The program that hdf5_interop_test.py calls: it writes files for h5py and reads those of h5py.
//   hdf5_interop write FILE                       known values in every precision
//   hdf5_interop golden FILE                      one golden case
//   hdf5_interop read FILE DATASET                precision, extents, values
//   hdf5_interop attribute FILE OBJECT NAME       a text attribute
//   hdf5_interop operands FILE SPEC PASS BETA     precision, operands by slot
// Bad input: the message on standard error and exit code 2.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "datasets/golden.hpp"
#include "datasets/hdf5/hdf5_store.hpp"
#include "datasets/operand_files.hpp"

using namespace convict;
using namespace convict::datasets;

namespace {

using Arguments = std::vector<std::string>;

std::string_view precision_text(std::optional<Precision> precision) {
  return precision ? name_of(*precision) : "integer";
}

void print_values(const std::vector<double>& values) {
  for (const double value : values) fmt::print("{:a}\n", value);
}

void write(const Arguments& arguments) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> values = {
      1,         -0.0,     0x1p-24, -1.5,
      -infinity, infinity, 0x1p-14, std::numeric_limits<double>::quiet_NaN()};
  const std::vector<index_t> extents = {2, 4};
  Hdf5Writer file(arguments.at(0));
  file.write_attribute("/", "text", "zwölf");
  file.write_attribute("/", "number", index_t{-12});
  for (const Precision precision : all_precisions)
    file.write(fmt::format("/group/{}", name_of(precision)), extents, values, precision);
  file.write("/large", std::vector<index_t>{300, 1000}, std::vector<double>(300000, 0.125),
             Precision::f64);
  file.write("/empty", std::vector<index_t>{0, 3}, {}, Precision::bf16);
  file.commit();
}

void golden(const Arguments& arguments) {
  GoldenCase golden;
  golden.trial = parse_trial("c1_i3_k1_f2/grad_weights/bf16/beta=1");
  golden.operands.input = {1, 2, 3};
  golden.operands.output = {1, -1};
  golden.operands.old_result = {10, 20};
  golden.truth = {9, 19};
  golden.bound = {0, 0.5};
  write_golden(arguments.at(0), std::span(&golden, 1));
}

void read(const Arguments& arguments) {
  const Hdf5Reader file(arguments.at(0));
  const DatasetInfo info = file.info(arguments.at(1));
  fmt::print("{} {}\n", precision_text(info.precision), fmt::join(info.extents, "x"));
  print_values(file.read(arguments.at(1)).values);
}

void attribute(const Arguments& arguments) {
  fmt::print("{}", Hdf5Reader(arguments.at(0)).text_attribute(arguments.at(1), arguments.at(2)));
}

void operands(const Arguments& arguments) {
  const auto pass = pass_named(arguments.at(2));
  if (!pass) throw UsageError("no such pass: " + arguments.at(2));
  const OperandFile file = read_operands(arguments.at(0), parse_spec(arguments.at(1)), *pass,
                                         std::stod(arguments.at(3)) != 0);
  fmt::print("{}\n", precision_text(file.precision));
  for (const auto* values :
       {&file.tensors.input, &file.tensors.filters, &file.tensors.output, &file.tensors.old_result})
    fmt::print("{}\n", fmt::join(*values, " "));
}

void run(const std::string& command, const Arguments& arguments) {
  if (command == "write") return write(arguments);
  if (command == "golden") return golden(arguments);
  if (command == "read") return read(arguments);
  if (command == "attribute") return attribute(arguments);
  if (command == "operands") return operands(arguments);
  throw UsageError("no such command: " + command);
}

}  // namespace

int main(int count, char** words) {
  try {
    run(count > 1 ? words[1] : "", Arguments(words + std::min(count, 2), words + count));
    return EXIT_SUCCESS;
  } catch (const InputError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
