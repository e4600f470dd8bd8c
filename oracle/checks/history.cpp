// SPDX-License-Identifier: Apache-2.0
#include "oracle/checks/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "oracle/checks/alternation.hpp"
#include "oracle/checks/calls.hpp"
#include "oracle/checks/neighbours.hpp"
#include "oracle/checks/repeated_calls.hpp"
#include "oracle/judge/layers.hpp"

namespace convict::oracle {
namespace {

constexpr sandbox::Poison poison_of_call(int call) {
  return call % 2 == 0 ? sandbox::Poison::nan : sandbox::Poison::finite;
}

/// At most `parameters` parameters of the trial's spec with specs that differ in them; the seed
/// chooses the first parameter.
std::vector<Neighbours> rotated_neighbours(const Trial& trial, std::size_t parameters) {
  std::vector<Neighbours> all = neighbours_of(trial.spec);
  const auto begin = static_cast<std::ptrdiff_t>(trial.recipe.seed % all.size());
  std::rotate(all.begin(), all.begin() + begin, all.end());
  all.resize(std::min(all.size(), parameters));
  return all;
}

/// Calls one problem in several variants (threads, alignment, layout, ...). Variants that the
/// subject refuses are skipped.
class Variants {
 public:
  Variants(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox)
      : trial_(trial), calls_(subject, sandbox), repeated_(calls_.prepare(trial)) {}

  /// False when there is a finding, after which no more calls are made.
  bool call(const Trial& how, const std::string& says, Expect expect,
            sandbox::Poison poison = sandbox::Poison::nan) {
    if (!repeated_) finding_ = too_many_products();
    if (finding_) return false;
    auto verdict = calls_.call(*repeated_, how, says, expect, poison);
    if (!verdict) {
      ++completed_;
    } else if (is_left_out(verdict->outcome)) {
      refusal_ = std::move(verdict);
    } else {
      finding_ = std::move(verdict);
    }
    return !finding_;
  }

  Verdict verdict() const {
    if (finding_) return *finding_;
    return completed_ < 2 && refusal_ ? *refusal_ : calls_.verdict();
  }
  std::size_t workspace_bytes() const { return repeated_ ? repeated_->workspace_bytes : 0; }
  const Trial& trial() const { return trial_; }

