// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <sstream>

#include "cli/campaign.hpp"
#include "cli/command.hpp"
#include "cli/subjects.hpp"
#include "core/printable.hpp"
#include "core/spec_text.hpp"
#include "gpu/cudnn/entries.hpp"
#include "ops/selection.hpp"
#include "oracle/checks/checks.hpp"
#include "oracle/probes/profile_text.hpp"

namespace convict::cli {
namespace {

constexpr Manual list_manual = {
    .usage =
        "convict list [--kernel NAME|GLOB|FILE.so]... [--spec SPEC]\n"
        "       convict list --checks",
    .purpose =
        "The kernels, what each takes and claims; with --spec, which of them take that problem and "
        "why others do not;\nwith --checks, the values that `check=` in a trial can have.",
    .examples =
        "  convict list\n"
        "  convict list --kernel ./direct.so\n"
        "  convict list --spec c3_i8x8_k4_f3x3_unshared\n"
        "  convict list --checks\n"};

template <class Values>
std::string names_of(const Values& values) {
  std::vector<std::string_view> names;
  names.reserve(values.size());
  for (const auto value : values) names.push_back(name_of(value));
  return fmt::format("{}", fmt::join(names, " "));
}

std::string claims_text(const Claims& claims) {
  std::vector<std::string> words;
  if (claims.arithmetic.kind == Arithmetic::Class::winograd)
    words.push_back(
        fmt::format("Winograd F({},{})", claims.arithmetic.tile, claims.arithmetic.taps));
  if (claims.arithmetic.kind == Arithmetic::Class::fft) words.emplace_back("FFT");
  if (claims.arithmetic.axes != 0)
    words.push_back("along " + oracle::probes::axes_text(claims.arithmetic.axes));
  if (claims.arithmetic.fallback == Arithmetic::Fallback::that_axis)
    words.emplace_back("axis by axis where it can");
  if (claims.accumulator)
    words.push_back(fmt::format("accumulates in {}", name_of(*claims.accumulator)));
  if (claims.input_rounding)
    words.push_back(fmt::format("rounds inputs to {}", name_of(*claims.input_rounding)));
  if (claims.accumulation_depth > 0)
    words.push_back(fmt::format("depth {}", claims.accumulation_depth));
  if (claims.truncating_adds) words.emplace_back("truncating adds");
  if (claims.flush_to_zero) words.emplace_back("flushes to zero");
  if (claims.denormals_are_zero) words.emplace_back("denormals are zero");
  if (!claims.deterministic) words.emplace_back("not deterministic");
  if (claims.deterministic && !claims.same_for_threads)
    words.emplace_back("bits depend on threads");
  if (claims.required_alignment > 1)
    words.push_back(fmt::format("aligned to {}", claims.required_alignment));
  if (claims.over_read > 0) words.push_back(fmt::format("reads {} past the end", claims.over_read));
  return words.empty() ? "direct summation, deterministic"
                       : fmt::format("{}", fmt::join(words, ", "));
}

std::string strides_text(const Kernel& kernel) {
  if (kernel.any_strides)
    return fmt::format("any{}{}", kernel.zero_strides ? ", also 0" : "",
                       kernel.negative_strides ? ", also negative" : "");
  std::vector<std::string> names;
  for (const Layout& layout : kernel.layouts) names.push_back(to_string(layout));
  return kernel.layouts == std::vector{Layout::nchw}
             ? "dense NCHW"
             : fmt::format("dense: {}", fmt::join(names, ", "));
}

void print_kernel(const Kernel& kernel) {
  fmt::print(
      "{}\n  device      {}\n  passes      {}\n  precisions  {}\n  strides     {}\n  claims      "
      "{}\n",
      printable(kernel.name), name_of(runs_on(kernel)), names_of(kernel.passes),
      names_of(kernel.precisions), strides_text(kernel), claims_text(kernel.claims));
  const auto why = absence(kernel);
  fmt::print("  here        {}\n", why ? "cannot run: " + printable(*why) : "runs");
}

void print_acceptance(const sandbox::Subject& subject, const ConvSpec& spec) {
  fmt::print("{}\n", printable(subject.kernel.name));
  if (const auto why = absence(subject.kernel)) {
    fmt::print("  cannot run here: {}\n", printable(*why));
    return;
  }
  const auto sandbox = subject.open();
  for (const Pass pass : all_passes)
    for (const Precision precision : subject.kernel.precisions) {
      const auto admission = sandbox->admit(
          problem_of({.spec = spec, .pass = pass, .precision = precision, .recipe = {}}));
      const std::string answer =
          !admission.end.how.empty() ? admission.end.how
          : admission.refusal        ? "no: " + *admission.refusal
                              : fmt::format("yes, workspace {} bytes", admission.workspace_bytes);
      fmt::print("  {:<13} {:<5} {}\n", name_of(pass), name_of(precision), printable(answer));
    }
}

/// The kernels that the library functions would select under CONVICT_FLAGS, and why.
void print_selection(const ConvSpec& spec) {
  fmt::print("\nselection by the library functions, f32\n");
  for (const Pass pass : all_passes) {
    const ops::Decision decision =
        ops::decide(problem_of({.spec = spec, .pass = pass, .recipe = {}}));
    fmt::print("{}: {}\n", name_of(pass),
               decision.kernel != nullptr ? decision.kernel->name : "nothing can serve");
    std::istringstream lines(ops::to_string(decision));
    for (std::string line; std::getline(lines, line);) fmt::print("  {}\n", printable(line));
  }
}

}  // namespace

int list(const Arguments& arguments) {
  options::options_description visible;
  visible.add_options()("kernel",
                        options::value<std::vector<std::string>>()->value_name("NAME")->composing(),
                        "a built-in kernel, a glob that matches some, or a plug-in (repeatable)")(
      "device", options::value<std::string>()->value_name("cpu|gpu"),
      "only kernels that run on this: cpu or gpu")(
      "spec", options::value<std::string>()->value_name("SPEC"), "which kernels take this problem")(
      "device-description", "the GPU as cuDNN describes it, to plan for it elsewhere (JSON)")(
      "checks", "the checks: the values of check= in a trial");
  const Parsed parsed = parse(arguments, list_manual, visible);
  if (parsed.helped) return exit_fine;
  if (parsed.has("checks")) {
    for (const oracle::Check& check : oracle::checks())
      fmt::print("{:<21} {}\n", check.name, check.description);
    return exit_fine;
  }
  if (parsed.has("device-description")) {
    fmt::print("{}\n", gpu::cudnn_device_description());
    return exit_fine;
  }
  using Names = std::vector<std::string>;
  // Those on the emulated device are asked about a problem only by name: they are built for it.
  const auto subjects = subjects_for(parsed.has("kernel") ? parsed.get<Names>("kernel")
                                     : parsed.has("spec") ? Names{"*"}
                                                          : Names{"*", "*@emulated"},
                                     device_asked(parsed));
  if (!parsed.has("spec")) {
    for (const auto& subject : subjects) print_kernel(subject.kernel);
    return exit_fine;
  }
  const ConvSpec spec = parse_valid_spec(parsed.get<std::string>("spec"));
  for (const auto& subject : subjects) print_acceptance(subject, spec);
  print_selection(spec);
  return exit_fine;
}

}  // namespace convict::cli
