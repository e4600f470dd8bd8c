// SPDX-License-Identifier: Apache-2.0
#include "oracle/checks/index_relation.hpp"

#include "oracle/checks/expectation.hpp"
#include "oracle/checks/numbers.hpp"
#include "oracle/judge/layers.hpp"

namespace convict::oracle {
namespace {

/// 1 for the elements that some follow-up problem's map reaches.
std::vector<char> reached(const IndexRelation& relation, Pass writes, index_t elements) {
  std::vector<char> mask(static_cast<std::size_t>(elements), 0);
  for (const FollowUp& follow_up : relation.follow_ups)
    for (const index_t at : follow_up[writes])
      if (at >= 0) mask[static_cast<std::size_t>(at)] = 1;
  return mask;
}

std::vector<double> gather(const Map& map, const std::vector<double>& values) {
  std::vector<double> gathered(map.size(), 0.0);
  for (std::size_t at = 0; at < map.size(); ++at)
    if (map[at] >= 0) gathered[at] = values[static_cast<std::size_t>(map[at])];
  return gathered;
}

void scatter_add(const Map& map, const std::vector<double>& values, std::vector<double>& sums) {
  for (std::size_t at = 0; at < map.size(); ++at)
    if (map[at] >= 0) sums[static_cast<std::size_t>(map[at])] += values[at];
}

/// Computes the two sides of a relation on one trial.
class Sides {
 public:
  Sides(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
        const IndexRelation& relation, const Numbers& numbers)
      : trial_(trial),
        claims_(subject.kernel.claims),
        calls_(subject, sandbox),
        relation_(relation),
        exact_(numbers.exact),
        compared_(reached(relation, trial.pass, elements_of(trial.spec, trial.pass))),
        expected_(compared_.size(), 0.0),
        bound_(numbers.exact ? 0 : compared_.size(), 0.0) {
    for (const Pass operand : operands_read_by(trial.pass)) {
      const index_t count = elements_of(trial.spec, operand);
      const std::vector<char> mask = reached(relation, operand, count);
      tensors_[operand] = numbers(count, static_cast<std::uint64_t>(operand));
      for (std::size_t at = 0; at < mask.size(); ++at) tensors_[operand][at] *= mask[at];
    }
  }

  Verdict judge() {
    Called whole = call(trial_.spec, tensors_);
    if (whole.verdict) return *whole.verdict;
    if (!exact_) bound_ = bounds(trial_.spec, tensors_);
    for (const FollowUp& follow_up : relation_.follow_ups)
      if (auto verdict = add(follow_up)) return *verdict;
    return verdict_on({.trial = trial_,
                       .layer = metamorphic_layer,
                       .says = relation_.says,
                       .subject = whole.values,
                       .expected = expected_,
                       .bound = bound_,
                       .compared = compared_});
  }

 private:
  std::optional<Verdict> add(const FollowUp& follow_up) {
    Tensors gathered;
    for (const Pass operand : operands_read_by(trial_.pass))
      gathered[operand] = gather(follow_up[operand], tensors_[operand]);
    const Called called = call(follow_up.spec, gathered);
    if (called.verdict) return called.verdict;
    scatter_add(follow_up[trial_.pass], called.values, expected_);
    if (!exact_) scatter_add(follow_up[trial_.pass], bounds(follow_up.spec, gathered), bound_);
    return std::nullopt;
  }

  Problem problem(const ConvSpec& spec) const {
    return problem_with(trial_, spec, trial_.pass, harmless_alpha(trial_));
  }
  Called call(const ConvSpec& spec, const Tensors& tensors) {
    return calls_(problem(spec), operands_for(trial_.pass, tensors), trial_.recipe);
  }
  std::vector<double> bounds(const ConvSpec& spec, const Tensors& tensors) const {
    return bounds_of(problem(spec), operands_for(trial_.pass, tensors), claims_);
  }

  const Trial& trial_;
  const Claims& claims_;
  Calls calls_;
  const IndexRelation& relation_;
  bool exact_;
  Tensors tensors_;
  std::vector<char> compared_;
  std::vector<double> expected_;
  std::vector<double> bound_;
};

}  // namespace

Verdict judge_index_relation(const Trial& trial, const sandbox::Subject& subject,
                             sandbox::Sandbox& sandbox, const IndexRelation& relation) {
  std::string why_not;
  const auto numbers =
      numbers_for(trial, subject.kernel.claims, std::array{trial.pass}, 0, why_not);
  if (!numbers) return unsupported(metamorphic_layer, why_not);
  return Sides(trial, subject, sandbox, relation, *numbers).judge();
}

}  // namespace convict::oracle
