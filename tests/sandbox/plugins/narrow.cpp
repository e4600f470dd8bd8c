// SPDX-License-Identifier: Apache-2.0
// Kernels that take few problems, as fast kernels do. NAME is right; NAME_wrong is wrong in one
// element of some of the problems that it takes.
#include <cmath>
#include <string>
#include <vector>

#include "core/plugin.hpp"

namespace {

using convict::plugin::Call;
using convict::plugin::Row;
using Problem = convict_problem;
using Holds = bool (*)(const Problem&);

std::int64_t position(const Problem& p, int a, std::int64_t o, std::int64_t u) {
  const std::int64_t tap = p.flip ? p.filter[a] - 1 - u : u;
  return o * p.stride[a] - p.pad_before[a] + tap * p.dilation[a];
}

template <class T>
double sum_at(const Call& call, std::int64_t n, std::int64_t k, const std::int64_t (&o)[3]) {
  const Problem& p = call.problem;
  const auto x = call.input<const T>();
  const auto w = call.filters<const T>();
  const std::int64_t channels = p.in_channels / p.groups;
  const std::int64_t first = k / (p.out_channels / p.groups) * channels;
  double sum = 0;
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t u = 0; u < p.filter[0]; ++u)
      for (std::int64_t v = 0; v < p.filter[1]; ++v)
        for (std::int64_t t = 0; t < p.filter[2]; ++t) {
          const std::int64_t i = position(p, 0, o[0], u);
          const std::int64_t j = position(p, 1, o[1], v);
          const std::int64_t l = position(p, 2, o[2], t);
          const bool inside =
              i >= 0 && i < p.input[0] && j >= 0 && j < p.input[1] && l >= 0 && l < p.input[2];
          if (inside)
            sum += static_cast<double>(w(k, o[0], o[1], o[2], c, u, v, t)) *
                   static_cast<double>(x(n, first + c, i, j, l));
        }
  return sum;
}

/// With `wrong`, the last element is one unit and a tenth too large.
template <class T>
void convolve(const Call& call, bool wrong) {
  const Problem& p = call.problem;
  const auto y = call.output<T>();
  for (std::int64_t n = 0; n < p.batch; ++n)
    for (std::int64_t k = 0; k < p.out_channels; ++k)
      for (std::int64_t i = 0; i < p.output[0]; ++i)
        for (std::int64_t j = 0; j < p.output[1]; ++j)
          for (std::int64_t l = 0; l < p.output[2]; ++l) {
            T& element = y(n, k, i, j, l);
            const double old = p.beta == 0 ? 0 : p.beta * static_cast<double>(element);
            double value = p.alpha * sum_at<T>(call, n, k, {i, j, l}) + old;
            const bool last = n == p.batch - 1 && k == p.out_channels - 1 && i == p.output[0] - 1 &&
                              j == p.output[1] - 1 && l == p.output[2] - 1;
            if (wrong && last) value += 1 + std::fabs(value) / 10;
            element = static_cast<T>(value);
          }
}

struct Narrow {
  const char* name;
  Holds takes;
  Holds fault;
  std::int32_t precision = CONVICT_F32;
  bool any_strides = false;
  const char* example = "";
};

bool is_2d(const Problem& p) { return p.rank == 2 && !p.unshared; }
bool has_filter(const Problem& p, std::int64_t rows, std::int64_t columns) {
  return p.filter[1] == rows && p.filter[2] == columns;
}
bool is_dense(const Problem& p) { return p.dilation[1] == 1 && p.dilation[2] == 1; }
bool has_stride_1(const Problem& p) { return p.stride[1] == 1 && p.stride[2] == 1; }
bool is_unpadded(const Problem& p) {
  return p.pad_before[1] + p.pad_before[2] + p.pad_after[1] + p.pad_after[2] == 0;
}

