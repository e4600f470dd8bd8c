// SPDX-License-Identifier: Apache-2.0
// Groups: channel offsets, depthwise convolutions and their channel multiplier.
#include <algorithm>

#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

index_t group_of(const Call& call, const Product& product) {
  return product.w[0] / call.g.group_out_channels;
}

constexpr Hooks first_groups_filters{.redirect = [](const Call& call, Product& product) {
  product.w[0] %= call.g.group_out_channels;
}};

constexpr Hooks group_offset_by_out_channels{.redirect = [](const Call& call, Product& product) {
  const index_t first = group_of(call, product) * call.g.group_out_channels;
  product.x[1] = (first + product.w[4]) % call.g.in_channels;
}};

constexpr Hooks interleaves_groups{.redirect = [](const Call& call, Product& product) {
  const index_t group = product.w[0] % call.g.groups;
  product.x[1] = group * call.g.group_in_channels + product.w[4];
}};

constexpr Hooks group_offset_of_one_channel{.redirect = [](const Call& call, Product& product) {
  product.x[1] = group_of(call, product) + product.w[4];
}};

constexpr Hooks depthwise_without_multiplier{.redirect = [](const Call& call, Product& product) {
  if (call.g.group_in_channels == 1) product.x[1] = product.w[0] % call.g.in_channels;
}};

constexpr Hooks drops_groups_behind_16{.times = [](const Call& call, const Product& product) {
  return group_of(call, product) >= 16 ? 0 : 1;
}};

constexpr Hooks only_first_channel_of_group{.times = [](const Call& call, const Product& product) {
  return call.g.groups > 1 && product.w[4] > 0 ? 0 : 1;
}};

}  // namespace

std::vector<Mutant> group_mutants() {
  return {
      mutant<first_groups_filters>({"first_groups_filters", "uses group 0's filters in every group",
                                    "GRP", "exact", "c4_i5x6_k6_f3x3_g2/forward/f32"}),
      mutant<group_offset_by_out_channels>(
          {"group_offset_by_out_channels",
           "starts the input channels of group g at g K/G instead of g C/G", "GRP", "exact",
           "c4_i5x6_k6_f3x3_g2/grad_weights/f32"}),
      mutant<interleaves_groups>({"interleaves_groups", "assigns output channel k to group k mod G",
                                  "GRP", "exact", "c4_i5x6_k6_f3x3_g2/grad_input/f32"}),
      mutant<group_offset_of_one_channel>({"group_offset_of_one_channel",
                                           "starts the input channels of group g at channel g",
                                           "GRP", "exact", "c6_i8_k9_f3_g3/forward/f32"}),
      mutant<depthwise_without_multiplier>(
          {"depthwise_without_multiplier",
           "assumes one filter per channel if C/G = 1: reads input channel k mod C", "GRP", "exact",
           "c3_i4x5x6_k6_f2x2x3_g3/forward/f32"}),
      mutant<drops_groups_behind_16>({"drops_groups_behind_16",
                                      "computes the first 16 groups, zeros for the others", "GRP",
                                      "exact", "c17_i5x6_k17_f3x2_g17/forward/f32"}),
      mutant<only_first_channel_of_group>(
          {"only_first_channel_of_group",
           "uses only the first input channel of a group, as if depthwise", "GRP", "exact",
           "c4_i5x6_k6_f3x3_g2/forward/f32"}),
  };
}

}  // namespace convict::mutants
