// SPDX-License-Identifier: Apache-2.0
#include "oracle/checks/checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "core/errors.hpp"
#include "oracle/checks/applicable.hpp"
#include "oracle/checks/calls.hpp"
#include "oracle/checks/gradients.hpp"
#include "oracle/checks/history.hpp"
#include "oracle/checks/metamorphic.hpp"
#include "oracle/checks/power.hpp"
#include "oracle/judge/layers.hpp"
#include "oracle/probes/profile.hpp"
#include "oracle/truth/memory_needed.hpp"

namespace convict::oracle {
namespace {

bool declares(const Kernel& kernel, const Trial& trial) {
  return std::ranges::find(kernel.passes, trial.pass) != kernel.passes.end() &&
         std::ranges::find(kernel.precisions, trial.precision) != kernel.precisions.end();
}

/// The subject has to refuse an invalid spec. Only its `refuses` is called; the kernel is not run.
Verdict must_refuse(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                    Cases&) {
  Problem problem;
  problem.spec = trial.spec;
  problem.pass = trial.pass;
  problem.precision = trial.precision;
  Verdict verdict;
  verdict.layer = refusal_layer;
  if (!declares(subject.kernel, trial)) {
    verdict.outcome = Outcome::unsupported;
    verdict.reason = "does not offer this pass and precision for any spec";
    return verdict;
  }
  const sandbox::Admission admission = sandbox.admit(problem);
  if (auto ended = verdict_on(admission.end)) {
    verdict.outcome = ended->outcome == Outcome::fail ? Outcome::crashed : ended->outcome;
    verdict.reason = std::move(ended->reason);
  } else if (!admission.refusal) {
    verdict.outcome = Outcome::fail;
    verdict.reason = fmt::format(
        "accepted an invalid spec: {}",
        why_invalid(trial.spec).value_or("(the spec is valid: a mistake in the suite)"));
  }
  return verdict;
}

/// why_unfit, then what this relation needs besides.
template <Needs needs>
std::optional<std::string> why_unfit_or(const Trial& trial) {
  if (auto why = why_unfit(trial)) return why;
  return needs(trial);
}

/// Faults are planted in a result that is small, not empty, and mostly finite numbers.
std::optional<std::string> why_unfit_for_power(const Trial& trial) {
  if (trial.recipe.fill.starts_with("special"))
    return "a result that is NaN almost everywhere shows no other fault";
  return why_unfit_size(trial.spec);
}

/// The trial with this check, if necessary with fill=exact; nothing when the check does not apply.
std::optional<Trial> under(const Check& check, Trial trial) {
  trial.recipe.check = check.name;
  if (!check.does_not_apply(trial)) return trial;
  trial.recipe.fill = "exact";
  datasets::avoid_blind_fill(trial);
  if (!check.does_not_apply(trial)) return trial;
  return std::nullopt;
}

/// Assigns trials to the checks other than `judge`, each check about equally often.
class Rotation {
 public:
  std::optional<Trial> next(const Trial& trial) {
    std::optional<Trial> chosen;
    std::size_t least = 0;
    std::size_t at = 0;
    for (std::size_t c = 0; c < used_.size(); ++c) {
      const Check& check = checks()[c];
      if (check.does_not_apply == nullptr || (chosen && used_[c] >= least)) continue;
      auto taken = under(check, trial);
      if (!taken) continue;
      chosen = std::move(taken);
      least = used_[c];
      at = c;
    }
    if (chosen) ++used_[at];
    return chosen;
  }

