// SPDX-License-Identifier: Apache-2.0
#include "emulation/source/assembly.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace convict::emulation {
namespace {

/// `"=r"(x)`: its constraint and expression.
struct Operand {
  std::string constraint, expression;
};
struct Statement {
  std::string code;  ///< PTX
  bool is_extended = false;
  std::vector<Operand> operands;
};

std::string unescaped(std::string_view literal) {
  std::string text;
  for (std::size_t at = 1; at + 1 < literal.size(); ++at) {
    char c = literal[at];
    if (c == '\\' && at + 2 < literal.size()) {
      c = literal[++at];
      c = c == 'n' || c == 'r' ? '\n' : c == 't' ? ' ' : c;
    }
    text += c;
  }
  return text;
}

std::size_t opening_of_assembly(const Text& text, std::size_t at) {
  std::size_t open = text.after(at);
  while (open != Text::none && text[open].kind == Token::Kind::word) open = text.after(open);
  if (!text.is(open, "(")) refuse(text, at, "assembly of this form");
  return open;
}

Statement statement_at(const Text& text, std::size_t at) {
  Statement statement;
  const std::size_t open = opening_of_assembly(text, at), close = text.closing(open);
  std::size_t i = text.after(open);
  for (; text[i].kind == Token::Kind::text; i = text.after(i))
    statement.code += unescaped(text[i].text);
  int section = 0;
  for (; i < close; i = text.after(i)) {
    if (text.is(i, ":")) {
      ++section;
      statement.is_extended = true;
      continue;
    }
    if (section > 2 || text[i].kind != Token::Kind::text) continue;  // clobbers, commas
    const std::size_t paren = text.after(i);
    if (!text.is(paren, "(")) refuse(text, i, "assembly whose operands have names");
    const std::size_t end = text.closing(paren);
    std::string expression = text.between(paren, end + 1);
    std::ranges::replace(expression, '\n', ' ');  // the line ends stay where they are
    statement.operands.push_back({unescaped(text[i].text), std::move(expression)});
    i = end;
  }
  return statement;
}

std::string trimmed(std::string_view text) {
  const auto is_space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return std::string(text);
}

std::string without_comments(const std::string& code) {
  std::string text;
  for (std::size_t at = 0; at < code.size(); ++at) {
    if (code.compare(at, 2, "//") == 0) at = std::min(code.find('\n', at), code.size() - 1);
    if (code.compare(at, 2, "/*") == 0)
      at = std::min(code.find("*/", at) + 1, code.size() - 1);
    else
      text += code[at];
  }
  return text;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  int depth = 0;
  std::string part;
  for (const char c : text) {
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c == at && depth == 0)
      parts.push_back(trimmed(part)), part.clear();
    else
      part += c;
  }
  if (!trimmed(part).empty()) parts.push_back(trimmed(part));
  return parts;
}

Instruction parsed(std::string code) {
  Instruction instruction;
  instruction.text = code;
  const auto take_word = [&] {
    const std::size_t end = std::min(code.find_first_of(" \t\n"), code.size());
    std::string word = code.substr(0, end);
    code = trimmed(std::string_view(code).substr(end));
    return word;
  };
  if (code.starts_with('@')) instruction.guard = take_word().substr(1);
  instruction.words = split(take_word(), '.');
  instruction.operands = split(code, ',');
  return instruction;
}

/// `.reg .b32 a, b` as declarations.
std::string registers(const Instruction& declaration) {
  std::string text;
  std::vector<std::string> names = declaration.operands;
  if (names.empty()) return "";
  const std::size_t space = names.front().find_first_of(" \t");
  if (space == std::string::npos) return "";
  const std::string type = names.front().substr(1, space - 1);
  names.front() = trimmed(std::string_view(names.front()).substr(space));
  for (std::string name : names) {
    std::erase(name, '%');
    text += fmt::format("::convict_device::ptx::{} convict_r_{}{{}}; ", type, name);
  }
  return text;
}

std::string bound_operands(const Statement& statement) {
  std::string text;
  for (std::size_t i = 0; i < statement.operands.size(); ++i) {
    const auto& [constraint, expression] = statement.operands[i];
    const bool is_output = constraint.starts_with('=') || constraint.starts_with('+');
    text += fmt::format("{} convict_o{} = {}; ", is_output ? "auto&" : "const auto", i, expression);
  }
  return text;
}

}  // namespace

bool Instruction::has(std::string_view word) const {
  return std::ranges::find(words, word) != words.end();
}

std::size_t end_of_assembly(const Text& text, std::size_t at) {
  return text.closing(opening_of_assembly(text, at));
}

std::string assembly_as_cpp(const Text& text, std::size_t at) {
  const Statement statement = statement_at(text, at);
  const std::string site =
      fmt::format("::convict_device::Site{{{}, {}}}", quoted(text[at].file), text[at].line);
  std::string result = "do { " + bound_operands(statement);
  std::string rest = trimmed(without_comments(statement.code));
  // In extended assembly %% is a percent sign, and %0 an operand: both are clear without the rest.
  for (std::size_t pair = 0; (pair = rest.find("%%", pair)) != std::string::npos;)
    rest.erase(pair, 1), ++pair;
  while (!rest.empty()) {
    if (rest.front() == '{' || rest.front() == '}') {
      result += fmt::format("{} ", rest.front());
      rest = trimmed(std::string_view(rest).substr(1));
      continue;
    }
    const std::size_t end = std::min(rest.find(';'), rest.size());
    const std::string code = trimmed(std::string_view(rest).substr(0, end));
    rest = trimmed(std::string_view(rest).substr(std::min(end + 1, rest.size())));
    if (code.empty()) continue;
    const Instruction instruction = parsed(code);
    const bool declares = code.starts_with(".reg");
    const std::string cpp =
        declares ? registers(instruction) : instruction_as_cpp(instruction, site);
    if (cpp.empty())
      refuse(text, at, fmt::format("the instruction '{}' of inline assembly (PTX)", code));
    result += cpp + " ";
  }
  return result + "} while (0)";
}

}  // namespace convict::emulation
