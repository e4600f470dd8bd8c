// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>

#include "cli/command.hpp"
#include "cli/export_program.hpp"
#include "cli/failing_call.hpp"
#include "cli/golden_set.hpp"
#include "cli/new_file.hpp"
#include "cli/plugin_headers.hpp"
#include "cli/subjects.hpp"
#include "core/errors.hpp"
#include "fuzz/evidence.hpp"
#include "oracle/checks/checks.hpp"
#include "oracle/truth/case.hpp"

namespace convict::cli {
namespace {

constexpr Manual export_manual = {
    .usage =
        "convict export TRIAL|EVIDENCE.h5|CASES.h5 [--kernel FILE.so[:NAME]] [--c] [-o FILE.c] "
        "[--trial TRIAL]",
    .purpose =
        "Writes one trial as a C program that needs nothing but a C compiler and the kernel: its "
        "operands, the kernel's\ncall, the definition and the bounds: for a debugger, a sanitizer "
        "or a bug report. An evidence file\n(convict fuzz) has trial, data and kernel. Of a trial "
        "with check= the first wrong call is written.",
    .examples =
        "  convict export 'c1_i5_k1_f3/forward/f32' --kernel ./mine.so --c -o repro.c\n"
        "  cc -g -fsanitize=address repro.c mine.c -o repro -lm -ldl && ./repro\n"
        "  convict export convict-out/fuzz-20261122-153000/evidence/0001.h5 --c -o repro.c\n"};

/// The case of a file: its only one, or the one that --trial names.
oracle::Case case_in(const std::string& path, const Parsed& parsed) {
  const oracle::GoldenCases cases = read_golden_cases(path);
  if (!parsed.has("trial")) {
    if (cases.size() == 1) return oracle::case_of(cases.begin()->second);
    throw UsageError(fmt::format("{} has {} cases; --trial must name one", path, cases.size()));
  }
  const std::string text = to_string(parse_trial(parsed.get<std::string>("trial")));
  const auto found = cases.find(text);
  if (found == cases.end()) throw UsageError(fmt::format("{} has no case {}", path, text));
  return oracle::case_of(found->second);
}

/// The text of a trial never ends in .h5.
bool is_file(const std::string& what) { return what.ends_with(".h5"); }

/// The call that the program makes.
struct Exported {
  oracle::Case known;
  std::string title;  ///< the trial; with a check, also its call
};

Exported exported(oracle::Case known) {
  std::string title = to_string(known.trial);
  return {.known = std::move(known), .title = std::move(title)};
}

/// A trial on the data of its seed; with a check, the first wrong call, on the data of that call.
Exported exported(const Trial& trial, const sandbox::Subject& subject) {
  oracle::check_named(trial.recipe.check);
  validate(trial.spec);
  check_exportable(trial);
  if (trial.recipe.check == Recipe{}.check)
    return exported(oracle::make_case(trial, subject.kernel.claims));
  Exported call = exported(failing_call(trial, subject));
  call.title += fmt::format(" on data of a call of {}", to_string(trial));
  return call;
}

/// Data that the evidence lacks are made from the trial's seed.
Exported exported(const fuzz::Evidence& evidence, const sandbox::Subject& subject) {
  if (!evidence.golden || evidence.trial.recipe.check != Recipe{}.check)
    return exported(evidence.trial, subject);
  check_exportable(evidence.trial);
  return exported(oracle::case_of(*evidence.golden));
}

/// The kernel's name in its plug-in: "forward" of `./mine.so:mine.forward`.
std::string name_in_plugin(const std::string& kernel) {
  const std::size_t colon = kernel.rfind(".so:");
  if (colon == std::string::npos)
    throw UsageError(fmt::format(
        "{} is no kernel of a shared object; a program in C can call only such", kernel));
  const std::string stem = std::filesystem::path(kernel.substr(0, colon)).filename().string();
  return kernel.substr(colon + 4 + stem.size() + 1);
}

std::string kernel_of(const Parsed& parsed, const std::optional<fuzz::Evidence>& evidence) {
  if (parsed.has("kernel")) return parsed.get<std::string>("kernel");
  if (!evidence) throw UsageError("--kernel is missing: it names the kernel to be called");
  return evidence->kernel;
}

}  // namespace

int export_trial(const Arguments& arguments) {
  options::options_description visible;
  visible.add_options()("kernel", options::value<std::string>()->value_name("NAME"),
                        "the kernel of a plug-in, ./file.so:NAME (default: that of the evidence)")(
      "c", "as a program in C (the one language there is: may be left out)")(
      "output,o", options::value<std::string>()->value_name("FILE"),
      "file to write (default: standard output)")(
      "trial", options::value<std::string>()->value_name("TRIAL"),
      "which case of a file with several");
  const Parsed parsed = parse(arguments, export_manual, visible, {"TRIAL"});
  if (parsed.helped) return exit_fine;
  const auto& what = parsed.get<std::string>("TRIAL");
  std::optional<fuzz::Evidence> evidence;
  if (is_file(what) && fuzz::is_evidence(what)) evidence = fuzz::read_evidence(what);
  const sandbox::Subject subject = subject_named(kernel_of(parsed, evidence));
  const std::string name = name_in_plugin(subject.kernel.name);
  const auto [known, title] = evidence        ? exported(*evidence, subject)
                              : is_file(what) ? exported(case_in(what, parsed))
                                              : exported(parse_trial(what), subject);

  const std::string program = export_program(known, subject.kernel, name, title);
  if (!parsed.has("output")) {
    std::cout << program;
    return exit_fine;
  }
  const std::filesystem::path path = parsed.get<std::string>("output");
  write_new(path, program);
  const std::string binary = shell_word(std::filesystem::path(path).replace_extension("").string());
  const std::string plugin = subject.kernel.name.substr(0, subject.kernel.name.rfind(".so:") + 3);
  fmt::print("{}: {}\n\n  cc -g {} -o {} -lm -ldl\n  {} {}\n", path.string(), title,
             shell_word(path.string()), binary,
             shell_word(std::filesystem::absolute(binary).string()), shell_word(plugin));
  return exit_fine;
}

}  // namespace convict::cli
