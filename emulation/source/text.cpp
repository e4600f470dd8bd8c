// SPDX-License-Identifier: Apache-2.0
#include "emulation/source/text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/errors.hpp"

namespace convict::emulation {
namespace {

using Kind = Token::Kind;

bool counts(const Token& token) { return token.kind != Kind::space && token.kind != Kind::marker; }
bool opens(const Token& token) {
  return token.kind == Kind::sign && std::string_view("([{").find(token.text) != std::string::npos;
}
bool closes(const Token& token) {
  return token.kind == Kind::sign && std::string_view(")]}").find(token.text) != std::string::npos;
}

}  // namespace

Text::Text(std::string_view source, std::string_view own_headers)
    : tokens_(tokens_of(source, own_headers)),
      own_(tokens_.size()),
      before_(tokens_.size()),
      after_(tokens_.size()),
      removed_(tokens_.size()) {
  for (std::size_t at = 0; at < tokens_.size(); ++at) own_[at] = tokens_[at].text;
}

std::string Text::str() const { return between(0, size()); }

std::string Text::between(std::size_t first, std::size_t end) const {
  std::string text;
  for (std::size_t at = first; at < end; ++at) text += before_[at] + own_[at] + after_[at];
  return text;
}

std::size_t Text::after(std::size_t at) const {
  while (++at < size())
    if (counts(tokens_[at])) return at;
  return none;
}
std::size_t Text::before(std::size_t at) const {
  while (at-- > 0)
    if (counts(tokens_[at])) return at;
  return none;
}

bool Text::is_run(std::size_t at, std::string_view signs) const {
  for (std::size_t i = 0; i < signs.size(); ++i)
    if (!is(at + i, signs.substr(i, 1))) return false;
  return true;
}

std::size_t Text::closing(std::size_t open) const {
  const std::string_view partner = is(open, "(") ? ")" : is(open, "[") ? "]" : "}";
  int depth = 0;
  for (std::size_t at = open; at < size(); ++at) {
    if (is(at, tokens_[open].text)) ++depth;
    if (is(at, partner) && --depth == 0) return at;
  }
  refuse(*this, std::min(open, size() - 1), "a bracket that is never closed");
}

std::size_t Text::opening(std::size_t close) const {
  int depth = 0;
  for (std::size_t at = close + 1; at-- > 0;) {
    if (closes(tokens_[at])) ++depth;
    if (opens(tokens_[at]) && --depth == 0) return at;
  }
  return none;
}

std::vector<Text::Range> Text::arguments(std::size_t open) const {
  const std::size_t close = closing(open);
  std::vector<Range> found;
  std::size_t first = open + 1;
  int angles = 0;
  for (std::size_t at = open + 1; at <= close; ++at) {
    if (opens(tokens_[at])) at = closing(at);
    // A comma within kernel<4, 8> does not part arguments; a '<' that compares is rare here.
    if (is(at, "<") && tokens_[before(at)].kind == Kind::word) ++angles;
    if (is(at, ">") && angles > 0) --angles;
    if (at != close && (!is(at, ",") || angles > 0)) continue;
    if (at > first || at != close) found.emplace_back(first, at - 1);
    first = at + 1;
  }
  return found;
}

Text::Range Text::without_cast(Range range) const {
  std::size_t first = before(range.first) == none ? range.first : after(range.first - 1);
  const std::size_t last = before(range.second + 1);
  if (is(first, "(") && closing(first) < last) {
    const std::string cast = between(first, closing(first) + 1);
    if (cast.find("void") != std::string::npos && cast.find('*') != std::string::npos)
      return without_cast({after(closing(first)), last});
  }
  const bool named = is(first, "reinterpret_cast") || is(first, "static_cast");
  if (named && is(last, ")") && opening(last) > first)
    return without_cast({opening(last) + 1, last - 1});
  return {first, last};
}

std::size_t Text::step_back_over_template(std::size_t close) const {
  int depth = 0;
  for (std::size_t at = close; at != none; at = before(at)) {
    if (closes(tokens_[at])) {
      at = opening(at);
      if (at == none) return none;
      continue;
    }
    if (is(at, ";") || is(at, "{") || is(at, "}")) return none;
    if (is(at, ">") && !is(before(at), "-")) ++depth;
    if (is(at, "<") && --depth == 0) return before(at);
  }
  return none;
}

std::size_t Text::start_of_callee(std::size_t open) const {
  std::size_t at = before(open);
  if (is(at, ")")) {
    at = opening(at);
    return at;
  }
  if (is(at, ">")) at = step_back_over_template(at);
  if (at == none || tokens_[at].kind != Kind::word) return none;
  for (;;) {
    const std::size_t sign = before(at);
    const bool scope = is(sign, ":") && is(before(sign), ":");
    const bool arrow = is(sign, ">") && is(before(sign), "-");
    if (!scope && !arrow && !is(sign, ".")) return at;
    const std::size_t start = scope || arrow ? before(sign) : sign;
    std::size_t owner = before(start);
    if (is(owner, ">") && scope) owner = step_back_over_template(owner);
    if (owner == none || tokens_[owner].kind != Kind::word) return scope ? start : none;
    at = owner;
  }
}

std::size_t Text::end_of_configuration(std::size_t open) const {
  for (std::size_t at = open + 3; at < size(); ++at) {
    if (opens(tokens_[at])) at = closing(at);
    if (is(at, ";")) return none;
    if (is_run(at, ">>>")) return at + 2;
  }
  return none;
}

void Text::remove(std::size_t first, std::size_t last) {
  for (std::size_t at = first; at <= last && at < size(); ++at) {
    removed_[at] = true;
    before_[at].clear(), after_[at].clear();
    hide(at);
  }
}

void Text::hide(std::size_t at) {
  if (tokens_[at].kind == Kind::marker) return;
  const std::string line_ends(
      static_cast<std::size_t>(std::ranges::count(tokens_[at].text, '\n')), '\n');
  own_[at] = line_ends;
}

void Text::replace(std::size_t first, std::size_t last, std::string_view by) {
  remove(first, last);
  own_[first].insert(0, by);
}

void Text::replace_null_arguments(std::size_t open, std::string_view by) {
  for (const auto& [first, last] : arguments(open)) {
    const std::size_t only = after(first - 1);
    if (only == none || only > last || after(only) <= last) continue;
    if (is(only, "0") || is(only, "__null") || is(only, "NULL")) replace(only, only, by);
  }
}

void refuse(const Text& text, std::size_t at, std::string_view construct) {
  throw InputError(fmt::format("{}:{}: the emulated device does not take {}", text[at].file,
                               text[at].line, construct));
}

std::string quoted(std::string_view text) {
  std::string literal = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') literal += '\\';
    literal += c == '\n' ? ' ' : c;
  }
  return literal + "\"";
}

std::string base_name(std::string_view kernel) {
  std::string_view name = kernel.substr(0, kernel.find('<'));
  if (const std::size_t scope = name.rfind(':'); scope != std::string_view::npos)
    name.remove_prefix(scope + 1);
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '&' || c == '\t'; };
  while (!name.empty() && is_space(name.back())) name.remove_suffix(1);
  while (!name.empty() && is_space(name.front())) name.remove_prefix(1);
  return std::string(name);
}

}  // namespace convict::emulation
