#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/geometry.hpp"
#include "core/layout.hpp"
#include "core/verdict.hpp"
#include "oracle/checks/calls.hpp"

namespace convict::oracle {

/// Where each element of a derived problem's tensor (dense, row-major) comes from: its offset in
/// the trial's tensor, or -1 for a zero.
using Map = std::vector<index_t>;

/// A problem derived from the trial's, and where its tensors come from.
struct Part {
  ConvSpec spec;
  std::array<Map, all_passes.size()> maps;  ///< by the pass that writes the tensor
  const Map& operator[](Pass writes) const { return maps[static_cast<std::size_t>(writes)]; }
};

/// Another way to compute the same convolution F: with A, B and C gathering a part's input, filters
/// and output by its maps, and P projecting on what any part's map reaches,
///
///     forward        P_y F(P_x x, P_w w)  =  sum over the parts of  C' F_part(A x, B w)
///
/// ' is the transpose: it scatters and adds. Both sides are bilinear, so their adjoints agree too:
///
///     grad_input     P_x F_x'(P_y t, P_w w)  =  sum  A' F_part,x'(C t, B w)
///     grad_weights   P_w F_w'(P_x x, P_y t)  =  sum  B' F_part,w'(A x, C t)
///
/// One description serves the three passes: operands outside P are zeroed, results outside P not
/// compared.
struct Correspondence {
  std::string says;  ///< "flip = reversed taps"
  std::vector<Part> parts;
};

/// Compares both sides on the subject, exactly on integers. A part's products are a subset of those
/// that meet in the trial's elements, so limits that make the trial exact make every part exact. On
/// real data each element must lie within the sum of both sides' bounds.
Verdict judge_correspondence(const Trial& trial, const sandbox::Subject& subject,
                             sandbox::Sandbox& sandbox, const Correspondence& correspondence);

using ImageIndex = std::array<index_t, 5>;   ///< (n, c, i0, i1, i2) after lifting to rank 3
using FilterIndex = std::array<index_t, 8>;  ///< (k, o0, o1, o2, c, f0, f1, f2)

/// The first spatial axis in the two kinds of index, and the bank's first axis.
inline constexpr std::size_t image_axis = 2;
inline constexpr std::size_t bank_axis = 1;
inline constexpr std::size_t tap_axis = 5;

/// The map that `source_of` describes: it turns an index of the derived shape into one of the
/// trial's; an index that does not exist there means a zero.
template <std::size_t Rank, class SourceOf>
Map make_map(const Shape<Rank>& derived, const Shape<Rank>& base, SourceOf source_of) {
  const Shape<Rank> dense = row_major(base.extents);
  Map map;
  map.reserve(static_cast<std::size_t>(derived.elements()));
  for_each_index(derived, [&](const std::array<index_t, Rank>& index) {
    std::array<index_t, Rank> source = index;
    source_of(source);
    bool exists = true;
    for (std::size_t a = 0; a < Rank; ++a)
      exists = exists && source[a] >= 0 && source[a] < base.extents[a];
    map.push_back(exists ? dense.offset(source) : -1);
  });
  return map;
}

/// A part made of three functions that turn an index of the part's tensor into the trial's, in
/// place.
template <class OfInput, class OfFilters, class OfOutput>
Part part_of(const ConvSpec& base, const ConvSpec& derived, OfInput of_input, OfFilters of_filters,
             OfOutput of_output) {
  const TensorShapes from = shapes_of(base);
  const TensorShapes to = shapes_of(derived);
  Part part{.spec = derived, .maps = {}};
  part.maps[static_cast<std::size_t>(Pass::grad_input)] = make_map(to.input, from.input, of_input);
  part.maps[static_cast<std::size_t>(Pass::grad_weights)] =
      make_map(to.filters, from.filters, of_filters);
  part.maps[static_cast<std::size_t>(Pass::forward)] = make_map(to.output, from.output, of_output);
  return part;
}

/// Leaves an index as it is.
inline constexpr auto as_it_is = [](auto&) {};

}  // namespace convict::oracle
