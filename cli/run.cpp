// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "cli/command.hpp"
#include "cli/quantities.hpp"
#include "cli/subjects.hpp"
#include "core/errors.hpp"
#include "core/printable.hpp"
#include "core/spec_text.hpp"
#include "datasets/case_tensors.hpp"
#include "datasets/operand_files.hpp"
#include "oracle/judge/judge.hpp"

namespace convict::cli {
namespace {

constexpr Manual run_manual = {
    .usage = "convict run SPEC --kernel NAME|FILE.so --in OPERANDS.h5 --out RESULT.h5 [OPTIONS]",
    .purpose =
        "Runs one kernel on operands from an HDF5 file, writes the result to another, and judges "
        "it.\n"
        "forward reads the datasets input and filters and writes output; grad_input reads filters "
        "and grad_output;\n"
        "grad_weights reads input and grad_output; with --beta also old_result. docs/datasets.md "
        "has the layout.",
    .examples =
        "  convict run c3_i8x8_k4_f3x3 --kernel optimized.corr_mm --in operands.h5 --out "
        "result.h5\n"
        "  convict run c3_i8x8_k4_f3x3 --pass grad_weights --kernel ./mine.so --in operands.h5 "
        "--out dw.h5\n"};

Pass pass_of(const Parsed& parsed) {
  const auto& name = parsed.get<std::string>("pass");
  const auto pass = pass_named(name);
  if (!pass)
    throw UsageError(
        fmt::format("--pass {} is unknown; it is forward, grad_input or grad_weights", name));
  return *pass;
}

Precision precision_of(const Parsed& parsed, Precision stored) {
  if (!parsed.has("precision")) return stored;
  const auto& name = parsed.get<std::string>("precision");
  const auto precision = precision_named(name);
  if (!precision)
    throw UsageError(
        fmt::format("--precision {} is unknown; it is f64, f32, tf32, bf16, f16 or f16a16", name));
  if (storage_of(*precision) != stored)
    throw UsageError(fmt::format("--precision {} is stored as {}, but the operands are {}", name,
                                 name_of(storage_of(*precision)), name_of(stored)));
  return *precision;
}

Trial trial_of(const Parsed& parsed) {
  Trial trial{.spec = parse_valid_spec(parsed.get<std::string>("SPEC")),
              .pass = pass_of(parsed),
              .recipe = {}};
  trial.recipe.fill = "given";
  trial.recipe.alpha = parsed.get<double>("alpha");
  trial.recipe.beta = parsed.get<double>("beta");
  trial.recipe.threads = static_cast<int>(parsed.get<Threads>("threads").value);
  return trial;
}

void write(const std::string& path, const Trial& trial, const std::string& kernel,
           std::vector<double> values) {
  datasets::write_result(path, {.name = datasets::result_name(trial.pass),
                                .extents = datasets::result_shape(trial.spec, trial.pass),
                                .values = std::move(values),
                                .precision = storage_of(trial.precision),
                                .attributes = {{"spec", to_string(trial.spec)},
                                               {"pass", std::string(name_of(trial.pass))},
                                               {"precision", std::string(name_of(trial.precision))},
                                               {"kernel", kernel}}});
}

}  // namespace

int run(const Arguments& arguments) {
  options::options_description visible;
  visible.add_options()("kernel", options::value<std::string>()->value_name("NAME")->required(),
                        "a built-in kernel, or ./file.so[:NAME] of a plug-in")(
      "in", options::value<std::string>()->value_name("FILE")->required(),
      "HDF5 file with the operands")("out",
                                     options::value<std::string>()->value_name("FILE")->required(),
                                     "HDF5 file for the result")(
      "pass", options::value<std::string>()->value_name("PASS")->default_value("forward"),
      "forward, grad_input or grad_weights")("precision",
                                             options::value<std::string>()->value_name("PRECISION"),
                                             "tf32 or f16a16, which are stored as f32 and f16")(
      "alpha", options::value<double>()->value_name("X")->default_value(1),
      "result = alpha * op + beta * old_result")(
      "beta", options::value<double>()->value_name("X")->default_value(0), "")(
      "threads", options::value<Threads>()->value_name("N")->default_value({1}, "1"),
      "threads the kernel may use");
  const Parsed parsed = parse(arguments, run_manual, visible, {"SPEC"});
  if (parsed.helped) return exit_fine;

  Trial trial = trial_of(parsed);
  auto [operands, stored] = datasets::read_operands(parsed.get<std::string>("in"), trial.spec,
                                                    trial.pass, trial.recipe.beta != 0);
  trial.precision = precision_of(parsed, stored);
  const sandbox::Subject subject = subject_named(parsed.get<std::string>("kernel"));
  const auto sandbox = subject.open();
  std::vector<double> result;
  const Verdict verdict =
      oracle::try_case(oracle::case_of(trial, std::move(operands)), subject, *sandbox, &result)
          .verdict;
  if (verdict.outcome == Outcome::unsupported)
    throw InputError(
        fmt::format("{} does not take this problem: {}", subject.kernel.name, verdict.reason));
  if (!result.empty() || verdict.elements > 0)
    write(parsed.get<std::string>("out"), trial, subject.kernel.name, std::move(result));
  fmt::print("{}: {}{}\n", printable(subject.kernel.name), name_of(verdict.outcome),
             verdict.reason.empty()
                 ? fmt::format(", error at most {:.3g} of the bound", verdict.worst_ratio)
                 : ": " + printable(verdict.reason));
  return is_finding(verdict.outcome) ? exit_finding : exit_fine;
}

}  // namespace convict::cli
