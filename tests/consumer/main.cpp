#include <iostream>

#include "core/text.hpp"
#include "reference/kernels.hpp"

int main() {
  const convict::ConvSpec spec = convict::parse_valid_spec("c1_i3_k1_f2");
  float input[] = {1, 2, 4};
  float filters[] = {1, 10};
  float output[] = {0, 0};
  convict::reference::kernels().front().run(
      {.spec = spec, .shapes = shapes_of(spec)},
      {.input = input, .filters = filters, .output = output});
  std::cout << output_extent(spec, 0) << " outputs: " << output[0] << ' ' << output[1] << '\n';
}
