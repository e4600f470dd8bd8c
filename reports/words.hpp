// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/printable.hpp"
#include "run/observer.hpp"

namespace convict::reports {

/// 12345 -> "12,345"
std::string grouped(std::size_t count);
/// "1 trial", "2 trials"
std::string counted(std::size_t count, std::string_view noun);

/// "40 ms", "0.4 s", "12 s", "3 min 05 s", "2 h 07 min"
std::string duration_text(double seconds);
/// An error in units of its bound, to three digits; "nan" and "inf" as such.
std::string ratio_text(double ratio);

/// True when `ratio` is greater than `than`; NaN is greater than every number.
bool is_worse(double ratio, double than);

/// (0, 2, 1)
std::string position_text(const Element& element);
/// "at (0, 2, 1): 3 instead of 4, bound 0.001", or "... (must be exact)"
std::string element_text(const Element& element);
/// What decided a verdict, as readers are told: "exact comparison" for the layer "exact", "call
/// history" for "history". A layer that has no phrase is its own.
std::string layer_phrase(const std::string& layer);
/// The outcome as people are told: "not tried"; others as journals name them.
std::string_view words_of(Outcome outcome);
/// The reason and the pattern of the wrong elements, or outcome and layer where there is no reason.
std::string reason_text(const Verdict& verdict);

/// "gpu.corr_mm, gpu.cudnn: no CUDA device": the kernels that could not run, a line a reason.
std::vector<std::string> absence_lines(const run::RunInfo& info);

/// How often a feature ran in a pass: "1,234", "refused" or "not reached".
std::string coverage_text(const run::FeatureCount& feature, Pass pass);

/// Text inside a table cell or list item of Markdown: nothing in it is taken for markup.
std::string escaped_for_markdown(std::string_view text);

}  // namespace convict::reports
