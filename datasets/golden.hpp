// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "core/trial.hpp"
#include "datasets/fills.hpp"

namespace convict::datasets {

/// One trial with its data and the right result. All tensors are dense and row-major, with
/// the shapes of case_tensors.hpp.
struct GoldenCase {
  Trial trial;
  Operands operands;          ///< those of operand_slots; the others are empty
  std::vector<double> truth;  ///< of the tensor the pass writes
  std::vector<double> bound;  ///< the largest allowed error of each element; 0: exact
};

/// Writes `cases` to one HDF5 file; docs/datasets.md gives the layout. Throws EnvironmentError when
/// the path cannot be written, and InputError naming the case and tensor when a trial describes no
/// convolution, a tensor has not the size its spec asks for, or an operand is no value of the
/// trial's precision.
void write_golden(const std::filesystem::path& path, std::span<const GoldenCase> cases);

/// Throws FileError naming the case and dataset: see Hdf5Reader; also for a file of another format
/// or version, for a trial that describes no convolution, and for a shape that is not the trial's.
std::vector<GoldenCase> read_golden(const std::filesystem::path& path);

}  // namespace convict::datasets
