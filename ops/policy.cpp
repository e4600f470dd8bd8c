// SPDX-License-Identifier: Apache-2.0
#include "ops/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

#include "ops/algorithms.hpp"
#include "ops/candidates.hpp"
#include "ops/errors.hpp"
#include "ops/names.hpp"

namespace convict::ops {
namespace {

using Names = Policy::Names;

Names split(std::string_view text, char separator) {
  Names parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

/// One value of a fixed choice.
std::string chosen(std::string_view flag, const std::string& value, const Names& choices) {
  if (std::ranges::find(choices, value) == choices.end())
    throw_unknown(fmt::format("value of {}", flag), value, choices);
  return value;
}

bool boolean(std::string_view flag, const std::string& value) {
  const std::string known = chosen(flag, value, {"True", "False", "true", "false", "1", "0"});
  return known == "True" || known == "true" || known == "1";
}

Names tag_list(std::string_view flag, const std::string& value) {
  Names names = split(value, ':');
  for (const std::string& name : names) chosen(flag, name, candidate_names_and_tags());
  return names;
}

Policy::Enabled enabled(const std::string& value) {
  chosen("dnn.enabled", value, {"auto", "True", "False", "no_check"});
  if (value == "True") return Policy::Enabled::yes;
  if (value == "False") return Policy::Enabled::no;
  return value == "auto" ? Policy::Enabled::automatic : Policy::Enabled::no_check;
}

int verbosity(const std::string& value) {
  return chosen("metaopt.verbose", value, {"0", "1", "2"})[0] - '0';
}

struct Flag {
  std::string name;
  void (*set)(Policy&, const std::string&);
};

const std::vector<Flag>& flags() {
  using P = Policy;
  using S = const std::string&;
  static const std::vector<Flag> table = {
      {"optimizer",
       [](P& p, S v) {
         p.optimizer = chosen("optimizer", v, {"fast_run", "fast_compile", "None"}) == "None"
                           ? P::Optimizer::none
                           : P::Optimizer::fast_run;
       }},
      {"optimizer_excluding",
       [](P& p, S v) { p.optimizer_excluding = tag_list("optimizer_excluding", v); }},
      {"optimizer_including",
       [](P& p, S v) { p.optimizer_including = tag_list("optimizer_including", v); }},
      {"deterministic",
       [](P& p, S v) {
         p.deterministic = v == "more" || (v != "default" && boolean("deterministic", v));
       }},
      {"openmp", [](P& p, S v) { p.openmp = boolean("openmp", v); }},
      {"conv.assert_shape",
       [](P& p, S v) { p.conv_assert_shape = boolean("conv.assert_shape", v); }},
      {"dnn.enabled", [](P& p, S v) { p.dnn_enabled = enabled(v); }},
      {"dnn.conv.algo_fwd",
       [](P& p, S v) { p.dnn_conv_algo_fwd = chosen("dnn.conv.algo_fwd", v, algorithms_fwd()); }},
      {"dnn.conv.algo_bwd_data",
       [](P& p, S v) {
         p.dnn_conv_algo_bwd_data = chosen("dnn.conv.algo_bwd_data", v, algorithms_bwd_data());
       }},
      {"dnn.conv.algo_bwd_filter",
       [](P& p, S v) {
         p.dnn_conv_algo_bwd_filter =
             chosen("dnn.conv.algo_bwd_filter", v, algorithms_bwd_filter());
       }},
      {"dnn.conv.precision",
       [](P& p, S v) { p.dnn_conv_precision = chosen("dnn.conv.precision", v, precisions()); }},
      {"metaopt.optimizer_excluding",
       [](P& p, S v) { p.metaopt_optimizer_excluding = split(v, ':'); }},
      {"metaopt.optimizer_including",
       [](P& p, S v) { p.metaopt_optimizer_including = split(v, ':'); }},
      {"metaopt.verbose", [](P& p, S v) { p.metaopt_verbose = verbosity(v); }},
  };
  return table;
}

void refuse_removed(const std::string& name) {
  static const std::set<std::string> removed = {"dnn.conv.algo_bwd", "dnn.conv.workmem",
                                                "dnn.conv.workmem_bwd"};
  if (removed.contains(name))
    throw UsageError(
        fmt::format("flag '{}' was removed; dnn.conv.algo_fwd, dnn.conv.algo_bwd_data and "
                    "dnn.conv.algo_bwd_filter choose algorithms",
                    name));
}

const Flag& flag_named(const std::string& name) {
  refuse_removed(name);
  const auto flag = std::ranges::find(flags(), name, &Flag::name);
  if (flag == flags().end()) throw_unknown("flag", name, flag_names());
  return *flag;
}

void contradiction(bool holds, std::string_view a, std::string_view b) {
  if (holds) throw UsageError(fmt::format("{} contradicts {}; give only one of them", a, b));
}

void require_deterministic(const Names& deterministic, std::string_view flag,
                           const std::string& algorithm) {
  contradiction(!contains(deterministic, algorithm), "deterministic=True",
                fmt::format("{}={}", flag, algorithm));
}

/// An algorithm that was not given follows the flag `deterministic`; a given one must agree with
/// it.
void follow_deterministic(const std::set<std::string>& stated, const std::string& flag,
                          std::string& algorithm, const Names& deterministic) {
  if (stated.contains(flag))
    require_deterministic(deterministic, flag, algorithm);
  else
    algorithm = "deterministic";
}

}  // namespace

Policy parse_flags(std::string_view text) {
  Policy policy;
  std::set<std::string> seen;
  for (const std::string& assignment : split(text, ',')) {
    const std::size_t equals = assignment.find('=');
    const std::string name = assignment.substr(0, equals);
    const Flag& flag = flag_named(name);
    if (equals == std::string::npos)
      throw UsageError(fmt::format("flag '{}' has no value; write {}=VALUE", name, name));
    if (!seen.insert(name).second)
      throw UsageError(fmt::format("flag '{}' is given twice; give it once", name));
    flag.set(policy, assignment.substr(equals + 1));
  }
  if (policy.deterministic) {
    follow_deterministic(seen, "dnn.conv.algo_bwd_data", policy.dnn_conv_algo_bwd_data,
                         deterministic_bwd_data());
    follow_deterministic(seen, "dnn.conv.algo_bwd_filter", policy.dnn_conv_algo_bwd_filter,
                         deterministic_bwd_filter());
  }
  require_consistent(policy);
  return policy;
}

void require_consistent(const Policy& policy) {
  for (const std::string& name : policy.optimizer_including)
    contradiction(contains(policy.optimizer_excluding, name), "optimizer_including=" + name,
                  "optimizer_excluding=" + name);
  const bool dnn_excluded = contains(policy.optimizer_excluding, "conv_dnn") ||
                            contains(policy.optimizer_excluding, "cudnn");
  const bool dnn_included = contains(policy.optimizer_including, "cudnn") ||
                            contains(policy.optimizer_including, "conv_dnn");
  const bool required = policy.dnn_enabled == Policy::Enabled::yes;
  contradiction(required && dnn_excluded, "dnn.enabled=True", "excluding conv_dnn or cudnn");
  contradiction(dnn_included && dnn_excluded, "including cudnn", "excluding conv_dnn or cudnn");
  contradiction(dnn_included && policy.dnn_enabled == Policy::Enabled::no, "including cudnn",
                "dnn.enabled=False");
  contradiction(policy.optimizer == Policy::Optimizer::none && (required || dnn_included),
                "optimizer=None", "demanding cuDNN");
  if (!policy.deterministic) return;
  // "none" is also the value of an algorithm that was not given.
  const auto agrees = [](Names deterministic) {
    deterministic.emplace_back("none");
    return deterministic;
  };
  require_deterministic(agrees(deterministic_bwd_data()), "dnn.conv.algo_bwd_data",
                        policy.dnn_conv_algo_bwd_data);
  require_deterministic(agrees(deterministic_bwd_filter()), "dnn.conv.algo_bwd_filter",
                        policy.dnn_conv_algo_bwd_filter);
  contradiction(is_runtime_algorithm(policy.dnn_conv_algo_fwd), "deterministic=True",
                "dnn.conv.algo_fwd=" + policy.dnn_conv_algo_fwd);
}

const Policy& environment_policy() {
  static const Policy policy = [] {
    const char* text = std::getenv("CONVICT_FLAGS");
    return parse_flags(text == nullptr ? "" : text);
  }();
  return policy;
}

std::vector<std::string> notes(const Policy& policy) {
  std::vector<std::string> notes;
  const auto later = [&notes](bool asked, std::string_view flag) {
    if (asked)
      notes.push_back(fmt::format("{} is accepted; choice by timing is not implemented yet", flag));
  };
  later(contains(policy.optimizer_including, "conv_meta"), "optimizer_including=conv_meta");
  later(!policy.metaopt_optimizer_excluding.empty(), "metaopt.optimizer_excluding");
  later(!policy.metaopt_optimizer_including.empty(), "metaopt.optimizer_including");
  later(policy.metaopt_verbose > 0, "metaopt.verbose");
  return notes;
}

std::vector<std::string> flag_names() {
  std::vector<std::string> names;
  for (const Flag& flag : flags()) names.push_back(flag.name);
  return names;
}

}  // namespace convict::ops
