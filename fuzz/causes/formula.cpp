// SPDX-License-Identifier: Apache-2.0
#include "fuzz/causes/formula.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>

namespace convict::fuzz {
namespace {

constexpr index_t is_less = 1;
constexpr index_t is_same = 2;
constexpr index_t is_more = 4;

index_t compared(index_t a, index_t b) { return a < b ? is_less : a == b ? is_same : is_more; }

/// "bf16", "not f64", "forward or grad_input".
std::string names_text(const Literal& literal) {
  const std::vector<std::string>& words = facts()[literal.first].words;
  const auto mask = static_cast<std::uint64_t>(literal.value);
  std::vector<std::string> taken;
  std::vector<std::string> left;
  for (std::size_t i = 0; i < words.size(); ++i)
    ((mask >> i & 1) != 0 ? taken : left).push_back(words[i]);
  if (taken.size() == 1 && !taken.front().empty()) return taken.front();
  if (left.size() == 1) return "not " + left.front();
  return fmt::format("{}", fmt::join(taken, " or "));
}

std::string_view sign_of(index_t relation) {
  constexpr std::string_view signs[] = {"?", "<", "=", "<=", ">", "!=", ">="};
  return signs[static_cast<std::size_t>(relation)];
}

/// Facts that a reader has to work out cost more than those that stand in the problem.
double fact_cost(std::size_t fact) {
  constexpr std::string_view plain[] = {"rank",    "groups",  "stride",  "dilation",
                                        "padding", "threads", "row gap", "misalignment"};
  const Fact& known = facts()[fact];
  if (known.kind == Fact::Kind::name || std::ranges::count(plain, known.name) > 0) return 1;
  return known.kind == Fact::Kind::size ? 1.1 : 1.3;
}

/// The sizes that equalities of a term say are the same, each once: "C = input rows".
std::vector<std::vector<std::size_t>> classes_of(const Term& term) {
  std::vector<std::vector<std::size_t>> classes;
  for (const Literal& literal : term) {
    if (literal.kind != Literal::Kind::relation || literal.value != is_same) continue;
    std::vector<std::size_t> merged = {literal.first, literal.second};
    std::erase_if(classes, [&](const std::vector<std::size_t>& known) {
      const bool meets = std::ranges::count(known, literal.first) > 0 ||
                         std::ranges::count(known, literal.second) > 0;
      if (meets) merged.insert(merged.end(), known.begin(), known.end());
      return meets;
    });
    std::ranges::sort(merged);
    merged.erase(std::unique(merged.begin(), merged.end()), merged.end());
    classes.push_back(std::move(merged));
  }
  return classes;
}

std::vector<std::string> term_words(const Term& term) {
  std::vector<std::string> words;
  for (const Literal& literal : term)
    if (literal.kind != Literal::Kind::relation || literal.value != is_same)
      words.push_back(literal.text());
  for (const auto& sizes : classes_of(term)) {
    std::vector<std::string> names;
    names.reserve(sizes.size());
    for (const std::size_t fact : sizes) names.push_back(facts()[fact].name);
    words.push_back(fmt::format("{}", fmt::join(names, " = ")));
  }
  return words;
}

}  // namespace

bool Literal::holds(const FactValues& facts) const {
  const index_t is = facts[first];
  switch (kind) {
    case Kind::at_least: return is >= value;
    case Kind::at_most: return is <= value;
    case Kind::equal: return is == value;
    case Kind::remainder: return is % modulus == value;
    case Kind::no_multiple: return is % modulus != 0;
    case Kind::relation: return (compared(is, facts[second]) & value) != 0;
    case Kind::one_of: return (static_cast<std::uint64_t>(value) >> is & 1) != 0;
  }
  return false;
}

double Literal::cost() const {
  const double fact = fact_cost(first);
  switch (kind) {
    case Kind::at_least: return value <= 2 ? fact : fact + 0.3;
    case Kind::at_most: return fact + (value <= 1 ? 0.1 : 1.2);
    case Kind::equal: return fact + 0.2;
    case Kind::remainder: return fact + 0.5 + (value == 0 ? 0 : 0.1);
    case Kind::no_multiple: return fact + 0.5;
    case Kind::relation:
      return 1.5 +
             (value == is_same || std::popcount(static_cast<unsigned>(value)) == 1 ? 0.0 : 0.2);
    case Kind::one_of: {
      const auto taken = static_cast<std::size_t>(std::popcount(static_cast<std::uint64_t>(value)));
      const std::size_t words = convict::fuzz::facts()[first].words.size();
      return taken == 1 ? 1 : taken + 1 == words ? 1.2 : 1.2 + 0.3 * static_cast<double>(taken);
    }
  }
  return 2;
}

std::string Literal::text() const {
  const std::string& name = convict::fuzz::facts()[first].name;
  switch (kind) {
    case Kind::at_least:
      // 4097 and 65537 are one more than what people say.
      return value <= 2 || std::has_single_bit(static_cast<std::uint64_t>(value - 1))
                 ? fmt::format("{} > {}", name, value - 1)
                 : fmt::format("{} >= {}", name, value);
    case Kind::at_most: return fmt::format("{} <= {}", name, value);
    case Kind::equal: return fmt::format("{} = {}", name, value);
    case Kind::remainder: return fmt::format("{} % {} = {}", name, modulus, value);
    case Kind::no_multiple: return fmt::format("{} % {} != 0", name, modulus);
    case Kind::relation:
      return fmt::format("{} {} {}", name, sign_of(value), convict::fuzz::facts()[second].name);
    case Kind::one_of: return names_text(*this);
  }
  return "?";
}

bool holds(const Term& term, const FactValues& facts) {
  return std::ranges::all_of(term, [&](const Literal& literal) { return literal.holds(facts); });
}

bool Formula::holds(const FactValues& facts) const {
  return std::ranges::any_of(terms, [&](const Term& term) { return fuzz::holds(term, facts); });
}

bool Formula::holds(const Trial& trial) const { return holds(facts_of(trial)); }

std::string Formula::text() const {
  if (terms.empty()) return "";
  Term shared = terms.front();
  std::erase_if(shared, [&](const Literal& literal) {
    return std::ranges::any_of(
        terms, [&](const Term& term) { return std::ranges::count(term, literal) == 0; });
  });
  std::vector<std::string> parts = term_words(shared);
  std::vector<std::string> alternatives;
  for (Term term : terms) {
    std::erase_if(term,
                  [&](const Literal& literal) { return std::ranges::count(shared, literal) > 0; });
    if (!term.empty())
      alternatives.push_back(fmt::format("{}", fmt::join(term_words(term), " and ")));
  }
  if (alternatives.size() == terms.size()) {
    const bool nested = terms.size() > 1 && !parts.empty();
    const std::string any = fmt::format("{}", fmt::join(alternatives, ", or "));
    parts.push_back(nested ? fmt::format("({})", any) : any);
  }
  return parts.empty() ? "everywhere" : fmt::format("{}", fmt::join(parts, " and "));
}

}  // namespace convict::fuzz