const Narrow kernels[] = {
    {"depthwise_3x3",
     [](const Problem& p) {
       return is_2d(p) && p.groups == p.in_channels && p.groups == p.out_channels &&
              has_filter(p, 3, 3) && has_stride_1(p) && is_dense(p);
     },
     [](const Problem& p) { return p.output[2] % 8 == 3 && p.groups % 4 == 1; }},
    {"pointwise_by_32",
     [](const Problem& p) {
       return is_2d(p) && p.groups == 1 && has_filter(p, 1, 1) && has_stride_1(p) &&
              is_unpadded(p) && p.in_channels % 32 == 0;
     },
     [](const Problem& p) { return p.in_channels == 96; }},
    {"nhwc_3x3",
     [](const Problem& p) {
       return is_2d(p) && p.groups == 1 && has_filter(p, 3, 3) && is_dense(p) &&
              p.input_strides[1] == 1 && p.output_strides[1] == 1;
     },
     [](const Problem& p) { return p.out_channels % 16 == 7; }, CONVICT_F16, true},
    {"one_geometry",
     [](const Problem& p) {
       return is_2d(p) && p.batch == 2 && p.in_channels == 12 && p.out_channels == 20 &&
              p.groups == 1 && p.input[1] == 14 && p.input[2] == 10 && has_filter(p, 3, 5) &&
              has_stride_1(p) && is_dense(p) && p.pad_before[1] == 1 && p.pad_after[1] == 1 &&
              p.pad_before[2] == 2 && p.pad_after[2] == 2 && !p.flip;
     },
     [](const Problem& p) { return p.beta == -1 && p.alpha == 1; }, CONVICT_F32, false,
     "n2_c12_i14x10_k20_f3x5_p1x2"},
    {"two_groups", [](const Problem& p) { return !p.unshared && p.groups == 2; },
     [](const Problem& p) { return p.in_channels / 2 % 8 == 5; }},
    {"batch_by_16", [](const Problem& p) { return is_2d(p) && p.batch % 16 == 0; },
     [](const Problem& p) { return p.batch == 48; }},
    {"patches",
     [](const Problem& p) {
       return is_2d(p) && is_dense(p) && is_unpadded(p) && p.groups == 1 &&
              p.filter[1] == p.stride[1] && p.filter[2] == p.stride[2];
     },
     [](const Problem& p) { return p.filter[1] == 5 && p.filter[2] == 5; }},
    {"square_images",
     [](const Problem& p) {
       return is_2d(p) && p.input[1] == p.input[2] && p.filter[1] == p.filter[2] &&
              p.filter[1] % 2 == 1 && p.groups == 1;
     },
     [](const Problem& p) { return p.input[1] % 16 == 11; }},
    {"whole_vectors",
     [](const Problem& p) { return is_2d(p) && p.output[2] % 8 == 0 && p.in_channels % 4 == 0; },
     [](const Problem& p) { return p.output[2] % 64 == 40; }},
    {"twice_the_channels",
     [](const Problem& p) {
       return is_2d(p) && p.groups == 1 && p.out_channels == 2 * p.in_channels;
     },
     [](const Problem& p) { return p.in_channels % 16 == 6; }},
    {"short_lines",
     [](const Problem& p) {
       return p.rank == 1 && !p.unshared && p.groups == 1 && p.filter[2] <= 9 && p.stride[2] <= 2 &&
              p.dilation[2] == 1;
     },
     [](const Problem& p) { return p.filter[2] == 9 && p.stride[2] == 2; }},
    {"few_channels",
     [](const Problem& p) {
       return is_2d(p) && p.groups == 1 && p.in_channels <= 45 && p.out_channels <= 45 &&
              is_dense(p) && has_stride_1(p);
     },
     [](const Problem& p) { return p.in_channels == 45; }},
};

Row row_of(const Narrow& kernel, bool wrong) {
  const Holds fault = kernel.fault;
  const bool half = kernel.precision == CONVICT_F16;
  Row row(std::string(kernel.name) + (wrong ? "_wrong" : ""), [=](const Call& call) {
    const bool here = wrong && fault(call.problem);
    half ? convolve<_Float16>(call, here) : convolve<float>(call, here);
  });
  row.precisions = kernel.precision;
  row.any_strides = kernel.any_strides;
  row.example = kernel.example;
  row.refuses = [takes = kernel.takes](const Problem& problem) -> std::string {
    return takes(problem) ? "" : "not made for this";
  };
  return row;
}

}  // namespace

extern "C" const convict_plugin* convict_plugin_v1() {
  static const convict::plugin::Table table([] {
    std::vector<Row> rows;
    for (const Narrow& kernel : kernels)
      for (const bool wrong : {false, true}) rows.push_back(row_of(kernel, wrong));
    return rows;
  }());
  return table.get();
}