 private:
  const Trial& trial_;
  RepeatedCalls calls_;
  std::optional<RepeatedProblem> repeated_;
  std::optional<Verdict> finding_;
  std::optional<Verdict> refusal_;
  int completed_ = 0;
};

Trial with_spec(Trial trial, const ConvSpec& spec) {
  trial.spec = spec;
  return trial;
}

}  // namespace

Verdict repeat(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
               Cases&) {
  Variants variants(trial, subject, sandbox);
  for (int call = 0; call < 3; ++call)
    variants.call(trial, call == 0 ? "the first call" : "the same call again", Expect::same_bits,
                  poison_of_call(call));
  return variants.verdict();
}

Verdict other_problem(const Trial& trial, const sandbox::Subject& subject,
                      sandbox::Sandbox& sandbox, Cases&) {
  constexpr std::size_t parameters = 3;
  Alternation alternation(trial, subject, sandbox);
  if (auto verdict = alternation.begin()) return *verdict;
  for (const Neighbours& neighbours : rotated_neighbours(trial, parameters))
    for (const ConvSpec& spec : neighbours.specs)
      if (auto verdict =
              alternation.with(with_spec(trial, spec), "another " + neighbours.parameter))
        return *verdict;
  return alternation.verdict("takes no problem that differs in one parameter");
}

Verdict thread_counts(const Trial& trial, const sandbox::Subject& subject,
                      sandbox::Sandbox& sandbox, Cases&) {
  Variants variants(trial, subject, sandbox);
  for (const int threads : {1, 2, 3, 7, most_threads}) {
    Trial how = trial;
    how.recipe.threads = threads;
    variants.call(how, fmt::format("with {} threads", threads), Expect::same_bits);
  }
  // An even seed leaves the threads all processors, an odd one a single processor.
  for (const std::uint32_t disturb : {2, 3}) {
    Trial how = trial;
    how.recipe.threads = 7;
    sandbox.disturb(disturb);
    variants.call(how, "with 7 threads that are stopped at random moments", Expect::same_bits);
  }
  sandbox.disturb(trial.recipe.disturb);
  return variants.verdict();
}

Verdict scaling(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases&) {
  struct Scale {
    double alpha, beta;
  };
  constexpr std::array scales = {Scale{1, 0},      Scale{2, 0},   Scale{1, 1},    Scale{-1, 0.5},
                                 Scale{0.5, -2},   Scale{0, 1},   Scale{0, 0},    Scale{0.1, 0},
                                 Scale{-0.3, 0.7}, Scale{70, 33}, Scale{0.011, 0}};
  RepeatedCalls repeated_calls(subject, sandbox);
  std::optional<Verdict> refusal;
  for (const auto& [alpha, beta] : scales) {
    Trial scaled = trial;
    scaled.recipe.alpha = alpha;
    scaled.recipe.beta = beta;
    const bool has_exact_data = datasets::fill_named(trial.recipe.fill).exact;
    // Products with such factors are rounded.
    if (has_exact_data && !datasets::limits_of(scaled)) scaled.recipe.fill = "flat";
    auto repeated = repeated_calls.prepare(scaled);
    if (!repeated) return too_many_products();
    const std::string says = fmt::format("with alpha {} and beta {}", alpha, beta);
    for (const sandbox::Poison poison : {sandbox::Poison::nan, sandbox::Poison::finite}) {
      auto verdict = repeated_calls.call(*repeated, scaled, says, Expect::same_bits, poison);
      if (verdict && !is_left_out(verdict->outcome)) return *verdict;
      if (verdict) refusal = std::move(verdict);
    }
  }
  Verdict verdict = repeated_calls.verdict();
  return verdict.outcome == Outcome::unsupported && refusal ? *refusal : verdict;
}

Verdict alignments(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                   Cases&) {
  constexpr index_t furthest = 15;
  Variants variants(trial, subject, sandbox);
  for (index_t align = 0; align <= furthest; ++align) {
    Trial how = trial;
    how.recipe.align = align;
    how.recipe.guard = Guard::none;
    variants.call(how, fmt::format("with buffers {} elements behind a 64-byte boundary", align),
                  Expect::right);
  }
  return variants.verdict();
}

std::vector<Recipe> other_places(const Recipe& recipe) {
  Recipe other = recipe;
  other.steps = {};
  std::vector<Recipe> others;
  for (const Layout& layout : {Layout::nchw, Layout::nhwc})
    for (const index_t pitch : {0, 1, 3, 17}) {
      other.layout = layout;
      other.pitch = pitch;
      others.push_back(other);
    }
  other.pitch = 0;
  other.layout = parse_layout("nhwc:rsck:chwn");
  others.push_back(other);
  other.layout = Layout::nchw;
  for (const std::string_view steps :
       {"c+1:k+1.c*2:c+3", "n*2.w*2:s+1:n+1.h*2", "c%16.h%16:k%16:c%16.h%16"}) {
    other.steps = parse_steps(steps);
    others.push_back(other);
  }
  return others;
}

Verdict pitches(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases&) {
  Variants variants(trial, subject, sandbox);
  for (const Recipe& recipe : other_places(trial.recipe)) {
    Trial how = trial;
    how.recipe = recipe;
    variants.call(how,
                  fmt::format("with layout={},pitch={},steps={}", to_string(recipe.layout),
                              recipe.pitch, to_string(recipe.steps)),
                  Expect::right);
  }
  return variants.verdict();
}

Verdict workspace(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                  Cases&) {
  Variants variants(trial, subject, sandbox);
  for (int call = 0; call < 4; ++call) {
    if (!variants.call(
            trial,
            call == 0 ? "the first call" : "the same call with other contents in the workspace",
            Expect::same_bits, poison_of_call(call)))
      break;
    if (call == 0 && variants.workspace_bytes() == 0)
      return unsupported(history_layer, "asks for no workspace");
  }
  return variants.verdict();
}

Verdict many_calls(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                   Cases&) {
  constexpr int calls = 32;
  constexpr std::size_t problems = 3;
  RepeatedCalls repeated_calls(subject, sandbox);
  auto first = repeated_calls.prepare(trial);
  if (!first) return too_many_products();
  if (auto verdict = repeated_calls.call(*first, trial, "the first call", Expect::same_bits))
    return *verdict;
  std::vector<RepeatedProblem> cycle;
  cycle.push_back(std::move(*first));
  for (const Neighbours& neighbours : rotated_neighbours(trial, neighbours_of(trial.spec).size())) {
    if (cycle.size() == problems) break;
    std::optional<Verdict> finding;
    auto other = first_call_of(repeated_calls, with_spec(trial, neighbours.specs.front()), finding);
    if (finding) return *finding;
    if (other) cycle.push_back(std::move(*other));
  }
  for (int call = 0; call < calls; ++call) {
    RepeatedProblem& repeated = cycle[static_cast<std::size_t>(call) % cycle.size()];
    if (auto verdict = repeated_calls.call(repeated, repeated.known.trial,
                                           fmt::format("call {} of a cycle", call + 1),
                                           Expect::same_bits, poison_of_call(call)))
      return *verdict;
  }
  return repeated_calls.verdict();
}

}  // namespace convict::oracle
