// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "oracle/projection/sides.hpp"
#include "oracle/projection/tasks.hpp"

namespace convict::oracle {
namespace {

using Words = std::vector<Word>;

/// The buffers that one thread needs to convolve planes.
struct Workspace {
  Words sums{}, input{}, output{}, laid_input{}, laid_output{};
};

const Words& sum_up(std::vector<Workspace>& spaces) {
  Words& total = spaces.front().sums;
  for (std::size_t thread = 1; thread < spaces.size(); ++thread)
    for (std::size_t i = 0; i < total.size(); ++i) total[i] += spaces[thread].sums[i];
  return total;
}

/// The parts of a plane, for several planes in a row.
std::vector<Columns> repeated(const std::vector<Columns>& parts, index_t planes, index_t plane) {
  std::vector<Columns> all;
  for (index_t i = 0; i < planes; ++i)
    for (const Columns& part : parts) all.push_back({i * plane + part.begin, part.count});
  return all;
}

}  // namespace

/// sum_{k in g} r_k w[k,(p,)c,u], in the order (g, (p,) c, u)
template <class T>
Words Sides<T>::filters_over_outputs(const Tensor<T>& filters) const {
  const index_t length = banks_ * g_.group_in_channels * taps_;
  Words sums = zeros(g_.groups * length);
  const Team threads = team(g_.groups, filter_elements(question_.spec), 0);
  for_each_task(threads.tasks, g_.groups, [&](index_t group, int) {
    const index_t first = group * g_.group_out_channels;
    const Rows rows{.first = first * length,
                    .count = g_.group_out_channels,
                    .stride = length,
                    .length = length};
    contract(filters, rows, {.inner = weights_.out.data() + first}, sums.data() + group * length,
             threads.inner);
  });
  return sums;
}

/// sum_{c in g} s_c w[k,(p,)c,u], in the order (k, (p,) u)
template <class T>
Words Sides<T>::filters_over_inputs(const Tensor<T>& filters) const {
  const index_t in = g_.group_in_channels;
  const index_t filters_per_group = std::max<index_t>(g_.group_out_channels * banks_, 1);
  const bool is_short = taps_ < short_length;
  const Words spread = is_short ? spread_over(weights_.in, taps_) : Words();
  const index_t tasks = g_.out_channels * banks_;
  Words sums = zeros(tasks * taps_);
  const Team threads = team(tasks, filter_elements(question_.spec), 0);
  for_each_task(threads.tasks, tasks, [&](index_t task, int) {
    const index_t first = task / filters_per_group * in;
    const Rows rows{.first = task * in * taps_, .count = in, .stride = taps_, .length = taps_};
    const RowWeights weights{.inner = weights_.in.data() + first,
                             .spread = is_short ? spread.data() + first * taps_ : nullptr};
    contract(filters, rows, weights, sums.data() + task * taps_, threads.inner);
  });
  return sums;
}

template <class T>
Words Sides<T>::right() const {
  Impossible impossible(0);
  Words sums = question_.pass == Pass::grad_weights ? right_of_filters(impossible)
                                                    : right_of_images(impossible);
  require_none(impossible, "operands");
  return sums;
}

template <class T>
Words Sides<T>::right_of_images(Impossible& impossible) const {
  const bool forward = question_.pass == Pass::forward;
  const Tensor<T> images = operand(forward ? question_.input : question_.output, impossible);
  const Tensor<T> filters = operand(question_.filters, impossible);
  Words sums = forward ? filters_over_outputs(filters) : filters_over_inputs(filters);
  if (taps_ == 1 && !g_.unshared) return right_by_one_tap(images, sums);
  return right_by_planes(images, std::move(sums));
}

/// With a single tap, images and channels are summed up first, and then input and output positions
/// are matched, so that no plane is convolved.
template <class T>
Words Sides<T>::right_by_one_tap(const Tensor<T>& images, const Words& filters) const {
  const bool forward = question_.pass == Pass::forward;
  const std::vector<Columns> parts = forward ? reached_parts(g_) : std::vector<Columns>();
  const Words sums = image_sums(images, filters, forward ? inputs_ : outputs_, parts);
  Words matched = zeros(positions());
  std::size_t output = 0;
  for (index_t o0 = 0; o0 < g_.output[0]; ++o0)
    for (index_t o1 = 0; o1 < g_.output[1]; ++o1)
      for (index_t o2 = 0; o2 < g_.output[2]; ++o2, ++output) {
        const index_t i0 = g_.input_position(0, o0, 0);
        const index_t i1 = g_.input_position(1, o1, 0);
        const index_t i2 = g_.input_position(2, o2, 0);
        if (!g_.inside_input(0, i0) || !g_.inside_input(1, i1) || !g_.inside_input(2, i2)) continue;
        const auto input = static_cast<std::size_t>((i0 * g_.input[1] + i1) * g_.input[2] + i2);
        matched[forward ? output : input] = sums[forward ? input : output];
      }
  return matched;
}

/// Offset of the projected filters of an input channel (forward) or an output channel (grad_input).
template <class T>
index_t Sides<T>::first_filter(index_t channel) const {
  if (question_.pass != Pass::forward) return channel * banks_ * taps_;
  const index_t per_bank = g_.group_in_channels;
  return (channel / per_bank * per_bank * banks_ + channel % per_bank) * taps_;
}

/// For a few channels at a time, sums up the images and then convolves every plane.
template <class T>
Words Sides<T>::right_by_planes(const Tensor<T>& images, Words filters) const {
  const bool forward = question_.pass == Pass::forward;
  const PlaneConvolution convolution(g_, loops_);
  const index_t channels = forward ? g_.in_channels : g_.out_channels;
  const index_t plane = forward ? inputs_ : outputs_;
  const index_t at_once = std::clamp<index_t>(block_columns / std::max<index_t>(plane, 1), 1,
                                              std::max<index_t>(channels / (4 * threads_), 1));
  const index_t tasks = ceil_div(channels, at_once);
  const index_t sums = forward ? convolution.output_words() : convolution.input_words();
  const std::vector<Columns> parts =
      repeated(forward ? reached_parts(g_) : std::vector<Columns>(), at_once, plane);
  const index_t bank_stride = g_.unshared ? (forward ? g_.group_in_channels : 1) * taps_ : 0;
  const index_t work = channels * (g_.batch * plane + outputs_ * taps_);
  const Team threads = team(tasks, work, sums);
  std::vector<Workspace> spaces(
      static_cast<std::size_t>(threads.tasks),
      {.sums = zeros(sums),
       .input = zeros(at_once * plane),
       .laid_input = zeros(forward ? convolution.input_words() : convolution.output_words())});
  for_each_task(threads.tasks, tasks, [&](index_t task, int thread) {
    Workspace& space = spaces[static_cast<std::size_t>(thread)];
    const index_t first = task * at_once;
    const index_t count = std::min(at_once, channels - first);
    const auto parts_per_plane = static_cast<index_t>(parts.size()) / at_once;
    const Rows rows{
        .first = first * plane,
        .count = g_.batch,
        .stride = channels * plane,
        .length = count * plane,
        .parts = std::span(parts).first(static_cast<std::size_t>(count * parts_per_plane))};
    std::ranges::fill(space.input, 0);
    contract(images, rows, {.inner = weights_.images.data()}, space.input.data(), threads.inner);
    for (index_t i = 0; i < count; ++i) {
      Word* const summed = space.input.data() + i * plane;
      Word* const laid = forward ? convolution.lay_input(summed, space.laid_input.data())
                                 : convolution.lay_output(summed, space.laid_input.data());
      Word* const into = space.sums.data();
      convolution.add(question_.pass, {.input = forward ? laid : into,
                                       .filter = filters.data() + first_filter(first + i),
                                       .output = forward ? into : laid,
                                       .bank_stride = bank_stride});
    }
  });
  const Words& total = sum_up(spaces);
  return forward ? convolution.output_plane(total.data()) : convolution.input_plane(total.data());
}

/// For one image and group at a time, sums up the channels of input and output, then correlates the
/// two planes.
template <class T>
Words Sides<T>::right_of_filters(Impossible& impossible) const {
  const Tensor<T> input = operand(question_.input, impossible);
  const Tensor<T> output = operand(question_.output, impossible);
  const PlaneConvolution convolution(g_, loops_);
  const std::vector<Columns> parts = reached_parts(g_);
  const index_t tasks = g_.batch * g_.groups;
  const index_t work = g_.batch * (g_.in_channels * inputs_ + g_.out_channels * outputs_);
  const Team threads = team(tasks, work, positions());
  std::vector<Workspace> spaces(static_cast<std::size_t>(threads.tasks),
                                {.sums = zeros(positions()),
                                 .input = zeros(inputs_),
                                 .output = zeros(outputs_),
                                 .laid_input = zeros(convolution.input_words()),
                                 .laid_output = zeros(convolution.output_words())});
  const auto sum_channels = [&](const Tensor<T>& images, Rows rows, const Word* weights,
                                Words& plane) {
    std::ranges::fill(plane, 0);
    rows.stride = rows.length;
    contract(images, rows, {.inner = weights}, plane.data(), threads.inner);
  };
  for_each_task(threads.tasks, tasks, [&](index_t task, int thread) {
    Workspace& space = spaces[static_cast<std::size_t>(thread)];
    const index_t in = g_.group_in_channels;
    const index_t out = g_.group_out_channels;
    const index_t group = task % g_.groups;
    sum_channels(input,
                 {.first = task * in * inputs_, .count = in, .length = inputs_, .parts = parts},
                 weights_.in.data() + group * in, space.input);
    sum_channels(output, {.first = task * out * outputs_, .count = out, .length = outputs_},
                 weights_.out.data() + group * out, space.output);
    convolution.add(
        Pass::grad_weights,
        {.input = convolution.lay_input(space.input.data(), space.laid_input.data()),
         .filter = space.sums.data() + group * banks_ * taps_,
         .output = convolution.lay_output(space.output.data(), space.laid_output.data()),
         .bank_stride = g_.unshared ? taps_ : 0});
  });
  return sum_up(spaces);
}

template std::vector<Word> Sides<float>::right() const;
template std::vector<Word> Sides<double>::right() const;

}  // namespace convict::oracle
