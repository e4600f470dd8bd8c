// SPDX-License-Identifier: Apache-2.0
#include "cli/command.hpp"

#include <fmt/core.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <iostream>

#include "cli/subjects.hpp"
#include "core/errors.hpp"
#include "core/nearest_name.hpp"

namespace convict::cli {
namespace {

constexpr const char* unexpected = "what is not expected";

/// The first line of the usage: an error is one line.
std::string_view usage_line(const Manual& manual) {
  return manual.usage.substr(0, manual.usage.find('\n'));
}

bool takes_many(const std::string& name) { return name.ends_with("..."); }
std::string plain(const std::string& name) { return name.substr(0, name.find("...")); }

void print_manual(const Manual& manual, const options::options_description& visible) {
  fmt::print("usage: {}\n\n{}\n\n", manual.usage, manual.purpose);
  std::cout << visible;
  fmt::print("\nExamples:\n{}", manual.examples);
}

/// " (did you mean '--kernel'?)", or nothing.
std::string meant_option(const options::unknown_option& error,
                         const options::options_description& known) {
  std::vector<std::string> names;
  for (const auto& option : known.options()) names.push_back("--" + option->long_name());
  const std::string asked = error.get_option_name();
  return asked.starts_with("--") ? did_you_mean(asked.substr(0, asked.find('=')), names) : "";
}

/// What stands on the command line where nothing is expected.
[[noreturn]] void throw_unexpected(const std::string& word, const Manual& manual,
                                   const options::options_description& known) {
  const bool names_kernel = known.find_nothrow("kernel", false) != nullptr && is_plugin_name(word);
  throw UsageError(fmt::format("'{}' is not expected here{}; usage: {}", word,
                               names_kernel ? "; to test that kernel say --kernel " + word : "",
                               usage_line(manual)));
}

}  // namespace

Parsed parse(const Arguments& arguments, const Manual& manual,
             const options::options_description& visible,
             const std::vector<std::string>& positional) {
  options::options_description all;
  all.add(visible).add_options()("help,h", "show this help");
  options::options_description shown("Options");
  shown.add(visible).add_options()("help,h", "show this help");
  options::positional_options_description places;
  for (const std::string& name : positional) {
    if (takes_many(name))
      all.add_options()(plain(name).c_str(), options::value<std::vector<std::string>>());
    else
      all.add_options()(name.c_str(), options::value<std::string>());
    places.add(plain(name).c_str(), takes_many(name) ? -1 : 1);
  }
  if (std::ranges::none_of(positional, takes_many)) {
    all.add_options()(unexpected, options::value<std::vector<std::string>>());
    places.add(unexpected, -1);
  }

  Parsed parsed;
  try {
    const auto style =
        options::command_line_style::default_style & ~options::command_line_style::allow_guessing;
    options::store(
        options::command_line_parser(arguments).options(all).positional(places).style(style).run(),
        parsed.values);
    if (parsed.values.count("help") > 0) {
      print_manual(manual, shown);
      parsed.helped = true;
      return parsed;
    }
    if (parsed.has(unexpected))
      throw_unexpected(parsed.get<std::vector<std::string>>(unexpected).front(), manual, shown);
    options::notify(parsed.values);
  } catch (const options::unknown_option& error) {
    throw UsageError(fmt::format("there is no option '{}'{}; usage: {}", error.get_option_name(),
                                 meant_option(error, shown), usage_line(manual)));
  } catch (const options::error& error) {
    throw UsageError(fmt::format("{}; usage: {}", error.what(), usage_line(manual)));
  }
  for (const std::string& name : positional)
    if (parsed.values.count(plain(name)) == 0)
      throw UsageError(fmt::format("{} is missing; usage: {}", plain(name), usage_line(manual)));
  return parsed;
}

}  // namespace convict::cli
