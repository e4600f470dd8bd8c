// SPDX-License-Identifier: Apache-2.0
#include "core/spec_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "core/errors.hpp"

namespace convict {
namespace {

/// Reads the text from left to right. Every error names the position where reading stopped.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool at_end() const { return position_ == text_.size(); }
  bool at_digit() const { return !rest().empty() && rest()[0] >= '0' && rest()[0] <= '9'; }
  std::string_view rest() const { return text_.substr(position_); }

  bool take(std::string_view token) {
    if (!rest().starts_with(token)) return false;
    position_ += token.size();
    return true;
  }

  /// Takes `word` only if the token ends right behind it.
  bool take_word(std::string_view word) {
    if (!rest().starts_with(word)) return false;
    const std::string_view after = rest().substr(word.size());
    if (!after.empty() && after.front() != '_') return false;
    position_ += word.size();
    return true;
  }

  [[noreturn]] void fail(std::string_view problem) const {
    const std::size_t end =
        std::min(text_.find('_', position_ + (rest().starts_with('_') ? 1 : 0)), text_.size());
    const std::string_view token = text_.substr(position_, end - position_);
    const bool nothing_was_read = text_.find('_') >= position_;
    throw SpecError(fmt::format("bad spec '{}': {} at column {}{}{}", text_, problem, position_ + 1,
                                token.empty() ? " (end of text)" : fmt::format(" ('{}')", token),
                                nothing_was_read ? "; a spec is like c64_i56x56_k64_f3x3_p1" : ""));
  }

  index_t number(std::string_view what) {
    const char* const begin = text_.data() + position_;
    const char* const end = text_.data() + text_.size();
    const char* digits = begin;
    while (digits != end && *digits >= '0' && *digits <= '9') ++digits;
    if (digits == begin) fail(fmt::format("expected {} (a non-negative integer)", what));
    if (*begin == '0' && digits - begin > 1) fail(fmt::format("{} has a leading zero", what));
    index_t value = 0;
    if (std::from_chars(begin, digits, value).ec != std::errc{})
      fail(fmt::format("{} does not fit in 64 bits", what));
    position_ += static_cast<std::size_t>(digits - begin);
    return value;
  }

  template <class T, class Read>
  std::vector<T> list(Read read) {
    list_start_ = position_;
    std::vector<T> values = {read()};
    while (take("x")) values.push_back(read());
    return values;
  }
  std::vector<index_t> numbers(std::string_view what) {
    return list<index_t>([&] { return number(what); });
  }
  /// Throws SpecError for the list that was read last.
  [[noreturn]] void fail_list(std::string_view problem) {
    position_ = list_start_;
    fail(problem);
  }

 private:
  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t list_start_ = 0;
};

template <class T>
void assign(Cursor& cursor, std::string_view what, int rank, const std::vector<T>& values,
            std::array<T, max_rank>& target, bool one_serves_all) {
  const auto count = static_cast<std::size_t>(rank);
  if (values.size() != count && !(one_serves_all && values.size() == 1))
    cursor.fail_list(
        fmt::format("{} has {} values but the input has {} axes", what, values.size(), rank));
  for (std::size_t a = 0; a < count; ++a) target[a] = values.size() == 1 ? values[0] : values[a];
}

SidePadding read_side(Cursor& cursor) {
  const index_t before = cursor.number("padding");
  return {before, cursor.take(":") ? cursor.number("padding after") : before};
}

void read_padding(Cursor& cursor, ConvSpec& spec) {
  if (cursor.take_word("valid")) {
    spec.border = BorderMode::valid;
  } else if (cursor.take_word("half")) {
    spec.border = BorderMode::half;
  } else if (cursor.take_word("full")) {
    spec.border = BorderMode::full;
  } else if (!cursor.at_digit()) {
    cursor.fail("expected padding: valid, half, full, or numbers, e.g. 1 or 1:0x2:1");
  } else {
    const auto sides = cursor.list<SidePadding>([&] { return read_side(cursor); });
    assign(cursor, "padding", spec.rank, sides, spec.padding, true);
  }
}

void expect(Cursor& cursor, std::string_view token, std::string_view meaning) {
  if (!cursor.take(token)) cursor.fail(fmt::format("expected '{}' ({})", token, meaning));
}

template <class Values, class Print>
std::string joined(const Values& values, int rank, bool collapse, Print print) {
  const auto count = static_cast<std::size_t>(rank);
  const bool equal = std::all_of(values.begin(), values.begin() + rank,
                                 [&](const auto& value) { return value == values[0]; });
  if (collapse && equal) return print(values[0]);
  std::string text;
  for (std::size_t a = 0; a < count; ++a) text += (a == 0 ? "" : "x") + print(values[a]);
  return text;
}

std::string print_number(index_t value) { return fmt::format("{}", value); }
std::string print_side(const SidePadding& side) {
  return side.before == side.after ? fmt::format("{}", side.before)
                                   : fmt::format("{}:{}", side.before, side.after);
}

template <class T>
bool all_equal_to(const std::array<T, max_rank>& values, int rank, const T& value) {
  return std::all_of(values.begin(), values.begin() + rank, [&](const T& v) { return v == value; });
}

std::string padding_text(const ConvSpec& spec) {
  switch (spec.border) {
    case BorderMode::valid: return "_pvalid";
    case BorderMode::half: return "_phalf";
    case BorderMode::full: return "_pfull";
    case BorderMode::none: break;
  }
  if (all_equal_to(spec.padding, spec.rank, SidePadding{})) return "";
  return "_p" + joined(spec.padding, spec.rank, true, print_side);
}

}  // namespace

