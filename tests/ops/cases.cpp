// SPDX-License-Identifier: Apache-2.0
#include "tests/ops/cases.hpp"

namespace convict::ops::test {
namespace {

std::vector<Case> one_axis() {
  return {
      {"1-D valid", {.convdim = 1}, {2, 3, 9}, {4, 3, 2}, {{1}, {1}, {{0, 0}}}},
      {"1-D half strided dilated grouped",
       {.convdim = 1,
        .border_mode = "half",
        .subsample = {2},
        .filter_dilation = {3},
        .num_groups = 2},
       {3, 4, 10},
       {6, 2, 2},
       {{2}, {3}, {{2, 2}}, true, 2}},
      {"1-D one-sided, not flipped",
       {.convdim = 1, .border_mode = {{3, 0}}, .filter_flip = false},
       {1, 2, 5},
       {3, 2, 4},
       {{1}, {1}, {{3, 0}}, false}},
      {"1-D unshared",
       {.convdim = 1, .border_mode = {{1, 0}}, .subsample = {2}, .unshared = true},
       {2, 3, 7},
       {2, 3, 3, 3},
       {{2}, {1}, {{1, 0}}, true, 1, true}},
  };
}

std::vector<Case> two_axes() {
  return {
      {"2-D valid", {}, {2, 3, 6, 5}, {4, 3, 3, 2}, {{1, 1}, {1, 1}, {{0, 0}, {0, 0}}}},
      {"2-D not flipped",
       {.filter_flip = false},
       {1, 2, 5, 7},
       {3, 2, 2, 4},
       {{1, 1}, {1, 1}, {{0, 0}, {0, 0}}, false}},
      {"2-D half, even and odd dilated extents",
       {.border_mode = "half", .filter_dilation = {1, 2}},
       {2, 2, 5, 6},
       {3, 2, 4, 2},
       {{1, 1}, {1, 2}, {{2, 2}, {1, 1}}}},
      {"2-D full strided",
       {.border_mode = "full", .subsample = {2, 3}},
       {2, 1, 4, 5},
       {2, 1, 3, 2},
       {{2, 3}, {1, 1}, {{2, 2}, {1, 1}}}},
      {"2-D one int",
       {.border_mode = 1, .subsample = {3, 1}},
       {1, 3, 7, 4},
       {2, 3, 2, 3},
       {{3, 1}, {1, 1}, {{1, 1}, {1, 1}}}},
      {"2-D ints",
       {.border_mode = {2, 1}},
       {1, 1, 3, 4},
       {2, 1, 3, 2},
       {{1, 1}, {1, 1}, {{2, 2}, {1, 1}}}},
      {"2-D pairs and ints, everything at once",
       {.border_mode = {{0, 2}, 1},
        .subsample = {2, 1},
        .filter_dilation = {1, 2},
        .num_groups = 3},
       {2, 6, 7, 6},
       {9, 2, 3, 2},
       {{2, 1}, {1, 2}, {{0, 2}, {1, 1}}, true, 3}},
      {"2-D depthwise with multiplier 2",
       {.filter_flip = false, .num_groups = 3},
       {2, 3, 4, 5},
       {6, 1, 2, 3},
       {{1, 1}, {1, 1}, {{0, 0}, {0, 0}}, false, 3}},
      {"2-D unshared",
       {.unshared = true},
       {2, 3, 4, 5},
       {2, 3, 3, 3, 2, 3},
       {{1, 1}, {1, 1}, {{0, 0}, {0, 0}}, true, 1, true}},
      {"2-D unshared grouped strided dilated padded",
       {.border_mode = {1, {0, 1}},
        .subsample = {2, 1},
        .filter_flip = false,
        .filter_dilation = {1, 2},
        .num_groups = 2,
        .unshared = true},
       {2, 4, 5, 4},
       {4, 3, 3, 2, 2, 2},
       {{2, 1}, {1, 2}, {{1, 1}, {0, 1}}, false, 2, true}},
  };
}

std::vector<Case> three_axes() {
  return {
      {"3-D valid",
       {.convdim = 3},
       {2, 2, 4, 3, 5},
       {3, 2, 2, 1, 3},
       {{1, 1, 1}, {1, 1, 1}, {{0, 0}, {0, 0}, {0, 0}}}},
      {"3-D padded strided dilated grouped",
       {.convdim = 3,
        .border_mode = {1, 0, 2},
        .subsample = {1, 2, 3},
        .filter_dilation = {2, 1, 1},
        .num_groups = 2},
       {1, 4, 5, 4, 3},
       {2, 2, 2, 3, 2},
       {{1, 2, 3}, {2, 1, 1}, {{1, 1}, {0, 0}, {2, 2}}, true, 2}},
      {"3-D half, not flipped",
       {.convdim = 3, .border_mode = "half", .filter_flip = false},
       {1, 2, 3, 4, 2},
       {2, 2, 2, 3, 1},
       {{1, 1, 1}, {1, 1, 1}, {{1, 1}, {1, 1}, {0, 0}}, false}},
      {"3-D full",
       {.convdim = 3, .border_mode = "full", .subsample = {2, 1, 1}},
       {1, 1, 3, 2, 3},
       {2, 1, 2, 2, 1},
       {{2, 1, 1}, {1, 1, 1}, {{1, 1}, {1, 1}, {0, 0}}}},
  };
}

}  // namespace

const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    std::vector<Case> joined = one_axis();
    for (const auto& more : {two_axes(), three_axes()})
      joined.insert(joined.end(), more.begin(), more.end());
    return joined;
  }();
  return all;
}

Dims spatial(const Dims& shape, int axes) { return {shape.end() - axes, shape.end()}; }

Dims top_shape(const Case& c) {
  return closed_forward(Array(c.image), Array(c.kern), c.settings).shape();
}

}  // namespace convict::ops::test
