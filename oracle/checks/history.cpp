#include "oracle/checks/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/spec_text.hpp"
#include "oracle/checks/applicable.hpp"
#include "oracle/checks/calls.hpp"
#include "oracle/checks/neighbours.hpp"
#include "oracle/checks/repeated_calls.hpp"
#include "oracle/judge/layers.hpp"

namespace convict::oracle {
namespace {

Verdict too_many_products() {
  return unsupported(history_layer, "too many products meet in one element for exact operands");
}

constexpr sandbox::Poison poison_of_call(int call) {
  return call % 2 == 0 ? sandbox::Poison::nan : sandbox::Poison::finite;
}

/// Specs that differ from the trial's in one parameter, beginning with the parameter that the seed
/// points at.
std::vector<Neighbours> rotated_neighbours(const Trial& trial, std::size_t parameters) {
  std::vector<Neighbours> all = neighbours_of(trial.spec);
  const auto begin = static_cast<std::ptrdiff_t>(trial.recipe.seed % all.size());
  std::ranges::rotate(all, all.begin() + begin);
  all.resize(std::min(all.size(), parameters));
  return all;
}

/// Asks one problem in many ways. A way that the subject does not take is passed over.
class Ways {
 public:
  Ways(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox)
      : trial_(trial), interview_(subject, sandbox), posed_(interview_.pose(trial)) {}

  /// False when there is nothing more to ask.
  bool ask(const Trial& how, const std::string& says, Expect expect,
           sandbox::Poison poison = sandbox::Poison::nan) {
    if (!posed_) finding_ = too_many_products();
    if (finding_) return false;
    auto verdict = interview_.ask(*posed_, how, says, expect, poison);
    if (!verdict) {
      ++answered_;
    } else if (verdict->outcome == Outcome::unsupported) {
      refusal_ = std::move(verdict);
    } else {
      finding_ = std::move(verdict);
    }
    return !finding_;
  }

  Verdict conclusion() const {
    if (finding_) return *finding_;
    return answered_ < 2 && refusal_ ? *refusal_ : interview_.conclusion();
  }
  std::size_t workspace_bytes() const { return posed_ ? posed_->workspace_bytes : 0; }
  const Trial& trial() const { return trial_; }

