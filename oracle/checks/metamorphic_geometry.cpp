// Relations between problems that differ in space: shift, flip, dilation, stride, padding, rank.
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

/// An axis can be shifted when outputs are left to compare and not all of the image falls off.
bool can_shift(const ConvSpec& spec, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  return output_extent(spec, axis) > 1 && spec.input[a] > spec.stride[a];
}

struct Move {
  int axis;
  index_t outputs;
};

/// One or two outputs along an axis, both chosen by the seed.
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

/// The same problem with the zeros of its dilation in the filters.
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

/// The same problem with its padding in the image.
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

/// An axis of extent 1 more or less moves no element.
Part same_memory(const ConvSpec& base, const ConvSpec& derived) {
  Part part{.spec = derived, .maps = {}};
  for (const Pass writes : all_passes) {
    Map& map = part.maps[static_cast<std::size_t>(writes)];
    map.resize(static_cast<std::size_t>(elements_of(base, writes)));
    std::iota(map.begin(), map.end(), index_t{0});
  }
  return part;
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

Correspondence shift(const Trial& trial) {
  const ConvSpec& spec = trial.spec;
  const Move move = move_of(trial);
  const auto axis = static_cast<std::size_t>(move.axis);
  const std::size_t a = lifted_axis(spec, axis);
  const index_t inputs = move.outputs * spec.stride[axis];
  return {"shift by whole strides = moved output",
          {part_of(
              spec, spec, [&](ImageIndex& index) { index[image_axis + a] -= inputs; },
              [&](FilterIndex& index) {
                if (spec.unshared) index[bank_axis + a] -= move.outputs;
              },
              [&](ImageIndex& index) { index[image_axis + a] -= move.outputs; })}};
}

Correspondence flip(const Trial& trial) {
  ConvSpec other = trial.spec;
  other.flip = !other.flip;
  const Geometry g = geometry_of(trial.spec);
  return {"flip = reversed taps",
          {part_of(
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
    return unbearable(undilated(trial.spec));
  return "the filters are not dilated";
}

Correspondence dilation(const Trial& trial) {
  const ConvSpec dense = undilated(trial.spec);
  const Geometry g = geometry_of(trial.spec);
  return {"dilation = zero-stuffed filter",
          {part_of(
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
    return unbearable(unstrided(trial.spec));
  return "no axis takes more than one step of a stride above 1";
}

Correspondence stride(const Trial& trial) {
  const ConvSpec dense = unstrided(trial.spec);
  const Geometry g = geometry_of(trial.spec);
  const auto thin_out = [&](auto& index, std::size_t first) {
    for (std::size_t a = 0; a < max_rank; ++a) {
      index_t& position = index[first + a];
      position = position % g.stride[a] == 0 ? position / g.stride[a] : -1;
    }
  };
  return {"stride = every s-th output of stride 1",
          {part_of(
              trial.spec, dense, as_it_is,
              [&](FilterIndex& index) {
                if (g.unshared) thin_out(index, bank_axis);
              },
              [&](ImageIndex& index) { thin_out(index, image_axis); })}};
}

std::optional<std::string> padding_needs(const Trial& trial) {
  if (any_axis(trial.spec, [&](int axis) { return padding_of(trial.spec, axis) != SidePadding{}; }))
    return unbearable(unpadded(trial.spec));
  return "nothing is padded";
}

Correspondence padding(const Trial& trial) {
  const ConvSpec valid = unpadded(trial.spec);
  const Geometry g = geometry_of(trial.spec);
  return {"padding = explicit zeros, then valid",
          {part_of(
              trial.spec, valid,
              [&](ImageIndex& index) {
                for (std::size_t a = 0; a < max_rank; ++a) index[image_axis + a] -= g.pad_before[a];
              },
              as_it_is, as_it_is)}};
}

std::optional<std::string> rank_raising_needs(const Trial& trial) {
  if (trial.spec.rank < max_rank) return std::nullopt;
  return "the rank is the highest";
}

Correspondence rank_raising(const Trial& trial) {
  const ConvSpec& spec = trial.spec;
  ConvSpec higher = without_axes(spec, spec.rank + 1);
  const auto fresh =
      static_cast<std::size_t>(trial.recipe.seed % 3) % static_cast<std::size_t>(higher.rank);
  for (std::size_t a = 0; a < static_cast<std::size_t>(spec.rank); ++a)
    copy_axis(spec, a, higher, a < fresh ? a : a + 1);
  return {"one rank higher with an axis of 1", {same_memory(spec, higher)}};
}

std::optional<std::string> rank_lowering_needs(const Trial& trial) {
  if (trial.spec.rank == 1) return "the rank is the lowest";
  if (any_axis(trial.spec, [&](int axis) { return is_neutral(trial.spec, axis); }))
    return std::nullopt;
  return "every axis extends";
}

Correspondence rank_lowering(const Trial& trial) {
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
