// SPDX-License-Identifier: Apache-2.0
#include "oracle/judge/judge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/half.hpp"
#include "datasets/random.hpp"
#include "oracle/judge/buffer_layout.hpp"
#include "oracle/judge/decided.hpp"
#include "oracle/judge/fingerprint.hpp"
#include "oracle/judge/judge_values.hpp"
#include "oracle/judge/layers.hpp"
#include "oracle/truth/element_index.hpp"

namespace convict::oracle {
namespace {

/// Results above this are compared between runs by their hash, not kept.
constexpr std::size_t most_kept = std::size_t{256} << 20;

/// The result of one run, or only its hash, to compare the next run's result with.
class Kept {
 public:
  explicit Kept(std::span<const std::byte> result) : size_(result.size()) {
    if (size_ <= most_kept)
      bytes_.assign(result.begin(), result.end());
    else
      hash_ = hash_of(result);
  }
  /// The first byte that differs, or nothing; the result's size if only the hashes are known to
  /// differ.
  std::optional<std::size_t> difference(std::span<const std::byte> result) const {
    if (size_ > most_kept) return hash_of(result) == hash_ ? std::nullopt : std::optional(size_);
    if (size_ == 0 || std::memcmp(bytes_.data(), result.data(), size_) == 0) return std::nullopt;
    return static_cast<std::size_t>(std::ranges::mismatch(bytes_, result).in1 - bytes_.begin());
  }

 private:
  static std::uint64_t hash_of(std::span<const std::byte> bytes) {
    std::uint64_t hash = 0;
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + at, std::min(sizeof word, bytes.size() - at));
      hash = datasets::scramble(hash ^ word);
    }
    return hash;
  }

  std::size_t size_;
  std::vector<std::byte> bytes_;
  std::uint64_t hash_ = 0;
};

/// The elements of a result all of whose bytes are the poison. All are counted; the offsets of the
/// first `most` are kept.
class Poisoned {
 public:
  Poisoned(std::span<const std::byte> result, std::size_t element_bytes, sandbox::Poison poison) {
    for (std::size_t at = 0; at < result.size(); at += element_bytes)
      if (holds(result, at, element_bytes, poison)) {
        ++count_;
        if (at_.size() < most) at_.push_back(at);
      }
  }
  /// The number of those that hold the other poison after the other run, so were never written;
  /// `first` is set to the first of them. Those whose offsets were not kept are assumed unwritten.
  index_t never_written(std::span<const std::byte> result, std::size_t element_bytes,
                        sandbox::Poison poison, std::size_t& first) const {
    index_t written = 0;
    bool found = false;
    for (const std::size_t at : at_) {
      if (!holds(result, at, element_bytes, poison)) {
        ++written;
      } else if (!found) {
        found = true;
        first = at / element_bytes;
      }
    }
    return found ? count_ - written : 0;
  }

 private:
  static constexpr std::size_t most = std::size_t{1} << 20;
  static bool holds(std::span<const std::byte> result, std::size_t at, std::size_t element_bytes,
                    sandbox::Poison poison) {
    for (std::size_t i = at; i < at + element_bytes; ++i)
      if (result[i] != static_cast<std::byte>(poison)) return false;
    return true;
  }

  index_t count_ = 0;
  std::vector<std::size_t> at_;
};

/// Runs a case twice, with memory poisoned differently, and judges both runs.
class TwoRuns {
 public:
  TwoRuns(const Case& known, const Problem& problem, const Claims& claims,
          sandbox::Sandbox& sandbox, std::size_t workspace_bytes)
      : known_(known),
        problem_(problem),
        claims_(claims),
        sandbox_(sandbox),
        buffer_layout_(problem, known.trial.recipe.align, workspace_bytes,
                       guarding_of(known.trial.recipe, claims)) {}

  /// The verdict on two runs, with what the kernel finds out about the cause of a wrong result.
  ValueVerdict run_twice() {
    ValueVerdict judged = verdict_on_two_runs();
    Verdict& verdict = judged.verdict;
    if (verdict.outcome != Outcome::fail || verdict.layer == sandbox_layer) return judged;
    if (result_.data() != scratch_.data()) scratch_.assign(result_.begin(), result_.end());
    result_ = scratch_;  // the call below writes to the arena
    const std::string cause = sandbox_.diagnose();
    if (!cause.empty()) verdict.reason = fmt::format("{}; {}", cause, verdict.reason);
    return judged;
  }

  /// Those of `elements` that are NaN in the latest result.
  std::vector<index_t> not_numbers(std::span<const index_t> elements) const {
    std::vector<index_t> found;
    with_storage_type(problem_.precision, [&](auto type) {
      const auto* const stored = reinterpret_cast<const decltype(type)*>(result_.data());
      for (const index_t at : elements)
        if (std::isnan(static_cast<double>(stored[at]))) found.push_back(at);
    });
    return found;
  }

  /// The latest result.
  std::vector<double> decoded() const {
    return buffer_layout_.decode({result_.begin(), result_.end()});
  }