 private:
  const Trial& trial_;
  RepeatedCalls interview_;
  std::optional<AskedProblem> posed_;
  std::optional<Verdict> finding_;
  std::optional<Verdict> refusal_;
  int answered_ = 0;
};

/// A neighbour that the subject takes, with its first answer; or a verdict, if that was a finding.
std::optional<AskedProblem> introduce(RepeatedCalls& repeated_calls, const Trial& trial,
                                      const ConvSpec& spec, std::optional<Verdict>& finding) {
  Trial other = trial;
  other.spec = spec;
  if (too_much_work(spec)) return std::nullopt;
  auto posed = repeated_calls.pose(other);
  if (!posed) return std::nullopt;
  finding =
      repeated_calls.ask(*posed, other, "another problem, " + to_string(spec), Expect::same_bits);
  if (!finding) return posed;
  if (finding->outcome == Outcome::unsupported) finding.reset();
  return std::nullopt;
}

/// first, other, first, other: both orders.
std::optional<Verdict> alternate(RepeatedCalls& repeated_calls, AskedProblem& first,
                                 const Trial& trial, const Neighbours& neighbours, int& met) {
  for (const ConvSpec& spec : neighbours.specs) {
    std::optional<Verdict> finding;
    auto other = introduce(repeated_calls, trial, spec, finding);
    if (finding) return finding;
    if (!other) continue;
    ++met;
    const std::string between = fmt::format("the same call after one with another {} ({})",
                                            neighbours.parameter, to_string(spec));
    if (auto verdict =
            repeated_calls.ask(first, trial, between, Expect::same_bits, sandbox::Poison::finite))
      return verdict;
    const std::string back =
        fmt::format("{} after one with another {}", to_string(spec), neighbours.parameter);
    if (auto verdict = repeated_calls.ask(*other, other->known.trial, back, Expect::same_bits))
      return verdict;
  }
  return std::nullopt;
}

}  // namespace

Verdict repeat(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
               Cases&) {
  Ways ways(trial, subject, sandbox);
  for (int call = 0; call < 3; ++call)
    ways.ask(trial, call == 0 ? "the first call" : "the same call again", Expect::same_bits,
             poison_of_call(call));
  return ways.conclusion();
}

Verdict other_problem(const Trial& trial, const sandbox::Subject& subject,
                      sandbox::Sandbox& sandbox, Cases&) {
  constexpr std::size_t parameters = 3;
  RepeatedCalls repeated_calls(subject, sandbox);
  auto first = repeated_calls.pose(trial);
  if (!first) return too_many_products();
  if (auto verdict = repeated_calls.ask(*first, trial, "the first call", Expect::same_bits))
    return *verdict;
  int met = 0;
  for (const Neighbours& neighbours : rotated_neighbours(trial, parameters))
    if (auto verdict = alternate(repeated_calls, *first, trial, neighbours, met)) return *verdict;
  return met > 0 ? repeated_calls.conclusion()
                 : unsupported(history_layer, "takes no problem that differs in one parameter");
}

Verdict thread_counts(const Trial& trial, const sandbox::Subject& subject,
                      sandbox::Sandbox& sandbox, Cases&) {
  Ways ways(trial, subject, sandbox);
  for (const int threads : {1, 2, 3, 7, 16}) {
    Trial how = trial;
    how.recipe.threads = threads;
    ways.ask(how, fmt::format("with {} threads", threads), Expect::same_bits);
  }
  return ways.conclusion();
}

Verdict scaling(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases&) {
  struct Scale {
    double alpha, beta;
  };
  constexpr std::array scales = {Scale{1, 0},    Scale{2, 0}, Scale{1, 1}, Scale{-1, 0.5},
                                 Scale{0.5, -2}, Scale{0, 1}, Scale{0, 0}};
  RepeatedCalls repeated_calls(subject, sandbox);
  std::optional<Verdict> refusal;
  for (const auto& [alpha, beta] : scales) {
    Trial scaled = trial;
    scaled.recipe.alpha = alpha;
    scaled.recipe.beta = beta;
    auto posed = repeated_calls.pose(scaled);
    if (!posed) return too_many_products();
    const std::string says = fmt::format("with alpha {} and beta {}", alpha, beta);
    for (const sandbox::Poison poison : {sandbox::Poison::nan, sandbox::Poison::finite}) {
      auto verdict = repeated_calls.ask(*posed, scaled, says, Expect::same_bits, poison);
      if (verdict && verdict->outcome != Outcome::unsupported) return *verdict;
      if (verdict) refusal = std::move(verdict);
    }
  }
  Verdict conclusion = repeated_calls.conclusion();
  return conclusion.outcome == Outcome::unsupported && refusal ? *refusal : conclusion;
}

Verdict alignments(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                   Cases&) {
  constexpr index_t furthest = 15;
  Ways ways(trial, subject, sandbox);
  for (index_t align = 0; align <= furthest; ++align) {
    Trial how = trial;
    how.recipe.align = align;
    how.recipe.guard = Guard::none;
    ways.ask(how, fmt::format("with buffers {} elements behind a boundary", align), Expect::right);
  }
  return ways.conclusion();
}

Verdict pitches(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases&) {
  Ways ways(trial, subject, sandbox);
  for (const Layout layout : {Layout::nchw, Layout::nhwc})
    for (const index_t pitch : {0, 1, 3, 17}) {
      Trial how = trial;
      how.recipe.layout = layout;
      how.recipe.pitch = pitch;
      ways.ask(how,
               fmt::format("in {} with gaps of {} elements between rows", name_of(layout), pitch),
               Expect::right);
    }
  return ways.conclusion();
}

Verdict workspace(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                  Cases&) {
  Ways ways(trial, subject, sandbox);
  for (int call = 0; call < 4; ++call) {
    if (!ways.ask(
            trial,
            call == 0 ? "the first call" : "the same call with other remains in the workspace",
            Expect::same_bits, poison_of_call(call)))
      break;
    if (call == 0 && ways.workspace_bytes() == 0)
      return unsupported(history_layer, "asks for no workspace");
  }
  return ways.conclusion();
}

Verdict many_calls(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                   Cases&) {
  constexpr int calls = 32;
  constexpr std::size_t problems = 3;
  RepeatedCalls repeated_calls(subject, sandbox);
  auto first = repeated_calls.pose(trial);
  if (!first) return too_many_products();
  if (auto verdict = repeated_calls.ask(*first, trial, "the first call", Expect::same_bits))
    return *verdict;
  std::vector<AskedProblem> cycle;
  cycle.push_back(std::move(*first));
  for (const Neighbours& neighbours : rotated_neighbours(trial, neighbours_of(trial.spec).size())) {
    if (cycle.size() == problems) break;
    std::optional<Verdict> finding;
    auto other = introduce(repeated_calls, trial, neighbours.specs.front(), finding);
    if (finding) return *finding;
    if (other) cycle.push_back(std::move(*other));
  }
  for (int call = 0; call < calls; ++call) {
    AskedProblem& posed = cycle[static_cast<std::size_t>(call) % cycle.size()];
    if (auto verdict = repeated_calls.ask(posed, posed.known.trial,
                                          fmt::format("call {} of a cycle", call + 1),
                                          Expect::same_bits, poison_of_call(call)))
      return *verdict;
  }
  return repeated_calls.conclusion();
}

}  // namespace convict::oracle
