// SPDX-License-Identifier: Apache-2.0
// Fast paths that are taken for problems they do not support.
#include <algorithm>

#include "core/errors.hpp"
#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

bool is_pointwise(const Geometry& g) { return g.filter == Axes{1, 1, 1}; }
bool is_3x3(const Geometry& g) { return g.filter == Axes{1, 3, 3}; }

constexpr Hooks drops_last_tap_of_7x7{.times = [](const Call& call, const Product& product) {
  return call.g.filter == Axes{1, 7, 7} && product.w[6] == 6 && product.w[7] == 6 ? 0 : 1;
}};

constexpr Hooks pointwise_ignores_stride{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      Geometry g = call.g;
      if (is_pointwise(g)) g.stride = {1, 1, 1};
      return g.input_position(axis, out, tap);
    }};

constexpr Hooks pointwise_ignores_padding{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      Geometry g = call.g;
      if (is_pointwise(g)) g.pad_before = {0, 0, 0};
      return g.input_position(axis, out, tap);
    }};

constexpr Hooks three_by_three_ignores_dilation{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      Geometry g = call.g;
      if (is_3x3(g)) g.dilation = {1, 1, 1};
      return g.input_position(axis, out, tap);
    }};

constexpr Hooks three_by_three_ignores_flip{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      Geometry g = call.g;
      g.flip = g.flip && !is_3x3(g);
      return g.input_position(axis, out, tap);
    }};

/// Uses the last axis's stride on all axes.
constexpr Hooks last_stride_for_all{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      Geometry g = call.g;
      for (int a = max_rank - call.problem.spec.rank; a < max_rank; ++a)
        g.stride[static_cast<std::size_t>(a)] = g.stride[2];
      return g.input_position(axis, out, tap);
    }};

/// A problem is depthwise if C = G and K = G; testing K = G alone also accepts C/G > 1.
constexpr Hooks depthwise_by_out_channels{.times = [](const Call& call, const Product& product) {
  const bool taken = call.g.out_channels == call.g.groups && call.g.groups > 1;
  return taken && product.w[4] > 0 ? 0 : 1;
}};

constexpr Hooks unrolls_seven_taps{
    .times = [](const Call&, const Product& product) { return product.w[7] >= 7 ? 0 : 1; }};

constexpr Hooks single_image_path{.redirect = [](const Call& call, Product& product) {
  if (call.g.groups == 1 && is_pointwise(call.g)) product.x[0] = 0;
}};

constexpr Hooks volume_as_planes{
    .times = [](const Call&, const Product& product) { return product.w[5] > 0 ? 0 : 1; }};

/// Accepts the problem, then fails because no path supports it.
void gives_up(const Problem& problem, const Buffers& buffers) {
  const Geometry g = geometry_of(problem.spec);
  if (g.groups > 1 && g.stride != Axes{1, 1, 1}) throw KernelError("no path for strided groups");
  convolve(problem, buffers);
}
bool has_strided_groups(const Trial& trial) {
  return !why_invalid(trial.spec) && trial.spec.groups > 1 && trial.spec.stride != Axes{1, 1, 1};
}

}  // namespace

std::vector<Mutant> dispatch_mutants() {
  return {
      mutant<pointwise_ignores_stride>(
          {"pointwise_ignores_stride",
           "treats every 1x1 filter as a matrix product, even with a stride", "DISP", "exact",
           "c3_i5x7_k4_f1x1_s2x3/forward/f32"}),
      mutant<pointwise_ignores_padding>(
          {"pointwise_ignores_padding",
           "treats every 1x1 filter as a matrix product, even with padding", "DISP", "exact",
           "n2_c2_i3x4_k3_f1x1_p2x1/forward/f32"}),
      mutant<three_by_three_ignores_dilation>({"three_by_three_ignores_dilation",
                                               "its 3x3 path assumes dilation 1", "DISP", "exact",
                                               "c2_i7x8_k3_f3x3_d2x1/forward/f32"}),
      mutant<three_by_three_ignores_flip>({"three_by_three_ignores_flip",
                                           "its 3x3 path assumes a correlation", "DISP", "exact",
                                           "c2_i7x8_k3_f3x3_flip/forward/f32"}),
      mutant<last_stride_for_all>({"last_stride_for_all",
                                   "uses the last axis's stride on every axis", "DISP", "exact",
                                   "c2_i9x8_k3_f3x2_s2x1/forward/f32"}),
      mutant<depthwise_by_out_channels>({"depthwise_by_out_channels",
                                         "treats K = G as depthwise, even with C/G > 1", "DISP",
                                         "exact", "c4_i5x6_k2_f3x3_g2/forward/f32"}),
      mutant<unrolls_seven_taps>({"unrolls_seven_taps",
                                  "adds at most seven taps along the last axis", "DISP", "exact",
                                  "c1_i13x15_k2_f11x9_p2x1/forward/f32"}),
      mutant<drops_last_tap_of_7x7>({"drops_last_tap_of_7x7", "its 7x7 path unrolls 48 taps of 49",
                                     "DISP", "exact", "c3_i9x8_k2_f7x7_p3/forward/f32"}),
      mutant<single_image_path>({"single_image_path", "its 1x1 path uses image 0 for every image",
                                 "DISP", "exact", "n2_c3_i5x7_k4_f1x1/forward/f32"}),
      mutant<volume_as_planes>({"volume_as_planes", "uses only the first plane of a 3-D filter",
                                "DISP", "exact", "c2_i4x3x5_k2_f2x2x3/forward/f32"}),
      mutant({"gives_up_on_strided_groups", "accepts strided groups and then reports failure",
              "DISP", "sandbox", "c4_i7x8_k4_f3x3_s2_g2/forward/f32"},
             gives_up, has_strided_groups),
  };
}

}  // namespace convict::mutants
