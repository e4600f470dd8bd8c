// SPDX-License-Identifier: Apache-2.0
#include "emulation/source/shared_declaration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace convict::emulation {
namespace {

constexpr std::array specifiers = {"extern",     "static",       "inline", "__shared__",
                                   "__device__", "thread_local", "const"};

bool is_specifier(const Text& text, std::size_t at) {
  return at < text.size() && std::ranges::find(specifiers, text[at].text) != specifiers.end();
}

std::size_t start_of_declaration(const Text& text, std::size_t at) {
  while (is_specifier(text, text.before(at)) || text.is(text.before(at), "volatile"))
    at = text.before(at);
  return at;
}

/// The position behind the semicolon's; brackets and initializers are skipped.
std::size_t semicolon_of(const Text& text, std::size_t at) {
  for (; at < text.size(); at = text.after(at)) {
    if (text.is(at, "(") || text.is(at, "[") || text.is(at, "{")) at = text.closing(at);
    if (text.is(at, "=")) refuse(text, at, "shared memory with an initial value");
    if (text.is(at, ";")) return at;
  }
  refuse(text, at, "shared memory that is declared without a semicolon");
}

/// The words that are declared: those before '[', ',' or ';' outside of brackets. An attribute's
/// parentheses and template arguments are stepped over.
std::vector<std::string> declared_names(const Text& text, std::size_t first, std::size_t last) {
  std::vector<std::string> names;
  std::string latest;
  int angles = 0;
  bool taken = false;
  for (std::size_t at = first; at <= last; at = text.after(at)) {
    const Token& token = text[at];
    if (token.text == "<") ++angles;
    if (token.text == ">" && angles > 0) --angles;
    if (angles == 0 && token.kind == Token::Kind::word) latest = token.text;
    const bool ends = token.text == "[" || token.text == "," || token.text == ";";
    if (ends && angles == 0 && !taken) names.push_back(latest), taken = true;
    if (token.text == "," && angles == 0) taken = false;
    if (token.text == "[" || token.text == "(" || token.text == "{") at = text.closing(at);
  }
  return names;
}

/// The declaration without its specifiers, as members of a struct. `a[]` has one element there.
std::string members_of(const Text& text, std::size_t first, std::size_t last) {
  std::string members;
  for (std::size_t at = first; at <= last; ++at) {
    if (is_specifier(text, at) || text[at].kind == Token::Kind::marker) continue;
    if (text[at].text == "__align__") {
      members += "alignas";
      continue;
    }
    members += text[at].kind == Token::Kind::space ? " " : std::string(text[at].text);
    if (text.is(at, "[") && text.is(text.after(at), "]")) members += "1";
  }
  return members;
}

}  // namespace

SharedDeclaration shared_declaration(const Text& text, std::size_t at, int number) {
  SharedDeclaration declaration;
  declaration.first = start_of_declaration(text, at);
  declaration.last = semicolon_of(text, at);
  bool is_dynamic = false;
  for (std::size_t i = declaration.first; i < declaration.last; ++i)
    is_dynamic = is_dynamic || text.is(i, "extern");
  const std::string record = fmt::format("convict_shared_{}", number);
  declaration.type = fmt::format("struct {} {{ {} }};", record,
                                 members_of(text, declaration.first, declaration.last));
  declaration.local = declaration.type;
  int member = 0;
  for (const std::string& name : declared_names(text, declaration.first, declaration.last)) {
    const std::string use =
        is_dynamic
            ? fmt::format("(::convict_device::dynamic_shared<decltype({}::{})>({}))", record, name,
                          quoted(name))
            : fmt::format(
                  "(::convict_device::shared_object<decltype({0}::{1}), {0}, {2}>"
                  "({3}, {4}, {5}))",
                  record, name, member++, quoted(name), quoted(text[at].file), text[at].line);
    declaration.local += fmt::format(" auto{} {} = {};", is_dynamic ? "* const" : "&", name, use);
    declaration.uses.emplace_back(name, use);
  }
  return declaration;
}

}  // namespace convict::emulation