 private:
  std::vector<std::size_t> used_ = std::vector<std::size_t>(checks().size(), 0);
};

/// A profile trial for every pass and precision among `trials`; a profile does not depend on the
/// spec.
std::vector<Trial> profiles(std::span<const Trial> trials) {
  std::vector<Trial> found;
  for (const Pass pass : all_passes)
    for (const Precision precision : all_precisions) {
      if (std::ranges::none_of(trials, [&](const Trial& trial) {
            return trial.pass == pass && trial.precision == precision;
          }))
        continue;
      Trial trial{.spec = {}, .pass = pass, .precision = precision, .recipe = {}};
      trial.recipe.check = "profile";
      found.push_back(trial);
    }
  return found;
}

/// Carries out a check whose data count against the budget as long as it takes.
Verdict within_budget(const Check& check, const Trial& trial, const sandbox::Subject& subject,
                      sandbox::Sandbox& sandbox, Cases& cases) {
  Verdict verdict;
  try {
    MemoryBudget::Share share;
    if (!check.takes_invalid_specs)
      share.resize(static_cast<std::size_t>(bytes_of_trial(trial.spec)));
    verdict = check.run(trial, subject, sandbox, cases);
  } catch (const TooLarge& error) {
    verdict = unsupported("memory", error.what());
  }
  sandbox.arena(0);
  return verdict;
}

}  // namespace

std::span<const Check> checks() {
  static const Check table[] = {
      {"judge", "run twice, check the memory around the buffers, compare every element", "judge",
       false, nullptr, run_trial},
      {"power", "faults planted in the right result must be detected by the judge", "power", false,
       why_unfit_for_power, power},
      {"profile", "the arithmetic inferred from the kernel's results must be the claimed one",
       "profile", false, nullptr, profile},
      {"must_refuse", "an invalid spec must be refused", refusal_layer, true, nullptr, must_refuse},

      {"linear_in_first", "K(2a + b, c) = 2 K(a, c) + K(b, c)", metamorphic_layer, false, why_unfit,
       linear_in_first},
      {"linear_in_second", "K(c, 2a + b) = 2 K(c, a) + K(c, b)", metamorphic_layer, false,
       why_unfit, linear_in_second},
      {"additivity", "K(a + b, c + d) = K(a, c) + K(a, d) + K(b, c) + K(b, d)", metamorphic_layer,
       false, why_unfit, additivity},
      {"impulse", "an impulse in the first operand gives the second's elements, each in its place",
       metamorphic_layer, false, why_unfit, impulse},
      {"shift", "an image moved by whole strides moves the output", metamorphic_layer, false,
       why_unfit_or<shift_needs>, index_relation<shift>},
      {"flip", "flipped filters are filters with reversed taps", metamorphic_layer, false,
       why_unfit, index_relation<flip>},
      {"dilation", "dilated filters are filters with zeros between their taps", metamorphic_layer,
       false, why_unfit_or<dilation_needs>, index_relation<dilation>},
      {"stride", "a stride keeps every s-th output of stride 1", metamorphic_layer, false,
       why_unfit_or<stride_needs>, index_relation<stride>},
      {"padding", "padding is an image with zeros around it", metamorphic_layer, false,
       why_unfit_or<padding_needs>, index_relation<padding>},
      {"rank_raising", "one more axis of extent 1 changes nothing", metamorphic_layer, false,
       why_unfit_or<rank_raising_needs>, index_relation<rank_raising>},
      {"rank_lowering", "an axis of extent 1 may be left out", metamorphic_layer, false,
       why_unfit_or<rank_lowering_needs>, index_relation<rank_lowering>},
      {"permute_in_channels", "the order of input channels does not matter", metamorphic_layer,
       false, why_unfit_or<permute_in_channels_needs>, index_relation<permute_in_channels>},
      {"permute_out_channels", "reordered filters reorder the output channels", metamorphic_layer,
       false, why_unfit_or<permute_out_channels_needs>, index_relation<permute_out_channels>},
      {"permute_groups", "the order of groups does not matter", metamorphic_layer, false,
       why_unfit_or<several_groups>, index_relation<permute_groups>},
      {"group_split", "groups are separate convolutions", metamorphic_layer, false,
       why_unfit_or<group_split_needs>, index_relation<group_split>},
      {"group_merge", "groups are one convolution with block-diagonal filters", metamorphic_layer,
       false, why_unfit_or<group_merge_needs>, index_relation<group_merge>},
      {"batch_split", "a batch gives the results of its images one by one", metamorphic_layer,
       false, why_unfit_or<batch_split_needs>, index_relation<batch_split>},
      {"unshared_equal", "unshared filters that are all equal are shared filters",
       metamorphic_layer, false, why_unfit_or<unshared_equal_needs>,
       index_relation<unshared_equal>},

      {"adjoint", "<t, conv(x, w)> = <grad_input(t, w), x> = <grad_weights(x, t), w>",
       gradient_layer, false, why_unfit, adjoint},
      {"finite_differences", "differences of the forward pass equal the gradients", gradient_layer,
       false, why_unfit, finite_differences},
      {"second_order", "differences of each gradient equal the other passes", gradient_layer, false,
       why_unfit, second_order},

      {"repeat", "the same call gives the same bits", history_layer, false, why_unrepeatable,
       repeat},
      {"other_problem", "a call in between that differs in one parameter changes no result",
       history_layer, false, why_unrepeatable, other_problem},
      {"thread_counts",
       "1, 2, 3, 7 and 16 threads agree, also when they are stopped at random moments",
       history_layer, false, why_unrepeatable, thread_counts},
      {"scaling", "every alpha and beta; beta = 0 never reads the old result", history_layer, false,
       why_unrepeatable, scaling},
      {"alignments", "buffers that start anywhere give the same result", history_layer, false,
       why_unrepeatable, alignments},
      {"pitches", "gaps, slices and other orders of axes give the same result", history_layer,
       false, why_unrepeatable, pitches},
      {"workspace", "what the workspace holds beforehand does not matter", history_layer, false,
       why_unrepeatable, workspace},
      {"many_calls", "32 calls that cycle through three problems give the same bits each time",
       history_layer, false, why_unrepeatable, many_calls},
      {"leak", "the same call, again and again, takes no more and more memory", history_layer,
       false, why_unrepeatable, leak},
      {"larger_problem", "a call in between that is larger in several sizes changes no result",
       history_layer, false, why_unrepeatable, larger_problem},
      {"other_kind",
       "a call in between in another pass, precision, layout or scaling changes no result",
       history_layer, false, why_unrepeatable, other_kind},
      {"moving_buffers", "other data and other places in memory are not remembered", history_layer,
       false, why_unrepeatable, moving_buffers},
  };
  return table;
}

const Check& check_named(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Check& check : checks()) {
    if (check.name == name) return check;
    names.push_back(check.name);
  }
  throw SpecError(
      fmt::format("check '{}' is unknown; it is one of {}", name, fmt::join(names, ", ")));
}

