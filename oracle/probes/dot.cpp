// SPDX-License-Identifier: Apache-2.0
#include "oracle/probes/dot.hpp"

#include <array>

#include "core/spec_text.hpp"

namespace convict::oracle::probes {
namespace {

/// One position and one tap, then larger problems for kernels that need those. The position in the
/// middle is multiplied with the tap in the middle.
constexpr std::array<std::string_view, 8> dot_shapes = {
    "c1_i1x1_k1_f1x1", "c1_i1x1_k1_f3x3_p1", "c1_i1_k1_f1",         "c1_i1_k1_f3_p1",
    "c1_i8x8_k1_f1x1", "c1_i8x8_k1_f3x3_p1", "c1_i1x1x1_k1_f1x1x1", "c1_i8x8x8_k1_f3x3x3_p1"};

/// `shape` with 32 terms; the other channel counts are `other`.
ConvSpec with_places(std::string_view shape, Pass pass, index_t other) {
  ConvSpec spec = parse_spec(shape);
  spec.in_channels = spec.out_channels = other;
  constexpr auto terms = static_cast<index_t>(Dot::places);
  switch (pass) {
    case Pass::forward: spec.in_channels = terms; break;
    case Pass::grad_input: spec.out_channels = terms; break;
    case Pass::grad_weights: spec.batch = terms; break;
  }
  return spec;
}

/// Offset of the middle of a plane with these extents.
std::size_t middle(const ConvSpec& spec, const Axes& extents) {
  index_t offset = 0;
  for (std::size_t a = 0; a < static_cast<std::size_t>(spec.rank); ++a)
    offset = offset * extents[a] + extents[a] / 2;
  return static_cast<std::size_t>(offset);
}

std::size_t plane(const ConvSpec& spec, const Axes& extents) {
  index_t size = 1;
  for (std::size_t a = 0; a < static_cast<std::size_t>(spec.rank); ++a) size *= extents[a];
  return static_cast<std::size_t>(size);
}

}  // namespace

std::optional<Dot> Dot::on(Bench& bench) {
  for (const index_t other :
       {index_t{1}, index_t{32}})  // some kernels need whole tiles of channels
    for (const bool flip : {false, true})
      for (const std::string_view shape : dot_shapes) {
        ConvSpec spec = with_places(shape, bench.pass(), other);
        spec.flip = flip;
        if (bench.takes(spec)) return Dot(bench, spec);
      }
  return std::nullopt;
}

double Dot::operator()(std::span<const Term> terms) const {
  const Pass pass = bench_.pass();
  const bool by_image = pass == Pass::grad_weights;
  const auto channels = static_cast<std::size_t>(spec_.in_channels);
  const auto filters = static_cast<std::size_t>(spec_.out_channels);
  // Input and output have the same extents in all shapes.
  const std::size_t image = plane(spec_, spec_.input);
  const std::size_t position = middle(spec_, spec_.input);
  const std::size_t taps = plane(spec_, spec_.filter);
  const std::size_t tap = middle(spec_, spec_.filter);
  // Distance from one term to the next, in planes of the operands.
  const std::size_t first_step = by_image ? channels : 1;
  const std::size_t second_step = by_image ? filters : pass == Pass::forward ? 1 : channels;
  OperandPair pair{std::vector<double>(static_cast<std::size_t>(bench_.first_elements(spec_))),
                   std::vector<double>(static_cast<std::size_t>(bench_.second_elements(spec_)))};
  for (const Term& term : terms) {
    pair.first[term.place * first_step * image + position] = term.a;
    pair.second[term.place * second_step * (by_image ? image : taps) +
                (by_image ? position : tap)] = term.b;
  }
  return bench_.values(spec_, pair)[by_image ? tap : position];
}

}  // namespace convict::oracle::probes
