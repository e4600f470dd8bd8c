#include "oracle/checks/correspondence.hpp"

#include "oracle/checks/expectation.hpp"
#include "oracle/checks/numbers.hpp"
#include "oracle/judge/layers.hpp"

namespace convict::oracle {
namespace {

/// 1 where any part's map reaches.
std::vector<char> reached(const Correspondence& correspondence, Pass writes, index_t elements) {
  std::vector<char> mask(static_cast<std::size_t>(elements), 0);
  for (const Part& part : correspondence.parts)
    for (const index_t at : part[writes])
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

/// One trial's way through: its numbers, its calls, its two sides.
class Sides {
 public:
  Sides(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
        const Correspondence& says, const Numbers& numbers)
      : trial_(trial),
        claims_(subject.kernel.claims),
        calls_(subject, sandbox),
        correspondence_(says),
        exact_(numbers.exact),
        compared_(reached(says, trial.pass, elements_of(trial.spec, trial.pass))),
        demanded_(compared_.size(), 0.0),
        bound_(numbers.exact ? 0 : compared_.size(), 0.0) {
    for (const Pass operand : operands_read_by(trial.pass)) {
      const index_t count = elements_of(trial.spec, operand);
      const std::vector<char> mask = reached(says, operand, count);
      tensors_[operand] = numbers(count, static_cast<std::uint64_t>(operand));
      for (std::size_t at = 0; at < mask.size(); ++at) tensors_[operand][at] *= mask[at];
    }
  }

  Verdict judge() {
    Called whole = call(trial_.spec, tensors_);
    if (whole.verdict) return *whole.verdict;
    if (!exact_) bound_ = bounds(trial_.spec, tensors_);
    for (const Part& part : correspondence_.parts)
      if (auto verdict = add(part)) return *verdict;
    return verdict_on({.trial = trial_,
                       .layer = metamorphic_layer,
                       .says = correspondence_.says,
                       .subject = whole.values,
                       .demanded = demanded_,
                       .bound = bound_,
                       .compared = compared_});
  }

 private:
  std::optional<Verdict> add(const Part& part) {
    Tensors gathered;
    for (const Pass operand : operands_read_by(trial_.pass))
      gathered[operand] = gather(part[operand], tensors_[operand]);
    const Called called = call(part.spec, gathered);
    if (called.verdict) return called.verdict;
    scatter_add(part[trial_.pass], called.values, demanded_);
    if (!exact_) scatter_add(part[trial_.pass], bounds(part.spec, gathered), bound_);
    return std::nullopt;
  }

  Problem problem(const ConvSpec& spec) const {
    return posed(trial_, spec, trial_.pass, harmless_alpha(trial_));
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
  const Correspondence& correspondence_;
  bool exact_;
  Tensors tensors_;
  std::vector<char> compared_;
  std::vector<double> demanded_;
  std::vector<double> bound_;
};

}  // namespace

Verdict judge_correspondence(const Trial& trial, const sandbox::Subject& subject,
                             sandbox::Sandbox& sandbox, const Correspondence& correspondence) {
  std::string why_not;
  const auto numbers =
      numbers_for(trial, subject.kernel.claims, std::array{trial.pass}, 0, why_not);
  if (!numbers) return unsupported(metamorphic_layer, why_not);
  return Sides(trial, subject, sandbox, correspondence, *numbers).judge();
}

}  // namespace convict::oracle
