// SPDX-License-Identifier: Apache-2.0
// Index arithmetic: axes, parameters or loop ends confused.
#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

/// The other one of the two innermost axes; `axis` itself for rank 1 and the outermost axis.
std::size_t other(const Call& call, int axis) {
  const bool swapped = call.problem.spec.rank >= 2 && axis >= 1;
  return static_cast<std::size_t>(swapped ? 3 - axis : axis);
}

constexpr Hooks swaps_strides{.position = [](const Call& call, int axis, index_t out, index_t tap) {
  return out * call.g.stride[other(call, axis)] + call.g.tap_offset(axis, tap);
}};

constexpr Hooks swaps_dilations{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      Geometry g = call.g;
      std::swap(g.dilation[1], g.dilation[2]);
      return (call.problem.spec.rank >= 2 ? g : call.g).input_position(axis, out, tap);
    }};

constexpr Hooks swaps_paddings{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      const auto a = static_cast<std::size_t>(axis);
      return right_position(call, axis, out, tap) + call.g.pad_before[a] -
             call.g.pad_before[other(call, axis)];
    }};

constexpr Hooks swaps_stride_and_dilation{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      Geometry g = call.g;
      std::swap(g.stride, g.dilation);
      return g.input_position(axis, out, tap);
    }};

constexpr Hooks transposes_taps{.redirect = [](const Call& call, Product& product) {
  const index_t tap = product.w[6] * call.g.filter[2] + product.w[7];
  product.w[6] = tap % call.g.filter[1];
  product.w[7] = tap / call.g.filter[1];
}};

constexpr Hooks transposes_outputs{.redirect = [](const Call& call, Product& product) {
  const index_t out = product.y[3] * call.g.output[2] + product.y[4];
  product.y[3] = out % call.g.output[1];
  product.y[4] = out / call.g.output[1];
}};

constexpr Hooks never_flips{.position = [](const Call& call, int axis, index_t out, index_t tap) {
  Geometry g = call.g;
  g.flip = false;
  return g.input_position(axis, out, tap);
}};

constexpr Hooks always_flips{.position = [](const Call& call, int axis, index_t out, index_t tap) {
  Geometry g = call.g;
  g.flip = true;
  return g.input_position(axis, out, tap);
}};

constexpr Hooks flips_last_axis_only{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      Geometry g = call.g;
      g.flip = g.flip && axis == 2;
      return g.input_position(axis, out, tap);
    }};

constexpr Hooks drops_last_tap{.times = [](const Call& call, const Product& product) {
  return call.g.filter[2] > 1 && product.w[7] == call.g.filter[2] - 1 ? 0 : 1;
}};

constexpr Hooks excludes_first_row{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      const index_t at = right_position(call, axis, out, tap);
      return axis == 1 && call.problem.spec.rank >= 2 && at == 0 ? index_t{-1} : at;
    }};

constexpr Hooks excludes_last_column{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      const index_t at = right_position(call, axis, out, tap);
      return axis == 2 && at == call.g.input[2] - 1 ? index_t{-1} : at;
    }};

constexpr Hooks reads_first_image{
    .redirect = [](const Call&, Product& product) { product.x[0] = 0; }};

constexpr Hooks reverses_channels{.redirect = [](const Call& call, Product& product) {
  product.w[4] = call.g.group_in_channels - 1 - product.w[4];
}};

}  // namespace

std::vector<Mutant> index_mutants() {
  return {
      mutant<swaps_strides>({"swaps_strides", "steps each axis by the other one's stride", "IDX",
                             "exact", "c2_i9x8_k3_f3x2_s2x1/forward/f32"}),
      mutant<swaps_dilations>({"swaps_dilations", "dilates each axis by the other one's dilation",
                               "IDX", "exact", "c2_i9x8_k3_f3x2_d1x3/grad_weights/f64"}),
      mutant<swaps_paddings>({"swaps_paddings", "pads each axis by the other one's padding", "IDX",
                              "exact", "c2_i5x6_k3_f3x3_p1x2/grad_input/f32"}),
      mutant<swaps_stride_and_dilation>({"swaps_stride_and_dilation", "swaps stride and dilation",
                                         "IDX", "exact", "c2_i9x11_k3_f3x2_s2x3/forward/f32"}),
      mutant<transposes_taps>({"transposes_taps", "reads the filter's last two axes transposed",
                               "IDX", "exact", "c2_i6x7_k3_f3x2/forward/f32"}),
      mutant<transposes_outputs>({"transposes_outputs",
                                  "indexes the output's last two axes transposed", "IDX", "exact",
                                  "c2_i6x7_k3_f3x2/forward/f32"}),
      mutant<never_flips>({"never_flips", "correlates where a convolution is asked for", "IDX",
                           "exact", "c2_i5x6_k3_f2x3_flip/forward/f32"}),
      mutant<always_flips>({"always_flips", "convolves where a correlation is asked for", "IDX",
                            "exact", "c2_i5x6_k3_f2x3/forward/bf16"}),
      mutant<flips_last_axis_only>({"flips_last_axis_only",
                                    "reverses taps along the last axis only", "IDX", "exact",
                                    "c2_i4x5x3_k2_f3x2x2_flip/forward/f32"}),
      mutant<drops_last_tap>({"drops_last_tap", "ends the loop over the last axis's taps one early",
                              "IDX", "exact", "c2_i6x7_k3_f3x2/forward/f16"}),
      mutant<excludes_first_row>({"excludes_first_row",
                                  "treats input row 0 as padding (tests p > 0)", "IDX", "exact",
                                  "c2_i6x7_k3_f3x2_p1/forward/f32"}),
      mutant<excludes_last_column>({"excludes_last_column",
                                    "treats the last input column as padding (tests p < width - 1)",
                                    "IDX", "exact", "c2_i6_k3_f3_p1/grad_weights/f32"}),
      mutant<reads_first_image>({"reads_first_image", "uses image 0 of the input for every image",
                                 "IDX", "exact", "n2_c2_i6x7_k3_f3x2/forward/f32"}),
      mutant<reverses_channels>({"reverses_channels",
                                 "uses the filters of a group's input channels in reverse order",
                                 "IDX", "exact", "c3_i6x7_k3_f3x2/forward/f32"}),
  };
}

}  // namespace convict::mutants
