// SPDX-License-Identifier: Apache-2.0
#include "fuzz/evidence.hpp"

#include <fmt/format.h>

#include "core/errors.hpp"
#include "datasets/case_tensors.hpp"
#include "datasets/hdf5/hdf5_store.hpp"
#include "fuzz/features/draft.hpp"
#include "oracle/judge/judge.hpp"
#include "oracle/truth/case.hpp"
#include "oracle/truth/compare.hpp"

namespace convict::fuzz {
namespace {

constexpr double most_bytes = 64 << 20;

const Trial& trial_to_show(const TrialResult& finding) {
  return finding.shrunk ? *finding.shrunk : finding.trial;
}

bool has_data(const Trial& trial) {
  if (why_invalid(trial.spec)) return false;
  constexpr double bytes_each = 8 * 3;  // truth and bound beside the tensor
  return bytes_each * elements_of(trial.spec) <= most_bytes;
}

std::vector<double> bounds_of(const oracle::Case& known, const Claims& claims) {
  std::vector<double> bounds(known.truth.value.size());
  if (known.fill->exact && datasets::can_be_exact(claims)) return bounds;
  const oracle::Bound bound = oracle::bound_for(known, claims);
  for (std::size_t at = 0; at < bounds.size(); ++at)
    bounds[at] = oracle::bound_at(known.truth, bound, at);
  return bounds;
}

void write_data(datasets::Hdf5Writer& file, const TrialResult& finding,
                const sandbox::Subject& subject, sandbox::Sandbox& sandbox) {
  const Trial& trial = trial_to_show(finding);
  const oracle::Case known = oracle::make_case(trial, subject.kernel.claims);
  if (known.fill->exact && !known.limits) return;
  for (const auto& slot : datasets::operand_slots(trial.spec, trial.pass, trial.recipe.beta != 0))
    file.write("/" + slot.name, slot.extents, known.operands.*slot.values, trial.precision);
  const auto extents = datasets::result_shape(trial.spec, trial.pass);
  file.write("/truth", extents, known.truth.value, Precision::f64);
  file.write("/bound", extents, bounds_of(known, subject.kernel.claims), Precision::f64);
  if (finding.verdict.outcome == Outcome::hung) return;
  std::vector<double> result;
  static_cast<void>(oracle::try_case(known, subject, sandbox, &result));
  if (result.size() == known.truth.value.size())
    file.write("/result", extents, result, trial.precision);
}

}  // namespace

void write_evidence(const std::filesystem::path& path, const TrialResult& finding,
                    const sandbox::Subject& subject, sandbox::Sandbox& sandbox) {
  const Trial& trial = trial_to_show(finding);
  datasets::Hdf5Writer file(path);
  file.write_attribute("/", "format", evidence_format);
  file.write_attribute("/", "version", evidence_version);
  file.write_attribute("/", "kernel", finding.kernel);
  file.write_attribute("/", "trial", to_string(trial));
  file.write_attribute("/", "found_as", to_string(finding.trial));
  file.write_attribute("/", "outcome", name_of(finding.verdict.outcome));
  file.write_attribute("/", "layer", finding.verdict.layer);
  file.write_attribute("/", "reason", finding.verdict.reason);
  file.write_attribute("/", "repro", replay_command(finding.kernel, trial));
  if (has_data(trial)) write_data(file, finding, subject, sandbox);
  file.commit();
}

}  // namespace convict::fuzz
