// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/geometry.hpp"
#include "core/layout.hpp"
#include "core/verdict.hpp"
#include "oracle/checks/calls.hpp"

namespace convict::oracle {

/// Where each element of a follow-up problem's tensor (dense, row-major) comes from: its offset in
/// the trial's tensor, or -1 for a zero.
using Map = std::vector<index_t>;

/// A follow-up problem (metamorphic testing's term for an input that is made from the original one;
/// here the original is the trial's problem), and where its tensors come from.
struct FollowUp {
  ConvSpec spec;
  std::array<Map, all_passes.size()> maps;  ///< by the pass that writes the tensor
  const Map& operator[](Pass writes) const { return maps[static_cast<std::size_t>(writes)]; }
};

/// A metamorphic relation that index maps describe: the convolution F equals a sum of follow-up
/// convolutions F_i on gathered operands. A_i, B_i and C_i gather the input, filters and output of
/// follow-up problem i by its maps; P sets to zero what no map reaches:
///
///     forward        P_y F(P_x x, P_w w)  =  sum_i  C_i' F_i(A_i x, B_i w)
///
/// ' is the transpose: it scatters and adds. Both sides are bilinear, so their adjoints agree too:
///
///     grad_input     P_x F_x'(P_y t, P_w w)  =  sum_i  A_i' F_i,x'(C_i t, B_i w)
///     grad_weights   P_w F_w'(P_x x, P_y t)  =  sum_i  B_i' F_i,w'(A_i x, C_i t)
///
/// So one description serves the three passes. Operand elements that no map reaches are set to
/// zero; result elements that no map reaches are not compared.
struct IndexRelation {
  std::string says;  ///< "flip = reversed taps"
  std::vector<FollowUp> follow_ups;
};

/// Computes both sides with the subject and compares them: for equality on integers; on real data
/// each element must lie within the sum of both sides' bounds. The products of a follow-up problem
/// are a subset of the trial's, so limits that make the trial exact make it exact, too.
Verdict judge_index_relation(const Trial& trial, const sandbox::Subject& subject,
                             sandbox::Sandbox& sandbox, const IndexRelation& relation);

using ImageIndex = std::array<index_t, 5>;   ///< (n, c, i0, i1, i2) after lifting to rank 3
using FilterIndex = std::array<index_t, 8>;  ///< (k, o0, o1, o2, c, f0, f1, f2)

/// Where the spatial axes of an image, the output axes of unshared filters, and the taps begin.
inline constexpr std::size_t image_axis = 2;
inline constexpr std::size_t bank_axis = 1;
inline constexpr std::size_t tap_axis = 5;

/// The map that `source_of` describes: it turns an index of the follow-up problem's shape, in
/// place, into one of the trial's; an index outside the trial's shape stands for a zero.
template <std::size_t Rank, class SourceOf>
Map make_map(const Shape<Rank>& follow_up, const Shape<Rank>& base, SourceOf source_of) {
  const Shape<Rank> dense = row_major(base.extents);
  Map map;
  map.reserve(static_cast<std::size_t>(follow_up.elements()));
  for_each_index(follow_up, [&](const std::array<index_t, Rank>& index) {
    std::array<index_t, Rank> source = index;
    source_of(source);
    bool exists = true;
    for (std::size_t a = 0; a < Rank; ++a)
      exists = exists && source[a] >= 0 && source[a] < base.extents[a];
    map.push_back(exists ? dense.offset(source) : -1);
  });
  return map;
}

/// A follow-up problem with the maps that three functions describe (see make_map).
template <class OfInput, class OfFilters, class OfOutput>
FollowUp follow_up_of(const ConvSpec& base, const ConvSpec& spec, OfInput of_input,
                      OfFilters of_filters, OfOutput of_output) {
  const TensorShapes from = shapes_of(base);
  const TensorShapes to = shapes_of(spec);
  FollowUp follow_up{.spec = spec, .maps = {}};
  follow_up.maps[static_cast<std::size_t>(Pass::grad_input)] =
      make_map(to.input, from.input, of_input);
  follow_up.maps[static_cast<std::size_t>(Pass::grad_weights)] =
      make_map(to.filters, from.filters, of_filters);
  follow_up.maps[static_cast<std::size_t>(Pass::forward)] =
      make_map(to.output, from.output, of_output);
  return follow_up;
}

/// Leaves an index unchanged.
inline constexpr auto as_it_is = [](auto&) {};

}  // namespace convict::oracle
