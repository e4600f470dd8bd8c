// SPDX-License-Identifier: Apache-2.0
// A convict plug-in in C++17: convolution by its definition, forward, f32, any strides.
//
//   c++ -std=c++17 -O2 -shared -fPIC -I<prefix>/include/convict/core direct.cpp -o direct.so
//   convict conform --kernel ./direct.so
#include "plugin.hpp"

namespace {

using convict::plugin::Call;

/// The input position that tap u reads for output position o on axis a. Outside [0, input) it is
/// padding.
std::int64_t position(const convict_problem& p, int a, std::int64_t o, std::int64_t u) {
  const std::int64_t tap = p.flip ? p.filter[a] - 1 - u : u;
  return o * p.stride[a] - p.pad_before[a] + tap * p.dilation[a];
}

/// sum over c and u of w[k,o,c,u] x[n, g C/G + c, position(o, u)]
float output_element(const Call& call, std::int64_t n, std::int64_t k, const std::int64_t (&o)[3]) {
  const convict_problem& p = call.problem;
  const auto x = call.input<const float>();
  const auto w = call.filters<const float>();
  const std::int64_t channels = p.in_channels / p.groups;
  const std::int64_t first = k / (p.out_channels / p.groups) * channels;
  const auto inside = [&](int a, std::int64_t at) { return at >= 0 && at < p.input[a]; };
  float sum = 0;
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t u = 0; u < p.filter[0]; ++u)
      for (std::int64_t v = 0; v < p.filter[1]; ++v)
        for (std::int64_t t = 0; t < p.filter[2]; ++t) {
          const std::int64_t i = position(p, 0, o[0], u);
          const std::int64_t j = position(p, 1, o[1], v);
          const std::int64_t l = position(p, 2, o[2], t);
          if (inside(0, i) && inside(1, j) && inside(2, l))
            sum += w(k, o[0], o[1], o[2], c, u, v, t) * x(n, first + c, i, j, l);
        }
  return sum;
}

/// y = alpha (sum) + beta y; with beta 0 the old result may be NaN and is not read.
void convolve(const Call& call) {
  const convict_problem& p = call.problem;
  const auto y = call.output<float>();
  for (std::int64_t n = 0; n < p.batch; ++n)
    for (std::int64_t k = 0; k < p.out_channels; ++k)
      for (std::int64_t i = 0; i < p.output[0]; ++i)
        for (std::int64_t j = 0; j < p.output[1]; ++j)
          for (std::int64_t l = 0; l < p.output[2]; ++l) {
            float& element = y(n, k, i, j, l);
            const double old = p.beta == 0 ? 0 : p.beta * element;
            element = static_cast<float>(p.alpha * output_element(call, n, k, {i, j, l}) + old);
          }
}

}  // namespace

extern "C" const convict_plugin* convict_plugin_v1() {
  static const convict::plugin::Table table{{"forward", convolve}};
  return table.get();
}
