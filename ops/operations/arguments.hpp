// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "ops/bilinear.hpp"
#include "ops/border.hpp"
#include "ops/conv3d2d.hpp"

namespace convict::ops {

/// Parameter values as text. An operation reads each of them as the type that it needs. Tuples are
/// written as in Python; the outer parentheses may be left out: 2,3,None,5 or ((1,2),0). An empty
/// text or None is the absent value: no hint, ones, no number. Every reader throws ValueError
/// naming the parameter, its text and what would be right.
class Arguments {
 public:
  explicit Arguments(std::map<std::string, std::string> texts) : texts_(std::move(texts)) {}

  const std::string& text(const std::string& name) const;
  bool given(const std::string& name) const { return !text(name).empty() && text(name) != "None"; }
  Hint hint(const std::string& name) const;
  Dims sizes(const std::string& name) const;
  index_t integer(const std::string& name) const;
  Size optional_integer(const std::string& name) const;
  bool boolean(const std::string& name) const;
  BorderModeArg border(const std::string& name) const;
  conv3d2d::BorderMode3d border_3d(const std::string& name) const;
  RatioPair ratio_pair(const std::string& name) const;
  /// 3/2, (3, 2), or ((3, 2), (5, 4)) for rows and columns.
  std::array<Fraction, 2> fractions(const std::string& name) const;
  Precision precision(const std::string& name) const;

 private:
  std::map<std::string, std::string> texts_;
};

}  // namespace convict::ops
