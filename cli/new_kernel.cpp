// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

#include "cli/command.hpp"
#include "cli/new_file.hpp"
#include "cli/plugin_headers.hpp"
#include "cli_texts.hpp"
#include "core/errors.hpp"

namespace convict::cli {
namespace {

constexpr Manual new_kernel_manual = {
    .usage = "convict new-kernel NAME [--language c|c++|cuda|python] [--out DIR]",
    .purpose =
        "Writes a kernel that is right but slow, ready to build and to be tested: replace its "
        "loops by yours.\nPrints how to build it and how to test it.",
    .examples =
        "  convict new-kernel mine\n"
        "  convict new-kernel mine --language c++ --out kernels\n"
        "  convict new-kernel mine --language python\n"};

/// Every skeleton is the example of docs/examples, whose file is called `direct`.
struct Language {
  std::string_view name;
  std::string_view suffix;
  std::string_view text;
  std::string_view compile;  ///< empty: convict builds it, or nothing is built
};
constexpr std::array languages = {
    Language{"c", ".c", texts::direct_c, "cc -O2 -shared -fPIC"},
    Language{"c++", ".cpp", texts::direct_cpp, "c++ -std=c++17 -O2 -shared -fPIC"},
    Language{"cuda", ".cu", texts::direct_cu, ""},
    Language{"python", ".py", texts::direct_py, ""},
};

const Language& language_named(const std::string& name) {
  const auto* const language = std::ranges::find(languages, name, &Language::name);
  if (language == languages.end())
    throw UsageError(fmt::format("--language {} is unknown; it is c, c++, cuda or python", name));
  return *language;
}

/// NAME becomes part of a file's name, of kernel names and, in Python, of a module's name.
void check_name(const std::string& name) {
  const auto allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  constexpr std::size_t longest = 64;
  const bool right = !name.empty() && name.size() <= longest &&
                     std::ranges::all_of(name, allowed) &&
                     std::isdigit(static_cast<unsigned char>(name.front())) == 0;
  if (!right)
    throw UsageError(fmt::format(
        "NAME '{}' must be letters, digits and '_', not begin with a digit, and have at most {}",
        name, longest));
}

std::string replaced(std::string text, std::string_view old, std::string_view by) {
  for (std::size_t at = text.find(old); at != std::string::npos;
       at = text.find(old, at + by.size()))
    text.replace(at, old.size(), by);
  return text;
}

std::filesystem::path folder_of(const Parsed& parsed) {
  if (!parsed.has("out")) return ".";
  std::filesystem::path folder = parsed.get<std::string>("out");
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw EnvironmentError(fmt::format("--out {} is no folder and cannot be made: {}",
                                       folder.string(), error.message()));
  return folder;
}

}  // namespace

int new_kernel(const Arguments& arguments) {
  options::options_description visible;
  visible.add_options()(
      "language", options::value<std::string>()->value_name("LANGUAGE")->default_value("c"),
      "c, c++, cuda or python")("out", options::value<std::string>()->value_name("DIR"),
                                "folder to write to (default: this one)");
  const Parsed parsed = parse(arguments, new_kernel_manual, visible, {"NAME"});
  if (parsed.helped) return exit_fine;
  const auto& name = parsed.get<std::string>("NAME");
  check_name(name);
  const Language& language = language_named(parsed.get<std::string>("language"));

  const std::string headers = shell_word(plugin_headers().string());
  const auto source = folder_of(parsed) / fmt::format("{}{}", name, language.suffix);
  write_new(source, replaced(replaced(std::string(language.text), "direct.", name + "."),
                             "<prefix>/include/convict/core", headers));

  fmt::print("{}: a kernel that is right but slow. Replace its loops by yours.\n\n",
             source.string());
  std::filesystem::path kernel = source;
  if (!language.compile.empty()) {
    kernel.replace_extension(".so");
    fmt::print("  {} -I{} {} -o {}\n", language.compile, headers, shell_word(source.string()),
               shell_word(kernel.string()));
  }
  fmt::print("  convict conform --kernel {}\n", shell_word(kernel.string()));
  if (language.suffix == ".cu")
    fmt::print(
        "\nThat builds it: with nvcc where there is a GPU, else for the emulated device. By "
        "hand: nvcc -O2 -shared -Xcompiler -fPIC -I{} {} -o {}.so\n",
        headers, shell_word(source.string()), name);
  return exit_fine;
}

}  // namespace convict::cli
