// SPDX-License-Identifier: Apache-2.0
// Metamorphic relations between problems that differ in their geometry: shift, flip, dilation,
// stride, padding, rank.
#include <numeric>

#include "oracle/checks/applicable.hpp"
#include "oracle/checks/metamorphic.hpp"

namespace convict::oracle {
namespace {

/// Where axis 0 of the spec ends up after lifting to rank 3.
std::size_t lifted_axis(const ConvSpec& spec, std::size_t axis) {
  return axis + static_cast<std::size_t>(max_rank - spec.rank);
}

template <class Predicate>
bool any_axis(const ConvSpec& spec, Predicate&& predicate) {
  for (int axis = 0; axis < spec.rank; ++axis)
    if (predicate(axis)) return true;
  return false;
}

/// An axis can be shifted when that leaves outputs to compare and part of the image inside.
bool can_shift(const ConvSpec& spec, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  return output_extent(spec, axis) > 1 && spec.input[a] > spec.stride[a];
}

/// A shift by a number of outputs along an axis.
struct Move {
  int axis;
  index_t outputs;
};

/// One or two outputs along an axis; the seed chooses both.
Move move_of(const Trial& trial) {
  const ConvSpec& spec = trial.spec;
  std::vector<Move> moves;
  for (int axis = 0; axis < spec.rank; ++axis)
    for (const index_t by : {index_t{1}, index_t{2}})
      if (can_shift(spec, axis) && by < output_extent(spec, axis) &&
          by * spec.stride[static_cast<std::size_t>(axis)] <
              spec.input[static_cast<std::size_t>(axis)])
        moves.push_back({axis, by});
  return moves[trial.recipe.seed % moves.size()];
}

void copy_axis(const ConvSpec& from, std::size_t a, ConvSpec& to, std::size_t b) {
  to.input[b] = from.input[a];
  to.filter[b] = from.filter[a];
  to.stride[b] = from.stride[a];
  to.dilation[b] = from.dilation[a];
  to.padding[b] = from.padding[a];
}

ConvSpec without_axes(const ConvSpec& spec, int rank) {
  ConvSpec result = spec;
  const ConvSpec neutral;
  result.rank = rank;
  for (std::size_t a = 0; a < max_rank; ++a) copy_axis(neutral, a, result, a);
  return result;
}

/// The same problem without dilation: filters as long as the dilated ones.
ConvSpec undilated(ConvSpec spec) {
  for (int axis = 0; axis < spec.rank; ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    spec.filter[a] = dilated_extent(spec, axis);
    spec.dilation[a] = 1;
  }
  return spec;
}

ConvSpec unstrided(ConvSpec spec) {
  spec.stride = {1, 1, 1};
  return spec;
}

/// The same problem without padding: an image as large as the padded one.
ConvSpec unpadded(const ConvSpec& spec) {
  ConvSpec valid = spec;
  valid.border = BorderMode::none;
  valid.padding = {};
  for (int axis = 0; axis < valid.rank; ++axis) {
    const SidePadding pad = padding_of(spec, axis);
    valid.input[static_cast<std::size_t>(axis)] += pad.before + pad.after;
  }
  return valid;
}

/// A follow-up problem whose tensors have the same elements in the same order: specs that differ by
/// an axis of extent 1.
FollowUp same_memory(const ConvSpec& base, const ConvSpec& spec) {
  FollowUp follow_up{.spec = spec, .maps = {}};
  for (const Pass writes : all_passes) {
    Map& map = follow_up.maps[static_cast<std::size_t>(writes)];
    map.resize(static_cast<std::size_t>(elements_of(base, writes)));
    std::iota(map.begin(), map.end(), index_t{0});
  }
  return follow_up;
}

bool is_neutral(const ConvSpec& spec, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  return spec.input[a] == 1 && spec.filter[a] == 1 && padding_of(spec, axis) == SidePadding{};
}

}  // namespace

std::optional<std::string> shift_needs(const Trial& trial) {
  if (any_axis(trial.spec, [&](int axis) { return can_shift(trial.spec, axis); }))
    return std::nullopt;
  return "no axis has room for a shift by a stride";
}

IndexRelation shift(const Trial& trial) {
  const ConvSpec& spec = trial.spec;
  const Move move = move_of(trial);
  const auto axis = static_cast<std::size_t>(move.axis);
  const std::size_t a = lifted_axis(spec, axis);
  const index_t inputs = move.outputs * spec.stride[axis];
  return {"shift by whole strides = moved output",
          {follow_up_of(
              spec, spec, [&](ImageIndex& index) { index[image_axis + a] -= inputs; },
              [&](FilterIndex& index) {
                if (spec.unshared) index[bank_axis + a] -= move.outputs;
              },
              [&](ImageIndex& index) { index[image_axis + a] -= move.outputs; })}};
}

IndexRelation flip(const Trial& trial) {
  ConvSpec other = trial.spec;
  other.flip = !other.flip;
  const Geometry g = geometry_of(trial.spec);
  return {"flip = reversed taps",
          {follow_up_of(
              trial.spec, other, as_it_is,
              [&](FilterIndex& index) {
                for (std::size_t a = 0; a < max_rank; ++a)
                  index[tap_axis + a] = g.filter[a] - 1 - index[tap_axis + a];
              },
              as_it_is)}};
}

std::optional<std::string> dilation_needs(const Trial& trial) {
  const ConvSpec& spec = trial.spec;
  if (any_axis(spec, [&](int axis) {
        return dilated_extent(spec, axis) > spec.filter[static_cast<std::size_t>(axis)];
      }))
    return why_unfit_follow_up(undilated(trial.spec));
  return "the filters are not dilated";
}

IndexRelation dilation(const Trial& trial) {
  const ConvSpec dense = undilated(trial.spec);
  const Geometry g = geometry_of(trial.spec);
  return {"dilation = zero-stuffed filter",
          {follow_up_of(
              trial.spec, dense, as_it_is,
              [&](FilterIndex& index) {
                for (std::size_t a = 0; a < max_rank; ++a) {
                  index_t& tap = index[tap_axis + a];
                  tap = tap % g.dilation[a] == 0 ? tap / g.dilation[a] : -1;
                }
              },
              as_it_is)}};
}

std::optional<std::string> stride_needs(const Trial& trial) {
  const ConvSpec& spec = trial.spec;
  if (any_axis(spec, [&](int axis) {
        return spec.stride[static_cast<std::size_t>(axis)] > 1 && output_extent(spec, axis) > 1;
      }))
    return why_unfit_follow_up(unstrided(trial.spec));
  return "no axis with a stride above 1 has more than one output";
}

IndexRelation stride(const Trial& trial) {
  const ConvSpec dense = unstrided(trial.spec);
  const Geometry g = geometry_of(trial.spec);
  const auto take_every_sth = [&](auto& index, std::size_t first) {
    for (std::size_t a = 0; a < max_rank; ++a) {
      index_t& position = index[first + a];
      position = position % g.stride[a] == 0 ? position / g.stride[a] : -1;
    }
  };
  return {"stride = every s-th output of stride 1",
          {follow_up_of(
              trial.spec, dense, as_it_is,
              [&](FilterIndex& index) {
                if (g.unshared) take_every_sth(index, bank_axis);
              },
              [&](ImageIndex& index) { take_every_sth(index, image_axis); })}};
}

std::optional<std::string> padding_needs(const Trial& trial) {
  if (any_axis(trial.spec, [&](int axis) { return padding_of(trial.spec, axis) != SidePadding{}; }))
    return why_unfit_follow_up(unpadded(trial.spec));
  return "there is no padding";
}

IndexRelation padding(const Trial& trial) {
  const ConvSpec valid = unpadded(trial.spec);
  const Geometry g = geometry_of(trial.spec);
  return {"padding = explicit zeros, then valid",
          {follow_up_of(
              trial.spec, valid,
              [&](ImageIndex& index) {
                for (std::size_t a = 0; a < max_rank; ++a) index[image_axis + a] -= g.pad_before[a];
              },
              as_it_is, as_it_is)}};
}

std::optional<std::string> rank_raising_needs(const Trial& trial) {
  if (trial.spec.rank < max_rank) return std::nullopt;
  return "the rank is the highest already";
}

IndexRelation rank_raising(const Trial& trial) {
  const ConvSpec& spec = trial.spec;
  ConvSpec higher = without_axes(spec, spec.rank + 1);
  const auto fresh =
      static_cast<std::size_t>(trial.recipe.seed % 3) % static_cast<std::size_t>(higher.rank);
  for (std::size_t a = 0; a < static_cast<std::size_t>(spec.rank); ++a)
    copy_axis(spec, a, higher, a < fresh ? a : a + 1);
  return {"one rank higher with an axis of 1", {same_memory(spec, higher)}};
}

std::optional<std::string> rank_lowering_needs(const Trial& trial) {
  if (trial.spec.rank == 1) return "the rank is the lowest already";
  if (any_axis(trial.spec, [&](int axis) { return is_neutral(trial.spec, axis); }))
    return std::nullopt;
  return "no axis has extent 1, a filter of 1 and no padding";
}

IndexRelation rank_lowering(const Trial& trial) {
  const ConvSpec& spec = trial.spec;
  int left_out = 0;
  while (!is_neutral(spec, left_out)) ++left_out;
  ConvSpec lower = without_axes(spec, spec.rank - 1);
  for (int axis = 0, to = 0; axis < spec.rank; ++axis)
    if (axis != left_out)
      copy_axis(spec, static_cast<std::size_t>(axis), lower, static_cast<std::size_t>(to++));
  return {"one rank lower without its axis of 1", {same_memory(spec, lower)}};
}

}  // namespace convict::oracle
