// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulation/source/token.hpp"

namespace convict::emulation {

/// The tokens of a source and what stands in place of each of them. Positions count tokens;
/// functions that look for one skip white space and line markers.
class Text {
 public:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  using Range = std::pair<std::size_t, std::size_t>;  ///< first and last token

  Text(std::string_view source, std::string_view own_headers);

  std::size_t size() const { return tokens_.size(); }
  const Token& operator[](std::size_t at) const { return tokens_[at]; }
  std::string str() const;

  /// The next or previous token that is neither space nor marker, or none.
  std::size_t after(std::size_t at) const;
  std::size_t before(std::size_t at) const;
  bool is(std::size_t at, std::string_view text) const {
    return at < size() && tokens_[at].text == text;
  }
  /// Whether signs stand here without space between them.
  bool is_run(std::size_t at, std::string_view signs) const;

  /// The bracket that closes the one at `open`; throws InputError when there is none.
  std::size_t closing(std::size_t open) const;
  std::size_t opening(std::size_t close) const;  ///< the reverse, or none
  /// The arguments between the parenthesis at `open` and its partner.
  std::vector<Range> arguments(std::size_t open) const;
  /// What is cast, for `(void*)x`, `reinterpret_cast<void*>(x)` and the like; else the range.
  Range without_cast(Range range) const;

  /// The first token of the name before `<<<` at `open`: `space::kernel<a, b>`; or none.
  std::size_t start_of_callee(std::size_t open) const;
  /// The last sign of the `>>>` that ends a configuration, or none.
  std::size_t end_of_configuration(std::size_t open) const;

  /// What stands now from `first` up to, not including, `end`.
  std::string between(std::size_t first, std::size_t end) const;

  bool is_removed(std::size_t at) const { return removed_[at]; }
  void remove(std::size_t at) { remove(at, at); }
  /// Removes the tokens up to `last`, with their changes, but keeps line ends.
  void remove(std::size_t first, std::size_t last);
  /// Removes what the token itself says, not what is inserted beside it.
  void hide(std::size_t at);
  void replace(std::size_t at, std::string_view by) { replace(at, at, by); }
  void replace(std::size_t first, std::size_t last, std::string_view by);
  void insert_before(std::size_t at, std::string_view text) { before_[at].insert(0, text); }
  void insert_after(std::size_t at, std::string_view text) { after_[at].append(text); }
  /// Arguments that are just 0 or a null pointer constant: they would lose their meaning in a
  /// template.
  void replace_null_arguments(std::size_t open, std::string_view by);

 private:
  std::size_t step_back_over_template(std::size_t close) const;

  std::vector<Token> tokens_;
  std::vector<std::string> own_;
  std::vector<std::string> before_, after_;
  std::vector<bool> removed_;
};

/// Throws InputError: the emulated device has no such construct.
[[noreturn]] void refuse(const Text& text, std::size_t at, std::string_view construct);

/// A string literal.
std::string quoted(std::string_view text);
/// `conv` of `mine::conv<float, 4>`.
std::string base_name(std::string_view kernel);

}  // namespace convict::emulation
