// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace convict::ops {

// The names of cuDNN algorithms in Theano, default first (theano/gpuarray/cudnn_defs.py). guess_*
// and time_* choose at run time, when a convolution is computed for the first time.

std::vector<std::string> algorithms_fwd();
std::vector<std::string> algorithms_bwd_data();
std::vector<std::string> algorithms_bwd_filter();
std::vector<std::string> precisions();

/// The algorithms that return the same bits every time.
std::vector<std::string> deterministic_bwd_data();
std::vector<std::string> deterministic_bwd_filter();

bool is_runtime_algorithm(std::string_view name);

}  // namespace convict::ops