 private:
  /// Runs with one poison, judges the result, runs with the other poison, compares the results.
  ValueVerdict verdict_on_two_runs() {
    if (auto verdict = run(sandbox::Poison::nan)) return {std::move(*verdict), {}};
    ValueVerdict judged = judge();
    set_fingerprint(judged.verdict.fingerprint);
    if (judged.verdict.outcome == Outcome::fail) leak_ = buffer_layout_.leak(result_);
    const Kept first(result_);
    const bool unwritten = problem_.beta == 0;
    const Poisoned poisoned(unwritten ? result_ : std::span<const std::byte>(), element_bytes(),
                            sandbox::Poison::nan);
    if (auto verdict = run(sandbox::Poison::finite)) return {std::move(*verdict), {}};
    const auto difference = first.difference(result_);
    // Without claimed determinism the runs may differ; then the second has to be right as well.
    if (judged.verdict.outcome != Outcome::fail && difference) {
      judged = judge();
      set_fingerprint(judged.verdict.fingerprint);
    }
    if (auto verdict = memory_fault(poisoned, difference)) {
      // The wrong elements stay in the verdict: they are evidence.
      judged.verdict.outcome = verdict->outcome;
      judged.verdict.layer = std::move(verdict->layer);
      judged.verdict.reason = std::move(verdict->reason);
    }
    return judged;
  }

  std::size_t element_bytes() const {
    return static_cast<std::size_t>(bytes_of(problem_.precision));
  }

  /// A verdict if the call did not return or wrote outside the result.
  std::optional<Verdict> run(sandbox::Poison poison) {
    arena_ = sandbox_.arena(buffer_layout_.bytes());
    buffer_layout_.prepare(arena_, known_.operands, poison);
    if (auto verdict = verdict_on(sandbox_.run(problem_, buffer_layout_.placement())))
      return verdict;
    if (auto what = buffer_layout_.forbidden_write(arena_))
      return decided(Outcome::fail, memory_layer, std::move(*what));
    result_ = buffer_layout_.dense_result(arena_, scratch_);
    return std::nullopt;
  }

  void set_fingerprint(Fingerprint& fingerprint) const {
    fingerprint.operands = operands_fingerprint(known_);
    fingerprint.result = values_fingerprint(result_, problem_.precision);
  }

  ValueVerdict judge() {
    if (known_.truth_by != TruthBy::projection)
      return judge_values(known_, claims_, StoredTensors{.result = result_});
    const BufferLayout::DenseOperands dense = buffer_layout_.dense_operands(arena_);
    return judge_values(known_, claims_,
                        StoredTensors{.result = result_,
                                      .input = dense.input,
                                      .filters = dense.filters,
                                      .output = dense.output,
                                      .old_result = dense.old_result});
  }

  /// Elements never written, elements that hold poison from elsewhere, or two runs that differ
  /// although the data are exact or determinism is claimed.
  std::optional<Verdict> memory_fault(const Poisoned& poisoned,
                                      const std::optional<std::size_t>& difference) const {
    std::size_t first = 0;
    if (const index_t count =
            poisoned.never_written(result_, element_bytes(), sandbox::Poison::finite, first))
      return decided(Outcome::fail, memory_layer,
                     fmt::format("{} of {} elements never written, first {}", count,
                                 result_.size() / element_bytes(), index_text(first)));
    if (leak_)
      return decided(Outcome::fail, memory_layer,
                     fmt::format("element {} holds {}: an out-of-bounds or uninitialized read",
                                 index_text(leak_->element), leak_->from));
    const bool must_agree = known_.fill->exact || claims_.deterministic;
    if (!must_agree || !difference) return std::nullopt;
    const std::string where =
        *difference < result_.size()
            ? fmt::format(", first at {}", index_text(*difference / element_bytes()))
            : "";
    return decided(
        Outcome::fail, memory_layer,
        fmt::format("two runs on the same operands differ{}: the kernel reads out of bounds or "
                    "uninitialized memory, or is not deterministic",
                    where));
  }

  std::string index_text(std::size_t at) const {
    return fmt::format("({})",
                       fmt::join(element_index(known_.trial, static_cast<index_t>(at)), ", "));
  }

  const Case& known_;
  const Problem& problem_;
  const Claims& claims_;
  sandbox::Sandbox& sandbox_;
  BufferLayout buffer_layout_;
  std::span<std::byte> arena_;
  std::span<const std::byte> result_;
  std::vector<std::byte> scratch_;
  std::optional<BufferLayout::Leak> leak_;
};

}  // namespace

Answer try_case(const Case& known, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                std::vector<double>* result) {
  const Problem problem = problem_of(known.trial);
  const sandbox::Admission admission = sandbox.admit(problem);
  if (auto verdict = verdict_on(admission)) return {.verdict = std::move(*verdict), .wrong = {}};
  TwoRuns runs(known, problem, subject.kernel.claims, sandbox, admission.workspace_bytes);
  ValueVerdict judged = runs.run_twice();
  if (result != nullptr) *result = runs.decoded();
  std::vector<index_t> not_numbers = runs.not_numbers(judged.wrong_elements);
  return {.verdict = std::move(judged.verdict),
          .wrong = std::move(judged.wrong),
          .worst = std::move(judged.worst),
          .wrong_elements = std::move(judged.wrong_elements),
          .complete = judged.complete,
          .not_numbers = std::move(not_numbers)};
}

Verdict run_trial(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                  Cases& cases) {
  const Problem problem = problem_of(trial);
  const Claims& claims = subject.kernel.claims;
  if (claims.required_alignment > 1 && trial.recipe.align % claims.required_alignment != 0)
    return decided(Outcome::unsupported, refusal_layer,
                   fmt::format("needs buffers aligned to {} elements", claims.required_alignment));
  const sandbox::Admission admission = sandbox.admit(problem);
  if (auto verdict = verdict_on(admission)) return *verdict;

  const Case& known = cases.of(trial, claims);
  if (known.fill->exact && !known.limits)
    return decided(Outcome::mistrusted, exact_layer,
                   "too many products are summed in one element for exact operands");
  return TwoRuns(known, problem, claims, sandbox, admission.workspace_bytes).run_twice().verdict;
}

}  // namespace convict::oracle
