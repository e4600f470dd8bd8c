// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/any.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace convict::cli {

/// A length of time as it is typed: 90, 0.5, 500ms, 90s, 5m, 1h (a number without a unit is
/// seconds), longer than 0 and at most 366 days.
struct Duration {
  double seconds = 0;
};

/// A whole number that is at least `Least` and at most `Most`.
template <std::int64_t Least, std::int64_t Most = std::numeric_limits<std::int64_t>::max()>
struct Whole {
  std::int64_t value = Least;
};
using Count = Whole<1>;
using Jobs = Whole<1, 1024>;
/// Of --memory: more than a terabyte is a typing error, and is no limit anyway.
using Mebibytes = Whole<1, std::int64_t{1} << 20>;
using Threads = Whole<1, 4096>;

/// A whole number of 64 bits without a sign.
struct Seed {
  std::uint64_t value = 0;
};

/// Throw options::error_with_option_name, which says what would be right.
Duration duration_from(const std::string& text);
std::int64_t whole_from(const std::string& text, std::int64_t least, std::int64_t most);
std::uint64_t seed_from(const std::string& text);

/// What Boost.Program_options calls to read the text of an option (its "custom validators").
void validate(boost::any& value, const std::vector<std::string>& texts, Duration*, int);
void validate(boost::any& value, const std::vector<std::string>& texts, Seed*, int);
template <std::int64_t Least, std::int64_t Most>
void validate(boost::any& value, const std::vector<std::string>& texts, Whole<Least, Most>*, int) {
  value = Whole<Least, Most>{whole_from(texts.back(), Least, Most)};
}

}  // namespace convict::cli
