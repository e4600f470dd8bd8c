// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/program_options.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.hpp"

namespace convict::cli {

namespace options = boost::program_options;

using Arguments = std::vector<std::string>;

/// An entry of the command table.
struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(const Arguments& arguments);
};
std::span<const Command> commands();

int audit(const Arguments& arguments);
int bench(const Arguments& arguments);
int conform(const Arguments& arguments);
int dataset(const Arguments& arguments);
int export_trial(const Arguments& arguments);
int fuzz(const Arguments& arguments);
int list(const Arguments& arguments);
int new_kernel(const Arguments& arguments);
int op(const Arguments& arguments);
int replay(const Arguments& arguments);
int report(const Arguments& arguments);
int run(const Arguments& arguments);
int show(const Arguments& arguments);

/// What a command's help says besides its options.
struct Manual {
  std::string_view usage;     ///< "convict show SPEC"
  std::string_view purpose;   ///< a sentence or two
  std::string_view examples;  ///< one a line
};

/// Parses `arguments`; `positional` names take one value each in order, a trailing "NAME..." any
/// number. With --help prints the manual and sets `helped`. Throws UsageError naming the argument.
struct Parsed {
  bool helped = false;
  options::variables_map values;
  bool has(const char* name) const { return values.count(name) > 0; }
  template <class T>
  const T& get(const char* name) const {
    return values[name].as<T>();
  }
};
Parsed parse(const Arguments& arguments, const Manual& manual,
             const options::options_description& visible,
             const std::vector<std::string>& positional = {});

}  // namespace convict::cli
