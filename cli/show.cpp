// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/command.hpp"
#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "datasets/case_tensors.hpp"
#include "ops/kernels.hpp"
#include "oracle/judge/judge.hpp"

namespace convict::cli {
namespace {

constexpr Manual show_manual = {
    .usage = "convict show SPEC|TRIAL",
    .purpose =
        "Derived shapes, border, flops and bytes of a spec, and the workspace each kernel asks "
        "for; "
        "of a trial also\nwhere its tensors lie. A trial is SPEC/PASS/PRECISION[/RECIPE]; its "
        "recipe "
        "is KEY=VALUE, separated by commas, in\nthis order: fill, seed, only, alpha, beta; layout, "
        "the "
        "order of axes (nhwc, or INPUT:FILTERS:OUTPUT such as\nnchw:rsck:nhwc); pitch, unused "
        "elements "
        "behind every row; steps, gaps per axis of each tensor (c+2:k*2:-, see\ndocs/layouts.md); "
        "align, guard, threads, check.",
    .examples =
        "  convict show n2_c6_i12x9_k9_f5x6_s1x2_d2x1_p1:0x2:1_g3_flip\n"
        "  convict show c64_i56x56_k64_f3x3_phalf\n"
        "  convict show 'n2_c3_i6x7_k4_f3x2/forward/f32/layout=nhwc,steps=c+2:-:-'\n"};

std::string dims(const std::vector<index_t>& extents) {
  return fmt::format("{}", fmt::join(extents, " x "));
}

void print_axes(const ConvSpec& spec) {
  fmt::print("\naxis  input  filter  stride  dilation  dilated  padding  output  unused\n");
  for (int axis = 0; axis < spec.rank; ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    const SidePadding pad = padding_of(spec, axis);
    const index_t reach = dilated_extent(spec, axis);
    const index_t unused = (spec.input[a] + pad.before + pad.after - reach) % spec.stride[a];
    fmt::print("{:>4}  {:>5}  {:>6}  {:>6}  {:>8}  {:>7}  {:>7}  {:>6}  {:>6}\n", axis,
               spec.input[a], spec.filter[a], spec.stride[a], spec.dilation[a], reach,
               fmt::format("{}:{}", pad.before, pad.after), output_extent(spec, axis), unused);
  }
}

void print_tensor(const char* name, const std::vector<index_t>& extents) {
  const index_t elements = checked_product(extents, name);
  fmt::print("{:<8} {:<28} {:>14} elements {:>16} bytes in f32\n", name, dims(extents), elements,
             elements * bytes_of(Precision::f32));
}

template <std::size_t Rank>
void print_strides(const char* name, std::string_view letters, const Shape<Rank>& shape) {
  std::vector<std::string> strides;
  for (std::size_t a = 0; a < Rank; ++a)
    strides.push_back(fmt::format("{} {}", letters[a], shape.strides[a]));
  fmt::print("{:<8} {:>10} {:>10}  {}\n", name, shape.elements(), shape.span(),
             fmt::join(strides, ", "));
}

/// Elements, elements of memory with gaps, and strides of the trial's tensors.
void print_memory(const Trial& trial) {
  const TensorShapes shapes = problem_of(trial).shapes;
  fmt::print("{}\n\n{:<8} {:>10} {:>10}  strides\n", to_string(trial), "", "elements", "memory");
  print_strides("input", "ncdhw", shapes.input);
  print_strides("filters", "kzpqctrs", shapes.filters);
  print_strides("output", "nkdhw", shapes.output);
  fmt::print("\n");
}

void print_workspaces(const ConvSpec& spec) {
  fmt::print("\nworkspace in bytes, one thread, f32 (or the kernel's first precision)\n");
  for (const Kernel& kernel : ops::all_kernels()) {
    std::vector<std::string> cells;
    for (const Pass pass : all_passes) {
      Trial trial{.spec = spec, .pass = pass, .recipe = {}};
      const auto& precisions = kernel.precisions;
      if (std::find(precisions.begin(), precisions.end(), Precision::f32) == precisions.end())
        trial.precision = precisions.front();
      const Problem problem = problem_of(trial);
      cells.push_back(refusal(kernel, problem)
                          ? fmt::format("{} -", name_of(pass))
                          : fmt::format("{} {}", name_of(pass), workspace_bytes(kernel, problem)));
    }
    fmt::print("  {:<24} {}\n", kernel.name, fmt::join(cells, ", "));
  }
}

}  // namespace

int show(const Arguments& arguments) {
  const Parsed parsed = parse(arguments, show_manual, options::options_description(), {"SPEC"});
  if (parsed.helped) return exit_fine;
  const auto& text = parsed.get<std::string>("SPEC");
  const bool is_trial = text.find('/') != std::string::npos;
  const Trial trial = is_trial ? parse_trial(text) : Trial{.spec = parse_valid_spec(text)};
  const ConvSpec& spec = trial.spec;
  validate(spec);
  if (is_trial) print_memory(trial);
  fmt::print("{}\n\n", to_string(spec));
  print_tensor("input", datasets::input_shape(spec));
  print_tensor("filters", datasets::filter_shape(spec));
  print_tensor("output", datasets::output_shape(spec));
  print_axes(spec);
  fmt::print("\nflops    {} (each pass)\n", flops(spec));
  fmt::print("groups   {} of {} input and {} output channels{}{}\n", spec.groups,
             spec.in_channels / spec.groups, spec.out_channels / spec.groups,
             spec.flip ? "; taps are flipped" : "",
             spec.unshared ? "; a filter bank per output position" : "");
  print_workspaces(spec);
  return exit_fine;
}

}  // namespace convict::cli