Verdict carry_out(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                  Cases& cases) {
  const Check& check = check_named(trial.recipe.check);
  if (!check.takes_invalid_specs) {
    validate(trial.spec);
    if (auto why = why_too_large(trial.spec)) return unsupported("memory", *why);
    if (auto why = why_too_spread(trial)) return unsupported("memory", *why);
  }
  if (check.does_not_apply != nullptr)
    if (auto why = check.does_not_apply(trial))
      return unsupported(check.layer, fmt::format("does not apply: {}", *why));
  sandbox.disturb(trial.recipe.disturb);
  Verdict verdict = within_budget(check, trial, subject, sandbox, cases);
  // The judge itself asks for the cause before it looks at values.
  if (verdict.outcome != Outcome::fail || verdict.layer == sandbox_layer || check.run == run_trial)
    return verdict;
  const std::string cause = sandbox.diagnose();
  if (!cause.empty()) verdict.reason = fmt::format("{}; {}", cause, verdict.reason);
  return verdict;
}

Trial under_another_check(const Trial& trial, std::uint64_t choice) {
  std::vector<Trial> candidates;
  for (const Check& check : checks())
    if (check.does_not_apply != nullptr)
      if (auto taken = under(check, trial)) candidates.push_back(std::move(*taken));
  return candidates.empty() ? trial : candidates[choice % candidates.size()];
}

std::vector<Trial> with_checks(std::vector<Trial> trials, std::size_t every) {
  if (every == 0)
    throw SpecError("there is no check after every 0th trial; the number must be at least 1");
  std::vector<Trial> all = profiles(trials);
  Rotation rotation;
  std::size_t judged = 0;
  for (Trial& trial : trials) {
    std::optional<Trial> other;
    if (trial.recipe.check == "judge" && ++judged % every == 0) other = rotation.next(trial);
    all.push_back(std::move(trial));
    if (other) all.push_back(std::move(*other));
  }
  return all;
}

}  // namespace convict::oracle
