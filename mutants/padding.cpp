// SPDX-License-Identifier: Apache-2.0
// Padding and borders.
#include <algorithm>

#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

index_t shifted(const Call& call, int axis, index_t out, index_t tap, index_t pad_before) {
  return right_position(call, axis, out, tap) + call.g.pad_before[static_cast<std::size_t>(axis)] -
         pad_before;
}
/// The number of an axis among the spec's own axes; negative for axes that lifting to three added.
int own_axis(const Call& call, int axis) { return axis - (max_rank - call.problem.spec.rank); }

constexpr Hooks pads_after_before{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      const int own = own_axis(call, axis);
      return own < 0 ? right_position(call, axis, out, tap)
                     : shifted(call, axis, out, tap, padding_of(call.problem.spec, own).after);
    }};

constexpr Hooks larger_side_for_both{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      const int own = own_axis(call, axis);
      if (own < 0) return right_position(call, axis, out, tap);
      const SidePadding pad = padding_of(call.problem.spec, own);
      return shifted(call, axis, out, tap, std::max(pad.before, pad.after));
    }};

constexpr Hooks pads_less_than_filter{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      const auto a = static_cast<std::size_t>(axis);
      const index_t reach = (call.g.filter[a] - 1) * call.g.dilation[a];
      return shifted(call, axis, out, tap, std::min(call.g.pad_before[a], reach));
    }};

constexpr Hooks ignores_padding{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      return shifted(call, axis, out, tap, 0);
    }};

constexpr Hooks half_rounds_down{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      const auto a = static_cast<std::size_t>(axis);
      const index_t reach = (call.g.filter[a] - 1) * call.g.dilation[a];
      return call.problem.spec.border == BorderMode::half ? shifted(call, axis, out, tap, reach / 2)
                                                          : right_position(call, axis, out, tap);
    }};

constexpr Hooks full_ignores_dilation{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      return call.problem.spec.border == BorderMode::full
                 ? shifted(call, axis, out, tap, call.g.filter[static_cast<std::size_t>(axis)] - 1)
                 : right_position(call, axis, out, tap);
    }};

constexpr Hooks replicates_border{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      const index_t last = call.g.input[static_cast<std::size_t>(axis)] - 1;
      return std::min(std::max(right_position(call, axis, out, tap), index_t{0}), last);
    }};

constexpr Hooks wraps_around{.position = [](const Call& call, int axis, index_t out, index_t tap) {
  const index_t extent = call.g.input[static_cast<std::size_t>(axis)];
  const index_t at = right_position(call, axis, out, tap);
  return extent == 0 ? at : at - floor_div(at, extent) * extent;
}};

constexpr Hooks reflects_border{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      const index_t at = right_position(call, axis, out, tap);
      const index_t last = call.g.input[static_cast<std::size_t>(axis)] - 1;
      return at < 0 ? -at : at > last ? 2 * last - at : at;
    }};

/// Windows that extend beyond the input on both sides are handled by neither border loop.
constexpr Hooks skips_windows_wider_than_input{
    .times = [](const Call& call, const Product& product) {
      const index_t first = product.y[4] * call.g.stride[2] - call.g.pad_before[2];
      const index_t last = first + (call.g.filter[2] - 1) * call.g.dilation[2];
      return first < 0 && last >= call.g.input[2] ? 0 : 1;
    }};

}  // namespace

std::vector<Mutant> padding_mutants() {
  return {
      mutant<pads_after_before>({"pads_after_before",
                                 "uses the padding after an axis as the padding before it", "PAD",
                                 "exact", "c2_i5x6_k3_f3x3_p1:2x0/forward/f32"}),
      mutant<larger_side_for_both>({"larger_side_for_both", "pads both sides by the larger padding",
                                    "PAD", "exact", "c2_i9_k2_f4_p0:3/forward/f32"}),
      mutant<pads_less_than_filter>({"pads_less_than_filter",
                                     "pads at most the dilated filter's extent - 1", "PAD", "exact",
                                     "n2_c2_i3x4_k3_f1x1_p2x1/forward/f32"}),
      mutant<ignores_padding>({"ignores_padding", "ignores the padding before an axis", "PAD",
                               "exact", "c2_i5x6_k3_f3x3_p1/forward/f32"}),
      mutant<half_rounds_down>({"half_rounds_down",
                                "rounds half padding down: (K - 1) div 2 instead of K div 2", "PAD",
                                "exact", "c2_i6x7_k3_f2x4_phalf/forward/f32"}),
      mutant<full_ignores_dilation>({"full_ignores_dilation",
                                     "uses k - 1 for full padding, ignoring dilation", "PAD",
                                     "exact", "c2_i5x4_k3_f3x2_d2x3_pfull/forward/f32"}),
      mutant<replicates_border>({"replicates_border", "pads with the nearest element", "PAD",
                                 "exact", "c2_i5x6_k3_f3x3_p1/forward/f32"}),
      mutant<wraps_around>({"wraps_around", "pads with the other end of the axis", "PAD", "exact",
                            "c2_i5x6_k3_f3x3_p1/grad_weights/f32"}),
      mutant<reflects_border>({"reflects_border", "pads with the mirror image", "PAD", "exact",
                               "c2_i5x6_k3_f3x3_p1/grad_input/f32"}),
      mutant<skips_windows_wider_than_input>(
          {"skips_windows_wider_than_input",
           "skips windows that extend beyond the input on both sides", "PAD", "exact",
           "c3_i3x2_k2_f2x5_p0x2/forward/f32"}),
  };
}

}  // namespace convict::mutants