ConvSpec parse_spec(std::string_view text) {
  Cursor cursor(text);
  ConvSpec spec;
  if (cursor.take("n")) {
    spec.batch = cursor.number("batch n");
    expect(cursor, "_", "the next token");
  } else {
    cursor.take("_");  // the separator is the first character of the token behind it
  }
  expect(cursor, "c", "input channels, e.g. c3");
  spec.in_channels = cursor.number("input channels c");
  expect(cursor, "_i", "input extents, e.g. i8x8");
  const auto extents = cursor.numbers("input extent");
  if (extents.size() > max_rank)
    cursor.fail_list(
        fmt::format("the input has {} axes, at most {} are supported", extents.size(), max_rank));
  spec.rank = static_cast<int>(extents.size());
  assign(cursor, "input", spec.rank, extents, spec.input, false);
  expect(cursor, "_k", "output channels, e.g. k4");
  spec.out_channels = cursor.number("output channels k");
  expect(cursor, "_f", "filter extents, e.g. f3x3");
  assign(cursor, "filter", spec.rank, cursor.numbers("filter extent"), spec.filter, false);
  if (cursor.take("_s"))
    assign(cursor, "stride", spec.rank, cursor.numbers("stride"), spec.stride, true);
  if (cursor.take("_d"))
    assign(cursor, "dilation", spec.rank, cursor.numbers("dilation"), spec.dilation, true);
  if (cursor.take("_p")) read_padding(cursor, spec);
  if (cursor.take("_g")) spec.groups = cursor.number("groups g");
  spec.flip = cursor.take_word("_flip");
  spec.unshared = cursor.take_word("_unshared");
  if (!cursor.at_end())
    cursor.fail("unknown, repeated or misplaced token (order: n c i k f s d p g flip unshared)");
  return spec;
}

std::string to_string(const ConvSpec& spec) {
  const auto batch = spec.batch == 1 ? std::string() : fmt::format("n{}_", spec.batch);
  std::string text =
      fmt::format("{}c{}_i{}_k{}_f{}", batch, spec.in_channels,
                  joined(spec.input, spec.rank, false, print_number), spec.out_channels,
                  joined(spec.filter, spec.rank, false, print_number));
  if (!all_equal_to(spec.stride, spec.rank, index_t{1}))
    text += "_s" + joined(spec.stride, spec.rank, true, print_number);
  if (!all_equal_to(spec.dilation, spec.rank, index_t{1}))
    text += "_d" + joined(spec.dilation, spec.rank, true, print_number);
  text += padding_text(spec);
  if (spec.groups != 1) text += fmt::format("_g{}", spec.groups);
  if (spec.flip) text += "_flip";
  if (spec.unshared) text += "_unshared";
  return text;
}

ConvSpec parse_valid_spec(std::string_view text) {
  const ConvSpec spec = parse_spec(text);
  if (const auto why = why_invalid(spec))
    throw SpecError(fmt::format("bad spec '{}': {}", text, *why));
  return spec;
}

}  // namespace convict
