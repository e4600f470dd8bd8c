// SPDX-License-Identifier: Apache-2.0
// Histories in which the calls between differ in more than one number of the problem.
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "oracle/checks/alternation.hpp"
#include "oracle/checks/history.hpp"
#include "oracle/judge/layers.hpp"

namespace convict::oracle {
namespace {

/// Another problem and what it differs in.
struct Other {
  std::string what;
  Trial trial;
};

/// Calls at most `most` of the others, beginning with the one that the seed chooses.
Verdict alternated(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                   std::vector<Other> others, std::size_t most, const std::string& when_none) {
  Alternation alternation(trial, subject, sandbox);
  if (auto verdict = alternation.begin()) return *verdict;
  if (others.empty()) return unsupported(history_layer, when_none);
  const auto first = static_cast<std::ptrdiff_t>(trial.recipe.seed % others.size());
  std::rotate(others.begin(), others.begin() + first, others.end());
  others.resize(std::min(others.size(), most));
  for (const Other& other : others)
    if (auto verdict = alternation.with(other.trial, other.what)) return *verdict;
  return alternation.verdict(when_none);
}

/// Adds the trial after `change`, a function of Trial&, unless that changes nothing or makes the
/// spec invalid.
template <class Change>
void add(std::vector<Other>& others, const Trial& trial, std::string what, Change change) {
  Trial other = trial;
  change(other);
  if (other == trial || why_invalid(other.spec)) return;
  others.push_back({std::move(what), std::move(other)});
}

void enlarge_extents(ConvSpec& spec) {
  for (int axis = 0; axis < spec.rank; ++axis) spec.input[static_cast<std::size_t>(axis)] += 5;
}
void enlarge_channels(ConvSpec& spec) {
  spec.in_channels *= 2;
  spec.out_channels *= 2;
}

/// A trial's data are exact with dyadic factors only.
void scale(Trial& trial, double alpha, double beta) {
  trial.recipe.alpha = alpha;
  trial.recipe.beta = beta;
}

}  // namespace

Verdict larger_problem(const Trial& trial, const sandbox::Subject& subject,
                       sandbox::Sandbox& sandbox, Cases&) {
  std::vector<Other> others;
  add(others, trial, "more channels and larger images", [](Trial& other) {
    enlarge_channels(other.spec);
    enlarge_extents(other.spec);
  });
  add(others, trial, "more images and channels", [](Trial& other) {
    other.spec.batch = 2 * other.spec.batch + 1;
    enlarge_channels(other.spec);
  });
  add(others, trial, "more and larger images", [](Trial& other) {
    other.spec.batch = 2 * other.spec.batch + 1;
    enlarge_extents(other.spec);
  });
  add(others, trial, "more and larger images and more channels", [](Trial& other) {
    other.spec.batch += 1;
    enlarge_channels(other.spec);
    enlarge_extents(other.spec);
  });
  const std::size_t all = others.size();
  return alternated(trial, subject, sandbox, std::move(others), all,
                    "takes no problem that is larger in several sizes");
}

Verdict other_kind(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                   Cases&) {
  constexpr std::size_t most = 4;
  std::vector<Other> others;
  for (const Pass pass : all_passes)
    add(others, trial, "another pass", [pass](Trial& other) { other.pass = pass; });
  for (const Precision precision : all_precisions)
    add(others, trial, "another precision",
        [precision](Trial& other) { other.precision = precision; });
  for (const Layout layout : {Layout::nchw, Layout::nhwc})
    add(others, trial, "another layout", [layout](Trial& other) { other.recipe.layout = layout; });
  add(others, trial, "a gap between rows", [](Trial& other) { other.recipe.pitch += 3; });
  add(others, trial, "another alpha",
      [&](Trial& other) { scale(other, trial.recipe.alpha == 2 ? 1 : 2, trial.recipe.beta); });
  add(others, trial, "another beta",
      [&](Trial& other) { scale(other, trial.recipe.alpha, trial.recipe.beta == 0 ? 1 : 0); });
  add(others, trial, "more threads", [](Trial& other) { other.recipe.threads += 2; });
  return alternated(trial, subject, sandbox, std::move(others), most,
                    "takes no other pass, precision, layout, scaling or number of threads");
}

Verdict moving_buffers(const Trial& trial, const sandbox::Subject& subject,
                       sandbox::Sandbox& sandbox, Cases&) {
  constexpr index_t furthest = 63;
  const index_t alignment = std::max<index_t>(subject.kernel.claims.required_alignment, 1);
  const index_t step = alignment > 1 ? alignment : 7;
  if (step > furthest)
    return unsupported(history_layer, "buffers of the claimed alignment cannot be moved");
  RepeatedCalls calls(subject, sandbox);
  Trial other_data = trial;
  ++other_data.recipe.seed;
  auto first = calls.prepare(trial);
  auto second = calls.prepare(other_data);
  if (!first || !second) return too_many_products();
  struct Step {
    bool other;
    index_t align;
  };
  for (const auto& [other, align] : {Step{false, 0}, Step{true, step}, Step{false, step},
                                     Step{true, 0}, Step{false, 0}, Step{true, step}}) {
    Trial how = other ? other_data : trial;
    how.recipe.align = align;
    how.recipe.guard = Guard::none;
    const std::string says = fmt::format("with {} data in buffers {} elements behind a boundary",
                                         other ? "other" : "the first", align);
    if (auto verdict = calls.call(other ? *second : *first, how, says, Expect::right))
      return *verdict;
  }
  return calls.verdict();
}

}  // namespace convict::oracle
