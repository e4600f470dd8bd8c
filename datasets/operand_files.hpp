// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/pass.hpp"
#include "core/precision.hpp"
#include "core/spec.hpp"
#include "datasets/fills.hpp"

namespace convict::datasets {

/// The operands of one call from a user's HDF5 file.
struct OperandFile {
  Operands tensors;
  Precision precision;  ///< common to all floating-point operands; f64 when all are integers
};

/// Reads the datasets of operand_slots (case_tensors.hpp) from the root of `path`; others may lie
/// beside them. Throws SpecError when `spec` is invalid, and FileError for every failure of
/// Hdf5Reader, for a shape that is not the spec's, for operands of different precision, and for
/// integers that the shared precision cannot represent.
OperandFile read_operands(const std::filesystem::path& path, const ConvSpec& spec, Pass pass,
                          bool beta_nonzero);

/// One tensor that `convict run` writes.
struct ResultTensor {
  std::string name;  ///< result_name(pass)
  std::vector<index_t> extents;
  std::vector<double> values;
  Precision precision;
  std::map<std::string, std::string> attributes;  ///< of the file: spec, kernel, ...
};

/// Writes a file with this one dataset. Throws EnvironmentError when the path cannot be written.
void write_result(const std::filesystem::path& path, const ResultTensor& result);

}  // namespace convict::datasets
