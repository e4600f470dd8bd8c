// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/errors.hpp"
#include "datasets/case_tensors.hpp"
#include "datasets/hdf5/hdf5_store.hpp"
#include "fuzz/evidence.hpp"

namespace convict::fuzz {
namespace {

[[noreturn]] void fail_to_use(const std::filesystem::path& path, std::string_view problem) {
  throw FileError(fmt::format("cannot use the evidence '{}': {}", path.string(), problem));
}

bool has_format(const datasets::Hdf5Reader& file) {
  return file.has_attribute("/", "format") && file.text_attribute("/", "format") == evidence_format;
}

void require_format(const datasets::Hdf5Reader& file, const std::filesystem::path& path) {
  if (!has_format(file))
    fail_to_use(path, fmt::format("it does not say that its format is '{}'", evidence_format));
  const index_t version = file.integer_attribute("/", "version");
  if (version != evidence_version)
    fail_to_use(path, fmt::format("its version is {}; this program reads version {}", version,
                                  evidence_version));
}

datasets::GoldenCase read_data(const datasets::Hdf5Reader& file, const Trial& trial) {
  datasets::GoldenCase golden;
  golden.trial = trial;
  for (const auto& slot : datasets::operand_slots(trial.spec, trial.pass, trial.recipe.beta != 0))
    golden.operands.*slot.values = file.read("/" + slot.name, slot.extents);
  const auto extents = datasets::result_shape(trial.spec, trial.pass);
  golden.truth = file.read("/truth", extents);
  golden.bound = file.read("/bound", extents);
  return golden;
}

}  // namespace

bool is_evidence(const std::filesystem::path& path) {
  return has_format(datasets::Hdf5Reader(path));
}

Evidence read_evidence(const std::filesystem::path& path) {
  const datasets::Hdf5Reader file(path);
  require_format(file, path);
  Evidence evidence{.kernel = file.text_attribute("/", "kernel")};
  try {
    evidence.trial = parse_trial(file.text_attribute("/", "trial"));
  } catch (const SpecError& error) {
    fail_to_use(path, error.what());
  }
  if (!file.contains("/truth")) return evidence;
  if (const auto why = why_invalid(evidence.trial.spec)) fail_to_use(path, *why);
  evidence.golden = read_data(file, evidence.trial);
  if (file.contains("/result"))
    evidence.result =
        file.read("/result", datasets::result_shape(evidence.trial.spec, evidence.trial.pass));
  return evidence;
}

}  // namespace convict::fuzz
