// SPDX-License-Identifier: Apache-2.0
#include "fuzz/features/modes.hpp"

#include <cassert>

#include "fuzz/features/feature_parts.hpp"

namespace convict::fuzz::modes {
namespace {

/// Each makes most specs invalid.
using Spoil = void (*)(ConvSpec&, std::size_t axis);
constexpr std::array<Spoil, 8> spoils = {
    [](ConvSpec& spec, std::size_t a) { spec.stride[a] = 0; },
    [](ConvSpec& spec, std::size_t a) { spec.dilation[a] = 0; },
    [](ConvSpec& spec, std::size_t a) { spec.filter[a] = 0; },
    [](ConvSpec& spec, std::size_t) { spec.groups = 0; },
    [](ConvSpec& spec, std::size_t) { spec.groups = spec.in_channels + 1; },
    [](ConvSpec& spec, std::size_t) {
      spec.out_channels = spec.groups * spec.out_channels + 1, spec.groups = 2 * spec.groups + 1;
    },
    [](ConvSpec& spec, std::size_t a) {  // does not fit
      spec.filter[a] = spec.input[a] + 1;
      spec.dilation[a] = 1;
      spec.border = BorderMode::valid;
      spec.padding = {};
    },
    [](ConvSpec& spec, std::size_t a) {  // more bytes than 64 bits can count
      spec.batch = index_t{1} << 31;
      spec.in_channels = spec.groups << 30;
      spec.input[a] += 4;
    },
};

}  // namespace

void base(Draft& draft) {
  ConvSpec& spec = draft.spec();
  spec.rank = 2;
  for (std::size_t a = 0; a < max_rank; ++a) {  // a feature may raise the rank
    spec.filter[a] = draft.draw.between(1, 4);
    draft.output[a] = draft.draw.between(1, 9);
  }
  draft.group_in_channels = draft.draw.between(1, 9);
  draft.group_out_channels = draft.draw.between(1, 9);
}

void plain(Draft& draft) {
  constexpr std::array<index_t, 6> filters = {3, 3, 3, 3, 1, 5};
  constexpr std::array<index_t, 8> channels = {3, 8, 16, 32, 64, 8, 16, 24};
  constexpr std::array<index_t, 6> batches = {1, 1, 2, 2, 4, 8};
  ConvSpec& spec = draft.spec();
  const index_t filter = draft.draw.one_of(filters);
  const index_t stride = draft.draw.chance(25) ? 2 : 1;
  const index_t pad = draft.draw.chance(80) ? filter / 2 : 0;
  const index_t output = draft.draw.between(4, 28);
  spec.rank = 2;
  spec.batch = draft.draw.one_of(batches);
  draft.group_in_channels = draft.draw.one_of(channels);
  draft.group_out_channels = draft.draw.one_of(channels);
  draft.each_axis([&](std::size_t a) {
    spec.filter[a] = filter;
    spec.stride[a] = stride;
    spec.padding[a] = {pad, pad};
    draft.output[a] = output;
  });
  if (draft.draw.chance(50)) draft.output[1] = draft.draw.between(4, 28);
}

void tiny(Draft& draft) {
  const auto few = [&] { return draft.draw.between(1, 3); };
  ConvSpec& spec = draft.spec();
  spec.rank = static_cast<int>(few());
  spec.batch = few();
  draft.group_in_channels = few();
  draft.group_out_channels = few();
  if (draft.draw.chance(25)) spec.groups = few();
  draft.each_axis([&](std::size_t a) {
    spec.filter[a] = few();
    spec.stride[a] = few();
    if (draft.draw.chance(25)) spec.dilation[a] = few();
    spec.padding[a] = {draft.draw.between(0, 3), draft.draw.between(0, 3)};
    draft.output[a] = draft.draw.between(1, 2);
  });
  if (draft.draw.chance(25)) parts::symbolic_border(draft);
  spec.flip = draft.draw.chance(25);
  spec.unshared = draft.draw.chance(5);
}

void huge(Draft& draft) {
  base(draft);
  if (draft.draw.chance(50))
    parts::huge_parameter(draft);
  else
    parts::long_axis(draft);
}

Trial emptied(Draft draft) {
  ConvSpec& spec = draft.spec();
  switch (draft.draw.between(0, 3)) {
    case 0: spec.batch = 0; break;
    case 1: spec.in_channels = 0; break;
    case 2: spec.out_channels = 0; break;
    default: spec.in_channels = spec.out_channels = 0; break;
  }
  return draft.trial;
}

Trial spoiled(Draft draft) {
  const ConvSpec sound = draft.spec();
  // Another mistake in each pass: the same one would show nothing new. Number 0 always succeeds.
  constexpr std::size_t step = 3;
  const auto drawn = static_cast<std::size_t>(draft.draw.between(0, spoils.size() - 1));
  for (std::size_t at = (drawn + step * draft.turn) % spoils.size();; --at) {
    draft.spec() = sound;
    spoils[at](draft.spec(), draft.any_axis());
    if (why_invalid(draft.spec())) break;
    assert(at > 0);
  }
  draft.trial.recipe = {};
  draft.trial.recipe.check = "must_refuse";
  return draft.trial;
}

}  // namespace convict::fuzz::modes
