// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_code.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include "core/errors.hpp"
#include "run/run_suite.hpp"

namespace convict::cli {
namespace {

BOOST_AUTO_TEST_SUITE(exit_code_test)

/// The exit code of a command, and what it printed as standard error.
struct Ended {
  int code;
  std::string errors;
};

Ended ended(const std::function<int()>& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  const int code = guarded(command, "9.8.7", file.get());
  std::rewind(file.get());
  std::string errors;
  std::array<char, 4096> chunk{};
  while (const std::size_t count = std::fread(chunk.data(), 1, chunk.size(), file.get()))
    errors.append(chunk.data(), count);
  return {code, errors};
}

template <class Exception>
Ended ended_by(const Exception& exception) {
  return ended([&]() -> int { throw exception; });
}

BOOST_AUTO_TEST_CASE(a_command_ends_with_its_own_exit_code) {
  const Ended found = ended([] { return int{exit_finding}; });

  BOOST_TEST(found.code == 1);
  BOOST_TEST(found.errors == "");
}

BOOST_AUTO_TEST_CASE(mistakes_of_the_user_and_failures_of_the_environment_are_told_as_such) {
  BOOST_TEST(ended_by(UsageError("no command")).code == 2);
  BOOST_TEST(ended_by(SpecError("no spec")).code == 2);
  BOOST_TEST(ended_by(FileError("no file")).errors == "convict: no file\n");
  BOOST_TEST(ended_by(EnvironmentError("no disk")).code == 3);
  BOOST_TEST(ended_by(KernelError("no luck")).code == 3);
  BOOST_TEST(ended_by(std::bad_alloc()).errors == "convict: out of memory\n");
  BOOST_TEST(ended_by(std::system_error(ENOSPC, std::generic_category())).code == 3);
  BOOST_TEST(ended_by(std::filesystem::filesystem_error("x", std::error_code())).code == 3);
}

BOOST_AUTO_TEST_CASE(our_own_errors_have_their_own_exit_code_and_ask_for_a_report) {
  const std::vector<Ended> internal = {
      ended_by(std::out_of_range("vector::_M_range_check")),
      ended_by(std::logic_error("impossible")), ended_by(std::length_error("vector::reserve")),
      ended_by(std::invalid_argument("stoi")), ended_by(std::bad_optional_access()),
      ended_by(std::bad_variant_access()), ended_by(std::bad_function_call()),
      ended_by(std::future_error(std::future_errc::no_state)),
      ended_by(std::runtime_error("unforeseen")), ended_by(7),
      // As they really come about.
      ended([] { return std::vector<int>(3).at(3); }),
      ended([] { return std::map<int, int>().at(1); })};

  for (const Ended& found : internal) {
    BOOST_TEST(found.code == 4, found.errors);
    BOOST_TEST(found.errors.starts_with("convict: internal error: "), found.errors);
    BOOST_TEST(found.errors.find("Please report it to") != std::string::npos, found.errors);
    BOOST_TEST(found.errors.find("9.8.7") != std::string::npos, found.errors);
  }
}

BOOST_AUTO_TEST_CASE(a_fault_of_ours_in_the_middle_of_a_run_is_told_as_one) {
  struct Faulty final : run::Observer {
    void trial(const TrialResult&) override { static_cast<void>(std::vector<int>().at(0)); }
  };
  const Kernel kernel{.name = "a.b",
                      .refuses = [](const Problem&) { return std::optional<std::string>("no"); },
                      .run = [](const Problem&, const Buffers&) {}};
  const std::vector<sandbox::Subject> subjects = {sandbox::in_process(kernel)};
  const std::vector<Trial> trials(8, parse_trial("c1_i4_k1_f3/forward/f32"));

  for (const int jobs : {1, 2}) {
    const Ended found = ended([&] {
      Faulty observer;
      run::run_suite(trials, subjects, observer, {.jobs = jobs});
      return 0;
    });

    BOOST_TEST(found.code == 4, found.errors);
  }
}

BOOST_AUTO_TEST_CASE(a_message_is_one_line_that_cannot_control_the_terminal) {
  BOOST_TEST(ended_by(FileError("\x1b[2J\nconvict: all is well")).errors ==
             "convict: \\x1b[2J\\x0aconvict: all is well\n");
  BOOST_TEST(ended_by(UsageError("no '\a'; usage: a\n       b")).errors ==
             "convict: no '\\x07'; usage: a\\x0a       b\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::cli
