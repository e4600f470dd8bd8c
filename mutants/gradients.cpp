// SPDX-License-Identifier: Apache-2.0
// Faults of the gradients; the forward pass is right.
#include <numeric>

#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

bool is(const Call& call, Pass pass) { return call.problem.pass == pass; }

constexpr Hooks holes_not_zeroed{.leaves = [](const Call& call, const ResultElement& element) {
  return is(call, Pass::grad_input) && element.products == 0;
}};

constexpr Hooks remainder_rows_not_written{
    .leaves = [](const Call& call, const ResultElement& element) {
      const Geometry& g = call.g;
      const index_t last =
          (g.output[1] - 1) * g.stride[1] - g.pad_before[1] + (g.filter[1] - 1) * g.dilation[1];
      return is(call, Pass::grad_input) && element.index[3] > last;
    }};

/// Each of the s phases of stride s takes k div s taps; the last k mod s taps are dropped.
constexpr Hooks phases_lose_taps{.times = [](const Call& call, const Product& product) {
  const index_t stride = call.g.stride[2];
  const index_t filter = call.g.filter[2];
  const bool left_over = filter >= stride && product.w[7] >= filter / stride * stride;
  return is(call, Pass::grad_input) && left_over ? 0 : 1;
}};

/// If stride and dilation share a factor, several taps reach the same phase; only the first is
/// used.
constexpr Hooks assumes_coprime_stride{.times = [](const Call& call, const Product& product) {
  const index_t common = std::gcd(call.g.stride[2], call.g.dilation[2]);
  const bool again = common > 1 && product.w[7] >= call.g.stride[2] / common;
  return is(call, Pass::grad_input) && again ? 0 : 1;
}};

constexpr Hooks grad_input_not_reversed{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      Geometry g = call.g;
      if (is(call, Pass::grad_input)) g.flip = !g.flip;
      return g.input_position(axis, out, tap);
    }};

constexpr Hooks grad_weights_not_flipped{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      Geometry g = call.g;
      if (is(call, Pass::grad_weights)) g.flip = false;
      return g.input_position(axis, out, tap);
    }};

constexpr Hooks grad_weights_swaps_stride{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      Geometry g = call.g;
      if (is(call, Pass::grad_weights)) std::swap(g.stride, g.dilation);
      return g.input_position(axis, out, tap);
    }};

constexpr Hooks gradients_pad_after{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      const int own = axis - (max_rank - call.problem.spec.rank);
      const index_t at = right_position(call, axis, out, tap);
      if (is(call, Pass::forward) || own < 0) return at;
      const SidePadding pad = padding_of(call.problem.spec, own);
      return at + pad.before - pad.after;
    }};

constexpr Hooks misses_last_image{.times = [](const Call& call, const Product& product) {
  const bool last = call.g.batch > 1 && product.x[0] == call.g.batch - 1;
  return is(call, Pass::grad_weights) && last ? 0 : 1;
}};

constexpr Hooks misses_last_row{.times = [](const Call& call, const Product& product) {
  const bool last = call.g.output[1] > 1 && product.y[3] == call.g.output[1] - 1;
  return is(call, Pass::grad_weights) && last ? 0 : 1;
}};

constexpr Hooks misses_last_column{.times = [](const Call& call, const Product& product) {
  const bool last = call.g.output[2] > 1 && product.y[4] == call.g.output[2] - 1;
  return is(call, Pass::grad_weights) && last ? 0 : 1;
}};

constexpr Hooks grad_input_of_first_group{.redirect = [](const Call& call, Product& product) {
  if (is(call, Pass::grad_input)) product.x[1] %= call.g.group_in_channels;
}};

}  // namespace

std::vector<Mutant> gradient_mutants() {
  return {
      mutant<holes_not_zeroed>(
          {"holes_not_zeroed", "does not write the gradient of inputs that no window covers",
           "UNINIT", "memory safety", "c2_i11x13_k3_f2x3_s5x4/grad_input/f32"},
          changes_bits<holes_not_zeroed>),
      mutant<remainder_rows_not_written>(
          {"remainder_rows_not_written",
           "does not write the gradient of input rows behind the last window", "STRB",
           "memory safety", "c2_i10x11_k3_f3x3_s4x3/grad_input/f64"},
          changes_bits<remainder_rows_not_written>),
      mutant<phases_lose_taps>({"phases_lose_taps",
                                "drops the last k mod s taps in the input gradient at stride s",
                                "STRB", "exact", "c2_i10x11_k3_f3x3_s2x2/grad_input/f32"}),
      mutant<assumes_coprime_stride>({"assumes_coprime_stride",
                                      "uses one tap per stride phase, even if stride and dilation "
                                      "share a factor",
                                      "STRB", "exact", "c2_i15_k2_f4_s3_d3_p2:1/grad_input/f32"}),
      mutant<grad_input_not_reversed>(
          {"grad_input_not_reversed",
           "the input gradient uses taps in the order of the forward pass", "IDX", "exact",
           "c2_i6x7_k3_f3x2/grad_input/f32"}),
      mutant<grad_weights_not_flipped>({"grad_weights_not_flipped",
                                        "the filter gradient ignores that taps are flipped", "IDX",
                                        "exact", "c2_i6x7_k3_f3x2_flip/grad_weights/f32"}),
      mutant<grad_weights_swaps_stride>({"grad_weights_swaps_stride",
                                         "the filter gradient swaps stride and dilation", "STRB",
                                         "exact", "c2_i9x11_k3_f3x2_s2x3/grad_weights/f32"}),
      mutant<gradients_pad_after>({"gradients_pad_after",
                                   "both gradients use the padding after an axis as that before it",
                                   "PAD", "exact", "c2_i6x7_k3_f3x3_p2:0x0:1/grad_weights/f32"}),
      mutant<misses_last_image>({"misses_last_image",
                                 "the filter gradient leaves out the last image", "IDX", "exact",
                                 "n2_c2_i6x7_k3_f3x3/grad_weights/f32"}),
      mutant<misses_last_row>({"misses_last_row",
                               "the filter gradient leaves out the last output row", "IDX", "exact",
                               "c2_i6x7_k3_f3x3/grad_weights/f32"}),
      mutant<misses_last_column>({"misses_last_column",
                                  "the filter gradient leaves out the last output column", "IDX",
                                  "exact", "c2_i6_k3_f3/grad_weights/f16"}),
      mutant<grad_input_of_first_group>({"grad_input_of_first_group",
                                         "adds every group's gradient to group 0's channels", "GRP",
                                         "exact", "c4_i5x6_k6_f3x3_g2/grad_input/f32"}),
  };
}

}  // namespace convict::mutants
