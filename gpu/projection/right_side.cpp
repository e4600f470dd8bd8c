// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "gpu/projection/work.hpp"

namespace convict::gpu::projection {

/// forward: sum_{k in g} r_k w[k,c,u] as (g,c,u); grad_input: sum_{c in g} s_c w[k,c,u] as (k,u)
void Projector::Work::project_filters() {
  RowSums step = reading(question_.filters);
  step.sums = filters_;
  step.groups = g_.groups;
  if (is(Pass::forward)) {
    step.weights = weights_.out;
    step.outers = g_.groups;
    step.rows = g_.group_out_channels;
    step.length = g_.group_in_channels * taps_;
  } else {
    step.weights = weights_.in;
    step.outers = g_.out_channels;
    step.outers_per_group = g_.group_out_channels;
    step.rows = g_.group_in_channels;
    step.length = taps_;
  }
  step.row_stride = step.length;
  step.outer_stride = step.rows * step.length;
  add(step);
}

/// A few channels at a time: the images are summed, then the summed planes are convolved with the
/// filters.
void Projector::Work::meet_images() {
  const bool forward = is(Pass::forward);
  const index_t channels = forward ? g_.in_channels : g_.out_channels;
  const index_t plane = forward ? inputs_ : outputs_;
  const index_t element = bytes_of(problem_.precision);
  project_filters();
  for (index_t first = 0; first < channels; first += planes_at_once_) {
    const index_t count = std::min(planes_at_once_, channels - first);
    clear(planes_, count * plane);
    RowSums images =
        reading((forward ? question_.input : question_.output) + first * plane * element);
    images.weights = weights_.images;
    images.sums = planes_;
    images.rows = g_.batch;
    images.length = count * plane;
    images.row_stride = channels * plane;
    add(images);
    const Meeting step = cut(Meeting{.geometry = g_,
                                     .pass = problem_.pass,
                                     .a = filters_ + first * taps_,
                                     .b = planes_,
                                     .sums = right_,
                                     .positions = positions_,
                                     .sites = taps_,
                                     .depth = count,
                                     .a_step = taps_,
                                     .b_step = plane},
                             projector_.tuning_);
    projector_.start(step, step.threads());
  }
}

/// A few images at a time: the channels of each group are summed in the input and in the output,
/// then these planes are correlated.
void Projector::Work::meet_filters() {
  const index_t element = bytes_of(problem_.precision);
  const index_t in_step = g_.groups * inputs_, out_step = g_.groups * outputs_;
  Word* const inputs = planes_;
  Word* const outputs = planes_ + planes_at_once_ * in_step;
  for (index_t first = 0; first < g_.batch; first += planes_at_once_) {
    const index_t count = std::min(planes_at_once_, g_.batch - first);
    clear(planes_, planes_at_once_ * (in_step + out_step));
    const auto sum_channels = [&](const std::byte* values, const Word* weights, index_t channels,
                                  index_t plane, Word* sums) {
      const index_t group_channels = channels / g_.groups;
      RowSums step = reading(values + first * channels * plane * element);
      step.weights = weights;
      step.sums = sums;
      step.outers = count * g_.groups;
      step.groups = g_.groups;
      step.rows = group_channels;
      step.length = step.row_stride = plane;
      step.outer_stride = group_channels * plane;
      add(step);
    };
    sum_channels(question_.input, weights_.in, g_.in_channels, inputs_, inputs);
    sum_channels(question_.output, weights_.out, g_.out_channels, outputs_, outputs);
    const Meeting step = cut(Meeting{.geometry = g_,
                                     .pass = problem_.pass,
                                     .a = outputs,
                                     .b = inputs,
                                     .sums = right_,
                                     .positions = positions_,
                                     .sites = outputs_,
                                     .depth = count,
                                     .a_step = out_step,
                                     .b_step = in_step},
                             projector_.tuning_);
    projector_.start(step, step.threads());
  }
}

void Projector::Work::add_right() {
  if (is(Pass::grad_weights))
    meet_filters();
  else
    meet_images();
}

}  // namespace convict::gpu::projection
