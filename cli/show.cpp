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
    .usage = "convict show SPEC",
    .purpose =
        "Derived shapes, border, flops and bytes of a spec, and the "
        "workspace each kernel asks for.",
    .examples =
        "  convict show n2_c6_i12x9_k9_f5x6_s1x2_d2x1_p1:0x2:1_g3_flip\n"
        "  convict show c64_i56x56_k64_f3x3_phalf\n"};

ConvSpec valid_spec(const std::string& text) {
  try {
    return parse_valid_spec(text);
  } catch (const SpecError& error) {
    throw SpecError(fmt::format("{}; a spec is like c64_i56x56_k64_f3x3_p1", error.what()));
  }
}

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
  const ConvSpec spec = valid_spec(parsed.get<std::string>("SPEC"));
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
