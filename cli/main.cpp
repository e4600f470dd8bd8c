// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "cli/command.hpp"
#include "cli/environment.hpp"
#include "cli/exit_code.hpp"
#include "cli/signals.hpp"
#include "cli/subjects.hpp"
#include "cli/system_limits.hpp"
#include "core/errors.hpp"
#include "core/nearest_name.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::cli {

std::span<const Command> commands() {
  static constexpr Command table[] = {
      {"conform", "test kernels on the conformance suite", conform},
      {"bench", "time kernels in turns, their results judged", bench},
      {"fuzz", "search for problems that break kernels", fuzz},
      {"audit", "test the judge itself on mutants, kernels with planted faults", audit},
      {"new-kernel", "start a kernel of your own", new_kernel},
      {"list", "the kernels and what each accepts", list},
      {"show", "derived shapes and costs of a spec", show},
      {"replay", "one trial in full detail", replay},
      {"export", "one trial as a program in C", export_trial},
      {"run", "one kernel on your own operands (HDF5)", run},
      {"op", "one library function on your own operands (HDF5)", op},
      {"dataset", "make or check golden files", dataset},
      {"report", "one page from any number of runs", report},
  };
  return table;
}

namespace {

void print_help() {
  fmt::print(
      "convict {}: every kernel gets a fair trial.\n\nusage: convict COMMAND "
      "[OPTIONS]\n\nCommands:\n",
      version());
  for (const Command& command : commands())
    fmt::print("  {:<10} {}\n", command.name, command.summary);
  fmt::print(
      "\nconvict COMMAND --help shows a command's options and examples.\n"
      "Exit codes: 0 nothing found, 1 a kernel failed, 2 bad usage or input, 3 environment, 4 a "
      "fault of convict, 130 interrupted.\n");
}

[[noreturn]] void throw_no_command(const std::string& name) {
  if (name.starts_with('-'))
    throw UsageError(fmt::format(
        "there is no command before '{}'; say: convict COMMAND {} ... (convict --help lists them)",
        name, name));
  if (is_plugin_name(name))
    throw UsageError(fmt::format(
        "'{}' is no command; to test that kernel say: convict conform --kernel {}", name, name));
  std::vector<std::string> names;
  for (const Command& command : commands()) names.emplace_back(command.name);
  throw UsageError(fmt::format("there is no command '{}'{}; convict --help lists them", name,
                               did_you_mean(name, names)));
}

int dispatch(const Arguments& arguments) {
  if (arguments.empty()) {
    print_help();
    return exit_usage;
  }
  const std::string& name = arguments.front();
  if (name == "help" && arguments.size() > 1) return dispatch({arguments[1], "--help"});
  if (name == "--help" || name == "-h" || name == "help") {
    print_help();
    return exit_fine;
  }
  if (name == "--version") {
    fmt::print("convict {}\n", version());
    return exit_fine;
  }
  const auto command = std::ranges::find(commands(), name, &Command::name);
  if (command == commands().end()) throw_no_command(name);
  return command->run(Arguments(arguments.begin() + 1, arguments.end()));
}

}  // namespace
}  // namespace convict::cli

int main(int argc, char** argv) {
  convict::cli::restore_environment();
  if (argc > 1 && argv[1] == convict::sandbox::worker_argument)
    return convict::sandbox::worker_main(argc, argv, convict::cli::built_ins());
  convict::cli::occupy_standard_streams();
  convict::cli::handle_signals();
  convict::cli::tell_unexpected_exits();
  return convict::cli::end_of_process(convict::cli::guarded(
      [&] {
        return convict::cli::dispatch({argv + 1, argv + argc});
      },
      convict::cli::version(), stderr));
}
