// SPDX-License-Identifier: Apache-2.0
#include "oracle/probes/profile.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "oracle/judge/decided.hpp"
#include "oracle/judge/layers.hpp"
#include "oracle/probes/dependence.hpp"
#include "oracle/probes/dot.hpp"
#include "oracle/probes/precision.hpp"
#include "oracle/probes/spike.hpp"

namespace convict::oracle {
namespace {

using probes::Bench;

void probe_precision(const probes::Dot& dot, Profile& found) {
  const Precision precision = found.precision;
  const int stored = format_of(storage_of(precision)).digits;
  found.input_digits = probes::input_digits(dot, precision);
  found.inputs_truncated =
      found.input_digits < stored && probes::truncates_inputs(dot, found.input_digits);
  found.accumulator_digits = probes::accumulator_digits(dot, precision);
  found.sums_truncated = probes::truncates_sums(dot, precision, found.accumulator_digits);
  found.results_truncated =
      found.accumulator_digits > stored + 1 && probes::truncates_results(dot, precision);
  found.subnormal_inputs_kept = probes::keeps_subnormal_inputs(dot, precision);
  found.subnormal_results_kept = probes::keeps_subnormal_results(dot, precision);
}

void probe_arithmetic(Bench& bench, Profile& found) {
  const auto spread = probes::spread_of_a_spike(bench);
  if (!spread) return;
  found.arithmetic = !spread->seen                              ? "direct"
                     : spread->reach >= probes::beyond_winograd ? "fft"
                                                                : "winograd";
  if (found.arithmetic == "winograd") found.tile = spread->tile;
}

void probe_dependence(Bench& bench, Profile& found) {
  const auto dependence = probes::dependence_of_bits(bench);
  if (!dependence) return;
  found.bits_depend_on_run = dependence->run;
  found.bits_depend_on_threads = dependence->threads;
  found.bits_depend_on_alignment = dependence->alignment;
  found.bits_depend_on_batch_position = dependence->batch_position;
}

std::string_view format_with(int digits, Precision precision) {
  const Precision storage = storage_of(precision);
  if (format_of(storage).digits == digits) return name_of(storage);
  for (const Precision format : {Precision::f64, Precision::f32, Precision::tf32, Precision::bf16})
    if (format_of(format).digits == digits) return name_of(format);
  return {};
}

std::string digits_text(int digits, Precision precision) {
  const std::string_view name = format_with(digits, precision);
  return name.empty() ? fmt::format("{} bits", digits) : std::string(name);
}

std::string arithmetic_text(const Profile& profile) {
  if (profile.arithmetic == "direct") return "direct summation";
  if (profile.arithmetic == "fft") return "FFT";
  if (profile.arithmetic == "winograd")
    return profile.tile > 0 ? fmt::format("Winograd tiles of {}", profile.tile) : "Winograd tiles";
  return "summation unknown";
}

/// Transforms round, too: inferred digits may be this many fewer than the claimed ones.
constexpr int transform_slack = 8;

void contradict_precision(const Claims& claims, Profile& found) {
  const Precision precision = found.precision;
  const int stored = format_of(storage_of(precision)).digits;
  const int reads = std::min(stored, format_of(claims.input_rounding.value_or(precision)).digits);
  const int keeps = format_of(claims.accumulator.value_or(accumulator_of(precision))).digits;
  const bool transforms = claims.arithmetic.kind != Arithmetic::Class::direct;
  const int slack = transforms ? transform_slack : 0;
  auto& say = found.contradictions;
  if (found.input_digits < reads - slack)
    say.push_back(fmt::format("it reads inputs with {} significant bits and claims {}",
                              found.input_digits, reads));
  else if (found.inputs_truncated && !claims.truncating_adds && !transforms)
    say.push_back(
        fmt::format("it truncates inputs to {} bits instead of rounding them", found.input_digits));
  if (found.accumulator_digits < keeps - slack)
    say.push_back(fmt::format("it keeps sums with {} significant bits and claims {}",
                              found.accumulator_digits, keeps));
  if (found.sums_truncated && !claims.truncating_adds && !transforms)
    say.push_back("its additions round toward zero, which it does not claim");
  if (found.results_truncated) say.push_back("it stores results rounded toward zero");
  if (!found.subnormal_inputs_kept && !claims.denormals_are_zero)
    say.push_back("it reads subnormal inputs as zero, which it does not claim");
  if (!found.subnormal_results_kept && !claims.flush_to_zero)
    say.push_back("it flushes subnormal results to zero, which it does not claim");
}

void contradict_arithmetic(const Claims& claims, Profile& found) {
  const Arithmetic::Class claimed = claims.arithmetic.kind;
  auto& say = found.contradictions;
  if (found.arithmetic == "fft" && claimed != Arithmetic::Class::fft)
    say.push_back(
        "a large input changes results all over the image that do not depend on it, as in an FFT, "
        "which it does not claim");
  if (found.arithmetic == "winograd" && claimed == Arithmetic::Class::direct)
    say.push_back(
        "a large input changes nearby results that do not depend on it, as in a Winograd "
        "transform, which it does not claim");
  if (found.arithmetic == "winograd" && claimed == Arithmetic::Class::winograd &&
      found.tile > claims.arithmetic.tile)
    say.push_back(
        fmt::format("it transforms tiles of {} and claims {}", found.tile, claims.arithmetic.tile));
  if (!claims.deterministic) return;
  if (found.bits_depend_on_run)
    say.push_back("equal calls give different bits, and it claims to be deterministic");
  if (found.bits_depend_on_threads)
    say.push_back("the bits depend on the number of threads, and it claims to be deterministic");
}

/// Throws probes::SubjectEnded.
std::optional<Profile> probe(const sandbox::Subject& subject, sandbox::Sandbox& sandbox, Pass pass,
                             Precision precision) {
  Bench bench(subject, sandbox, pass, precision);
  const auto dot = probes::Dot::on(bench);
  if (!dot) return std::nullopt;
  Profile found{.pass = pass, .precision = precision};
  probe_precision(*dot, found);
  probe_arithmetic(bench, found);
  probe_dependence(bench, found);
  contradict_precision(bench.claims(), found);
  contradict_arithmetic(bench.claims(), found);
  return found;
}

}  // namespace

std::optional<Profile> profile_of(const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                                  Pass pass, Precision precision) {
  try {
    return probe(subject, sandbox, pass, precision);
  } catch (const probes::SubjectEnded&) {
    return std::nullopt;
  }
}

std::string to_string(const Profile& profile) {
  std::vector<std::string_view> causes;
  if (profile.bits_depend_on_run) causes.emplace_back("the run");
  if (profile.bits_depend_on_threads) causes.emplace_back("threads");
  if (profile.bits_depend_on_alignment) causes.emplace_back("alignment");
  if (profile.bits_depend_on_batch_position) causes.emplace_back("the place in the batch");
  if (causes.empty()) causes.emplace_back("nothing");
  const bool inputs = profile.subnormal_inputs_kept;
  const bool results = profile.subnormal_results_kept;
  const std::string_view subnormals = inputs && results ? "keeps subnormals"
                                      : inputs          ? "flushes subnormal results"
                                      : results         ? "reads subnormals as zero"
                                                        : "reads and writes no subnormals";
  return fmt::format("reads {}{}, accumulates {}, rounds {}, {}, {}, bits depend on {}",
                     digits_text(profile.input_digits, profile.precision),
                     profile.inputs_truncated ? " (truncated)" : "",
                     digits_text(profile.accumulator_digits, profile.precision),
                     profile.sums_truncated ? "toward zero" : "to nearest", subnormals,
                     arithmetic_text(profile), fmt::join(causes, " and "));
}

Verdict profile(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases&) {
  try {
    const auto found = probe(subject, sandbox, trial.pass, trial.precision);
    if (!found) return unsupported(refusal_layer, "refuses every problem that the probes use");
    Verdict verdict = decided(Outcome::pass, "profile", "");
    verdict.note = to_string(*found);
    if (found->contradictions.empty()) return verdict;
    verdict.outcome = Outcome::fail;
    verdict.reason = fmt::format("{}", fmt::join(found->contradictions, "; "));
    return verdict;
  } catch (const probes::SubjectEnded& ended) {
    return *verdict_on(ended.end);  // never empty: the call did not return
  }
}

}  // namespace convict::oracle
