// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/trial.hpp"

namespace convict::datasets {

/// A deterministic list of trials. `core` and `full` cross every feature of a problem (rank, border
/// form, stride, dilation, groups, sharing, flip, tails around multiples of 4, 8 and 16, filter
/// form, batch and empty sizes) with pass, precision, fill, scaling, layout, alignment and threads,
/// so that every pair of levels meets; parameters differ per axis and side. They also hold the
/// shape set `edge` and the specs every kernel must refuse. `full` is ten times `core`. Any shape
/// set's name, or a file, gives its specs in every pass as f32 and f64 with three fills; the set
/// `cudnn_faults` as tf32, bf16 and f16 too. A file may also hold trials, which are taken as they
/// are; `check` is called for each of its lines (see read_suite_file). Throws InputError when there
/// is no such suite.
std::vector<Trial> suite_named(const std::string& name_or_path,
                               const std::function<void(const Trial&)>& check = {});

/// Layers as people have them, in every pass as f32: the shape set `everyday`, and every distinct
/// layer of the networks with a batch of 1 and 2 in turn. Layers of more than 2e6 multiply-adds
/// have their images cut, then their batch and output channels, until they have no more, and
/// filters of more than 6e5 elements have fewer output channels; filter extents and input channels
/// stay. What conform adds to `core` and `full`.
std::vector<Trial> layer_trials();

}  // namespace convict::datasets
