// SPDX-License-Identifier: Apache-2.0
#include "emulation/source/token.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace convict::emulation {
namespace {

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

class Lexer {
 public:
  Lexer(std::string_view source, std::string_view own_headers)
      : source_(source), own_headers_(own_headers) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) next();
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }
  bool starts_line() const { return at_ == 0 || source_[at_ - 1] == '\n'; }

  void take(Token::Kind kind, std::size_t end) {
    end = std::min(end, source_.size());
    const std::string_view text = source_.substr(at_, end - at_);
    tokens_.push_back({kind, text, line_, file_, from_system_});
    line_ += static_cast<int>(std::ranges::count(text, '\n'));
    at_ = end;
  }
  template <class Belongs>
  std::size_t end_of(Belongs belongs, std::size_t from) const {
    while (from < source_.size() && belongs(source_[from])) ++from;
    return from;
  }

  void next() {
    const char c = peek();
    if (c == '#' && starts_line()) return marker();
    if (is_space(c)) return space();
    if (c == '"' || c == '\'') return take(Token::Kind::text, end_of_literal(at_));
    if (is_letter(c)) return word();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    take(Token::Kind::sign, at_ + 1);
  }

  /// White space up to the end of a line, so that the next line may be a marker.
  void space() {
    std::size_t end = at_;
    while (end < source_.size() && is_space(source_[end]))
      if (source_[end++] == '\n' && end < source_.size() && source_[end] == '#') break;
    take(Token::Kind::space, end);
  }

  void word() {
    const std::size_t end =
        end_of([](char c) { return is_letter(c) || is_digit(c) || c == '$'; }, at_);
    const std::string_view text = source_.substr(at_, end - at_);
    const char quote = end < source_.size() ? source_[end] : '\0';
    if (quote == '"' && text.ends_with('R') && text.size() <= 3)
      return take(Token::Kind::text, end_of_raw(end));
    const bool prefix = text == "u8" || text == "u" || text == "U" || text == "L";
    if (prefix && (quote == '"' || quote == '\''))
      return take(Token::Kind::text, end_of_literal(end));
    take(Token::Kind::word, end);
  }

  /// A number of the preprocessor: digits, letters, points, digit separators and signed exponents.
  void number() {
    std::size_t end = at_;
    while (end < source_.size()) {
      const char c = source_[end], before = end > at_ ? source_[end - 1] : '\0';
      const bool exponent = before == 'e' || before == 'E' || before == 'p' || before == 'P';
      const bool separator = c == '\'' && end + 1 < source_.size() &&
                             (is_digit(source_[end + 1]) || is_letter(source_[end + 1]));
      if (!is_digit(c) && !is_letter(c) && c != '.' && !separator &&
          !(exponent && (c == '+' || c == '-')))
        break;
      ++end;
    }
    take(Token::Kind::number, end);
  }

  std::size_t end_of_literal(std::size_t quote) const {
    std::size_t end = quote + 1;
    while (end < source_.size() && source_[end] != source_[quote] && source_[end] != '\n')
      end += source_[end] == '\\' ? 2 : 1;
    return end + 1;
  }
  std::size_t end_of_raw(std::size_t quote) const {
    const std::size_t open = source_.find('(', quote);
    if (open == std::string_view::npos) return source_.size();
    const std::string close = ")" + std::string(source_.substr(quote + 1, open - quote - 1)) + "\"";
    const std::size_t end = source_.find(close, open);
    return end == std::string_view::npos ? source_.size() : end + close.size();
  }

  /// `# 12 "file.cu" 1 3` or a pragma.
  void marker() {
    const std::size_t end = std::min(source_.find('\n', at_), source_.size());
    const std::string_view text = source_.substr(at_, end - at_);
    take(Token::Kind::marker, end);
    const std::size_t open = text.find('"'), close = text.rfind('"');
    if (!text.starts_with("# ") || text.size() < 3 || !is_digit(text[2]) ||
        open == std::string_view::npos)
      return;
    int line = 0;
    std::from_chars(text.data() + 2, text.data() + text.size(), line);
    line_ = line - 1;  // the end of the marker's own line counts
    file_ = text.substr(open + 1, close - open - 1);
    from_system_ = text.substr(close).find(" 3") != std::string_view::npos ||
                   (!own_headers_.empty() && file_.starts_with(own_headers_));
  }

  std::string_view source_;
  std::string_view own_headers_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::string_view file_;
  bool from_system_ = false;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view source, std::string_view own_headers) {
  return Lexer(source, own_headers).run();
}

}  // namespace convict::emulation
