// SPDX-License-Identifier: Apache-2.0
#include "ops/array_ops.hpp"
#include "ops/slow_conv.hpp"

namespace convict::ops {
namespace {

/// The problem as Theano's Python methods see it: two or three axes, explicit padding.
struct Frame {
  std::size_t axes;
  Dims stride, dilation, filter, whole;  ///< whole: extents of a stride-1 output
  std::vector<SidePadding> pads, crops;
  index_t groups;
  bool flip, unshared;
};

/// One axis is computed as two, the first of extent 1.
Frame frame_of(const ConvSpec& spec) {
  Frame frame{.axes = static_cast<std::size_t>(spec.rank),
              .stride = {},
              .dilation = {},
              .filter = {},
              .whole = {},
              .pads = {},
              .crops = {},
              .groups = spec.groups,
              .flip = spec.flip,
              .unshared = spec.unshared};
  if (spec.rank == 1)
    frame = {2, {1}, {1}, {1}, {1}, {{0, 0}}, {{0, 0}}, spec.groups, spec.flip, spec.unshared};
  for (int axis = 0; axis < spec.rank; ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    const SidePadding pad = padding_of(spec, axis);
    frame.stride.push_back(spec.stride[a]);
    frame.dilation.push_back(spec.dilation[a]);
    frame.filter.push_back(spec.filter[a]);
    frame.whole.push_back(spec.input[a] + pad.before + pad.after - dilated_extent(spec, axis) + 1);
    frame.pads.push_back(pad);
    frame.crops.push_back({-pad.before, -pad.after});
  }
  return frame;
}

/// (N, C, L) as (N, C, 1, L).
Array two_axes(const Array& image) {
  if (image.rank() != 3) return image;
  return image.reshaped({image.extent(0), image.extent(1), 1, image.extent(2)});
}

/// (F, C/G, k) as (F, C/G, 1, k); (F, oL, C/G, k) as (F, 1, oL, C/G, 1, k).
Array two_axes_bank(const Array& kern, const ConvSpec& spec) {
  if (spec.rank != 1) return kern;
  if (!spec.unshared) return two_axes(kern);
  const Dims& s = kern.shape();
  return kern.reshaped({s[0], 1, s[1], s[2], 1, s[3]});
}

/// Unshared filters for the positions of stride 1: zero at positions that the stride skips.
Array spread_bank(const Array& kern, const Frame& frame) {
  const Array bank_last = transposed(kern, {0, 3, 4, 5, 1, 2});
  return transposed(stuffed(bank_last, frame.stride, frame.whole), {0, 4, 5, 1, 2, 3});
}

Array plain(const Array& img, const Array& kern, const Frame& frame, const char* mode,
            const Dims& dilation, const char* direction, index_t groups) {
  return conv(img, kern,
              {.mode = mode,
               .dilation = dilation,
               .num_groups = groups,
               .unshared = frame.unshared,
               .direction = direction});
}

/// Axes 0 and `other` of an array exchanged.
Array exchanged(const Array& array, std::size_t other) {
  std::vector<std::size_t> order(array.rank());
  for (std::size_t a = 0; a < order.size(); ++a) order[a] = a;
  std::swap(order[0], order[other]);
  return transposed(array, order);
}

/// Filters of each group with in and out channels exchanged: (C, F/G, k...) from (F, C/G, k...).
Array channel_swapped(const Array& kern, const Frame& frame) {
  const index_t per_group = kern.extent(0) / frame.groups;
  std::vector<Array> groups;
  for (index_t g = 0; g < frame.groups; ++g)
    groups.push_back(
        exchanged(sliced(kern, 0, g * per_group, per_group), frame.unshared ? 1 + frame.axes : 1));
  return concatenated(groups, 0);
}

/// The gradient of one group's filters, as if it were alone.
Array group_weights(const Array& img, const Array& top, const Frame& frame) {
  const Array by_channel = exchanged(img, 1);
  const Array by_filter = exchanged(top, 1);
  const Dims ones(frame.axes, 1);
  if (!frame.unshared) {
    const Array taps = plain(by_channel, reversed(by_filter, frame.axes), frame, "valid", ones,
                             "backprop weights", 1);
    return exchanged(subsampled(taps, frame.dilation), 1);
  }
  // (C, F, rows, columns, taps) as (F, rows, columns, C, taps), without the positions and taps that
  // stride and dilation skip.
  const Array taps = plain(by_channel, by_filter, frame, "valid", ones, "backprop weights", 1);
  Dims steps = frame.stride;
  steps.insert(steps.end(), frame.dilation.begin(), frame.dilation.end());
  return transposed(subsampled(taps, steps), {1, 2, 3, 0, 4, 5});
}

}  // namespace

Array perform_forward(const ConvSpec& spec, const Array& img, const Array& kern) {
  const Frame frame = frame_of(spec);
  const Array lifted_kern = two_axes_bank(kern, spec);
  Array filters = frame.flip ? lifted_kern : reversed(lifted_kern, frame.axes);
  if (frame.unshared) filters = spread_bank(filters, frame);
  const Array whole = plain(padded(two_axes(img), frame.pads), filters, frame, "valid",
                            frame.dilation, "forward", frame.groups);
  return subsampled(whole, frame.stride).reshaped(output_dims(spec));
}

Array perform_grad_weights(const ConvSpec& spec, const Array& img, const Array& top) {
  const Frame frame = frame_of(spec);
  const Array x = padded(two_axes(img), frame.pads);
  const Array t = stuffed(two_axes(top), frame.stride, frame.whole);
  const index_t channels = x.extent(1) / frame.groups;
  const index_t filters = t.extent(1) / frame.groups;
  std::vector<Array> groups;
  for (index_t g = 0; g < frame.groups; ++g)
    groups.push_back(group_weights(sliced(x, 1, g * channels, channels),
                                   sliced(t, 1, g * filters, filters), frame));
  const Array taps = concatenated(groups, 0);
  return (frame.flip ? reversed(taps, frame.axes) : taps).reshaped(filter_dims(spec));
}

Array perform_grad_inputs(const ConvSpec& spec, const Array& kern, const Array& top) {
  const Frame frame = frame_of(spec);
  const Array t = stuffed(two_axes(top), frame.stride, frame.whole);
  Array filters = channel_swapped(two_axes_bank(kern, spec), frame);
  // Shared filters are reversed by the convolution itself, banks by the scatter.
  if (frame.flip != frame.unshared) filters = reversed(filters, frame.axes);
  if (frame.unshared) filters = spread_bank(filters, frame);
  const Array whole =
      plain(t, filters, frame, "full", frame.dilation, "backprop inputs", frame.groups);
  return padded(whole, frame.crops).reshaped(input_dims(spec));
}

}  // namespace convict::ops
