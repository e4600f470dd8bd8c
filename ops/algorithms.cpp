// SPDX-License-Identifier: Apache-2.0
#include "ops/algorithms.hpp"

namespace convict::ops {
namespace {

using Names = std::vector<std::string>;

Names with_runtime(Names names) {
  for (const char* runtime :
       {"guess_once", "guess_on_shape_change", "time_once", "time_on_shape_change"})
    names.emplace_back(runtime);
  return names;
}

}  // namespace

Names algorithms_fwd() {
  return with_runtime(
      {"small", "none", "large", "fft", "fft_tiling", "winograd", "winograd_non_fused"});
}
Names algorithms_bwd_data() {
  return with_runtime(
      {"none", "deterministic", "fft", "fft_tiling", "winograd", "winograd_non_fused"});
}
Names algorithms_bwd_filter() {
  return with_runtime(
      {"none", "deterministic", "fft", "small", "winograd_non_fused", "fft_tiling"});
}
Names precisions() { return {"as_input_f32", "as_input", "float16", "float32", "float64"}; }

Names deterministic_bwd_data() {
  return {"deterministic", "fft", "fft_tiling", "winograd", "winograd_non_fused"};
}
Names deterministic_bwd_filter() {
  return {"deterministic", "fft", "winograd_non_fused", "fft_tiling"};
}

bool is_runtime_algorithm(std::string_view name) {
  return name.starts_with("guess_") || name.starts_with("time_");
}

}  // namespace convict::ops
