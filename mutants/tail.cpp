// SPDX-License-Identifier: Apache-2.0
// Remainders after the last full tile or vector.
#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

/// Whether `at` lies behind the last full tile of an extent larger than one tile.
constexpr bool in_tail(index_t at, index_t extent, index_t tile) {
  return extent > tile && at >= extent / tile * tile;
}

constexpr Hooks drops_channel_tail{.times = [](const Call& call, const Product& product) {
  return in_tail(product.w[4], call.g.group_in_channels, 4) ? 0 : 1;
}};

constexpr Hooks drops_out_channel_tail{.times = [](const Call& call, const Product& product) {
  return in_tail(product.w[0], call.g.out_channels, 8) ? 0 : 1;
}};

constexpr Hooks adds_column_tail_twice{.times = [](const Call& call, const Product& product) {
  const index_t width = call.g.output[2];
  const bool again = width > 4 && product.y[4] >= width - 4 && product.y[4] < width / 4 * 4;
  return again ? 2 : 1;
}};

constexpr Hooks drops_odd_image{.times = [](const Call& call, const Product& product) {
  return in_tail(product.x[0], call.g.batch, 2) ? 0 : 1;
}};

constexpr Hooks drops_product_tail{.times = [](const Call& call, const Product& product) {
  const Axes& f = call.g.filter;
  const auto& w = product.w;
  const index_t number = ((w[4] * f[0] + w[5]) * f[1] + w[6]) * f[2] + w[7];
  return in_tail(number, call.g.group_in_channels * f[0] * f[1] * f[2], 16) ? 0 : 1;
}};

/// A tail of up to four elements is computed by a half vector; the rest of a longer tail is
/// dropped.
constexpr Hooks drops_long_position_tail{.times = [](const Call& call, const Product& product) {
  const Axes& o = call.g.output;
  const index_t number = (product.y[2] * o[1] + product.y[3]) * o[2] + product.y[4];
  const index_t full = o[0] * o[1] * o[2] / 8 * 8;
  return full > 0 && number >= full + 4 ? 0 : 1;
}};

constexpr Hooks leaves_column_tail{.leaves = [](const Call& call, const ResultElement& element) {
  return call.problem.pass == Pass::forward && in_tail(element.index[4], call.g.output[2], 8);
}};

constexpr Hooks leaves_odd_row{.leaves = [](const Call& call, const ResultElement& element) {
  return call.problem.pass == Pass::grad_input && in_tail(element.index[3], call.g.input[1], 2);
}};

constexpr Hooks leaves_filter_tail{.leaves = [](const Call& call, const ResultElement& element) {
  return call.problem.pass == Pass::grad_weights && in_tail(element.number, element.count, 32);
}};

}  // namespace

std::vector<Mutant> tail_mutants() {
  return {
      mutant<drops_channel_tail>({"drops_channel_tail",
                                  "sums a group's input channels in full blocks of four only",
                                  "TAIL", "exact", "c5_i6x7_k3_f3x3_p1/forward/f32"}),
      mutant<drops_out_channel_tail>(
          {"drops_out_channel_tail",
           "computes output channels in full blocks of eight, zeros for the rest", "TAIL", "exact",
           "c2_i5x6_k9_f3x3/grad_input/f32"}),
      mutant<adds_column_tail_twice>(
          {"adds_column_tail_twice",
           "adds the columns twice where the last vector overlaps the one before", "TAIL", "exact",
           "c2_i5x9_k3_f3x3/grad_weights/f32"}),
      mutant<drops_odd_image>({"drops_odd_image",
                               "computes images in pairs, zeros for a last single one", "TAIL",
                               "exact", "n3_c2_i5x6_k3_f3x3/forward/f32"}),
      mutant<drops_product_tail>({"drops_product_tail",
                                  "sums channels times taps in full blocks of sixteen only", "TAIL",
                                  "exact", "c3_i5x6_k3_f3x2/forward/f32"}),
      mutant<drops_long_position_tail>(
          {"drops_long_position_tail",
           "drops the 5th to 7th output position after the last full block of eight", "TAIL",
           "exact", "c3_i3x17_k3_f3x3/forward/f32"}),
      mutant<leaves_column_tail>(
          {"leaves_column_tail", "writes output columns in full blocks of eight only", "TAIL",
           "memory safety", "c2_i5x13_k3_f3x3/forward/f32"},
          changes_bits<leaves_column_tail>),
      mutant<leaves_odd_row>(
          {"leaves_odd_row", "writes the input gradient in pairs of rows, not a last single one",
           "TAIL", "memory safety", "c2_i5x6_k3_f3x3/grad_input/f64"},
          changes_bits<leaves_odd_row>),
      mutant<leaves_filter_tail>(
          {"leaves_filter_tail", "writes the filter gradient in full blocks of 32 elements only",
           "TAIL", "memory safety", "c2_i5x6_k3_f3x3/grad_weights/bf16"},
          changes_bits<leaves_filter_tail>),
  };
}

}  // namespace convict::mutants
