// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "core/spec_text.hpp"
#include "ops/kernels.hpp"

int main() {
  const convict::ConvSpec spec = convict::parse_valid_spec("c1_i3_k1_f2");
  const convict::Problem problem{.spec = spec, .shapes = shapes_of(spec)};
  float input[] = {1, 2, 4};
  float filters[] = {1, 10};
  for (const convict::Kernel& kernel : convict::ops::all_kernels()) {
    if (refusal(kernel, problem)) continue;
    float output[] = {0, 0};
    std::vector<std::byte> workspace(workspace_bytes(kernel, problem));
    kernel.run(problem, {.input = input,
                         .filters = filters,
                         .output = output,
                         .workspace = workspace.data(),
                         .workspace_bytes = workspace.size()});
    std::cout << output_extent(spec, 0) << " outputs: " << output[0] << ' ' << output[1] << '\n';
  }
}
