#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace convict::ops {

// The seeds' names of cuDNN algorithms, default first (theano/gpuarray/cudnn_defs.py). The run-time
// ones (guess_*, time_*) choose when the convolution is first seen.

std::vector<std::string> algorithms_fwd();
std::vector<std::string> algorithms_bwd_data();
std::vector<std::string> algorithms_bwd_filter();
std::vector<std::string> precisions();

/// Those that give the same bits every time.
std::vector<std::string> deterministic_bwd_data();
std::vector<std::string> deterministic_bwd_filter();

bool is_runtime_algorithm(std::string_view name);

}  // namespace convict::ops
