// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_code.hpp"

#include <fmt/format.h>

#include <exception>
#include <new>
#include <system_error>

#include "core/errors.hpp"
#include "core/printable.hpp"

namespace convict::cli {
namespace {

constexpr std::string_view where_to_report = "the project's issue tracker";

Exit fail(std::FILE* errors, Exit code, std::string_view what) {
  fmt::print(errors, "convict: {}\n", printable(what));
  return code;
}

Exit fail_internally(std::FILE* errors, std::string_view what, std::string_view version) {
  fmt::print(errors,
             "convict: internal error: {}\nThis is a fault of convict, not of a kernel or of what "
             "you typed. Please report it to {}, with the command line and the version, {}.\n",
             printable(what), where_to_report, version);
  return exit_internal;
}

}  // namespace

int guarded(const std::function<int()>& command, std::string_view version, std::FILE* errors) {
  try {
    return command();
  } catch (const InputError& error) {
    return fail(errors, exit_usage, error.what());
  } catch (const std::bad_alloc&) {
    return fail(errors, exit_environment, "out of memory");
  } catch (const EnvironmentError& error) {
    return fail(errors, exit_environment, error.what());
  } catch (const KernelError& error) {
    return fail(errors, exit_environment, error.what());
  } catch (const std::system_error& error) {
    // What went wrong with standard output is told at the end.
    return std::ferror(stdout) != 0 ? exit_fine : fail(errors, exit_environment, error.what());
  } catch (const std::exception& error) {
    return fail_internally(errors, error.what(), version);
  } catch (...) {
    return fail_internally(errors, "an exception that is no std::exception", version);
  }
}

}  // namespace convict::cli
