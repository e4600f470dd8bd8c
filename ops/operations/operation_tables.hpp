// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/backend.hpp"
#include "ops/operations/operations.hpp"

namespace convict::ops {

// The parts of operations(), one per file.
std::vector<Operation> convolution_operations();
std::vector<Operation> gemm_operations();
std::vector<Operation> composed_operations();
/// Those that run on `backend`, which must outlive them.
std::vector<Operation> gpu_gemm_operations(const Backend& backend);
std::vector<Operation> dnn_operations(const Backend& backend);

// Parameters that several operations have.
Parameter filter_shape_hint();
Parameter input_shape_hint();
std::vector<Parameter> conv_parameters(std::string stride_name = "subsample");
std::vector<Parameter> joined(std::vector<Parameter> first, const std::vector<Parameter>& more);

}  // namespace convict::ops
