// SPDX-License-Identifier: Apache-2.0
// Integer types too narrow for parameters and sizes.
#include <cstdint>

#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

constexpr index_t narrow8(index_t value) { return static_cast<std::uint8_t>(value); }
constexpr index_t narrow16(index_t value) { return static_cast<std::uint16_t>(value); }

constexpr Hooks stride_in_8_bits{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      return out * narrow8(call.g.stride[static_cast<std::size_t>(axis)]) +
             call.g.tap_offset(axis, tap);
    }};

constexpr Hooks dilation_in_8_bits{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      Geometry g = call.g;
      for (index_t& dilation : g.dilation) dilation = narrow8(dilation);
      return g.input_position(axis, out, tap);
    }};

constexpr Hooks padding_in_8_bits{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      Geometry g = call.g;
      for (index_t& pad : g.pad_before) pad = narrow8(pad);
      return g.input_position(axis, out, tap);
    }};

constexpr Hooks position_in_16_bits{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      const index_t step = out * call.g.stride[static_cast<std::size_t>(axis)];
      return static_cast<std::int16_t>(step) + call.g.tap_offset(axis, tap);
    }};

constexpr Hooks dilated_tap_in_32_bits{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      const auto a = static_cast<std::size_t>(axis);
      const index_t offset = call.g.tap_offset(axis, tap) + call.g.pad_before[a];
      return out * call.g.stride[a] + static_cast<std::int32_t>(offset) - call.g.pad_before[a];
    }};

constexpr Hooks dilated_tap_in_float{
    .position = [](const Call& call, int axis, index_t out, index_t tap) {
      const auto a = static_cast<std::size_t>(axis);
      const index_t offset = call.g.tap_offset(axis, tap) + call.g.pad_before[a];
      return out * call.g.stride[a] + static_cast<index_t>(static_cast<float>(offset)) -
             call.g.pad_before[a];
    }};

constexpr Hooks image_in_16_bits{
    .redirect = [](const Call&, Product& product) { product.y[0] = narrow16(product.y[0]); }};
constexpr Hooks in_channel_in_16_bits{
    .redirect = [](const Call&, Product& product) { product.x[1] = narrow16(product.x[1]); }};
constexpr Hooks out_channel_in_16_bits{
    .redirect = [](const Call&, Product& product) { product.y[1] = narrow16(product.y[1]); }};
constexpr Hooks column_in_16_bits{
    .redirect = [](const Call&, Product& product) { product.x[4] = narrow16(product.x[4]); }};

}  // namespace

std::vector<Mutant> width_mutants() {
  return {
      mutant<stride_in_8_bits>({"stride_in_8_bits", "keeps strides in 8 bits", "OVF", "exact",
                                "c1_i600x1_k1_f1x1_s257x1/forward/f32"}),
      mutant<dilation_in_8_bits>({"dilation_in_8_bits", "keeps dilations in 8 bits", "OVF", "exact",
                                  "c1_i3x2_k2_f2x1_d300x1_p299x0/forward/f32"}),
      mutant<padding_in_8_bits>({"padding_in_8_bits", "keeps padding in 8 bits", "OVF", "exact",
                                 "c1_i3x2_k2_f2x1_d300x1_p299x0/grad_weights/f32"}),
      mutant<position_in_16_bits>({"position_in_16_bits",
                                   "multiplies output position and stride in 16 bits", "OVF",
                                   "exact", "c1_i1x65538_k1_f1x2/forward/f32"}),
      mutant<dilated_tap_in_32_bits>({"dilated_tap_in_32_bits",
                                      "multiplies tap and dilation in 32 bits", "OVF", "exact",
                                      "c1_i3_k2_f2_d4294967297_p4294967296:0/forward/f32"}),
      mutant<dilated_tap_in_float>({"dilated_tap_in_float",
                                    "multiplies tap and dilation in single precision", "OVF",
                                    "exact", "c1_i3_k2_f2_d16777217_p16777216:0/forward/f32"}),
      mutant<image_in_16_bits>({"image_in_16_bits", "counts images of the output in 16 bits", "OVF",
                                "exact", "n65537_c1_i1x1_k1_f1x1/forward/f32"}),
      mutant<in_channel_in_16_bits>({"in_channel_in_16_bits", "counts input channels in 16 bits",
                                     "OVF", "exact", "c65537_i1x1_k1_f1x1/grad_input/f32"}),
      mutant<out_channel_in_16_bits>({"out_channel_in_16_bits", "counts output channels in 16 bits",
                                      "OVF", "exact", "c1_i1x1_k65537_f1x1/forward/f32"}),
      mutant<column_in_16_bits>({"column_in_16_bits", "counts input columns in 16 bits", "OVF",
                                 "exact", "c1_i1x65538_k1_f1x2/grad_input/f32"}),
  };
}

}  // namespace convict::mutants
