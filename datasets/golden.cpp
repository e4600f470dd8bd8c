// SPDX-License-Identifier: Apache-2.0
#include "datasets/golden.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "core/errors.hpp"
#include "core/half.hpp"
#include "datasets/case_tensors.hpp"
#include "datasets/hdf5/hdf5_store.hpp"

namespace convict::datasets {
namespace {

constexpr std::string_view format_name = "convict-golden";
constexpr index_t format_version = 1;

std::string group_name(std::size_t number) { return fmt::format("/case_{:04}", number); }

std::vector<OperandSlot> slots_of(const Trial& trial) {
  return operand_slots(trial.spec, trial.pass, trial.recipe.beta != 0);
}

bool is_value_of(Precision precision, double value) {
  return value != value || round_to(format_of(storage_of(precision)), value) == value;
}

/// Writes one case. Throws InputError where the case contradicts its trial.
class CaseWriter {
 public:
  CaseWriter(Hdf5Writer& file, std::string group, const Trial& trial)
      : file_(file), group_(std::move(group)), trial_(trial) {
    if (const auto why = why_invalid(trial.spec)) fail(*why);
  }

  void write(const GoldenCase& golden) {
    file_.create_group(group_);
    file_.write_attribute(group_, "trial", to_string(trial_));
    for (const OperandSlot& slot : slots_of(trial_)) {
      const auto& values = golden.operands.*slot.values;
      require_representable(slot.name, values);
      write_tensor(slot.name, slot.extents, values, trial_.precision);
    }
    const auto result = result_shape(trial_.spec, trial_.pass);
    write_tensor("truth", result, golden.truth, Precision::f64);
    write_tensor("bound", result, golden.bound, Precision::f64);
  }

 private:
  [[noreturn]] void fail(std::string_view problem) const {
    throw InputError(fmt::format("cannot store {} ({}): {}", group_, to_string(trial_), problem));
  }
  void require_representable(std::string_view name, const std::vector<double>& values) const {
    for (const double value : values)
      if (!is_value_of(trial_.precision, value))
        fail(fmt::format("'{}' holds {}, which {} cannot represent", name, value,
                         name_of(trial_.precision)));
  }
  void write_tensor(const std::string& name, const std::vector<index_t>& extents,
                    const std::vector<double>& values, Precision precision) {
    const index_t wanted = checked_product(extents, name);
    if (static_cast<std::size_t>(wanted) != values.size())
      fail(fmt::format("'{}' has {} values; its trial needs {}", name, values.size(), wanted));
    file_.write(group_ + "/" + name, extents, values, precision);
  }

  Hdf5Writer& file_;
  std::string group_;
  const Trial& trial_;
};

[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view problem) {
  throw FileError(fmt::format("cannot use the golden file '{}': {}", path.string(), problem));
}

void require_format(const Hdf5Reader& file, const std::filesystem::path& path) {
  if (!file.has_attribute("/", "format"))
    refuse(path, fmt::format("it has no attribute 'format'; a golden file says '{}'", format_name));
  const std::string format = file.text_attribute("/", "format");
  if (format != format_name)
    refuse(path, fmt::format("its format is '{}'; it must be '{}'", format, format_name));
  const index_t version = file.integer_attribute("/", "version");
  if (version != format_version)
    refuse(path, fmt::format("its version is {}; this program reads version {}", version,
                             format_version));
}

Trial read_trial(const Hdf5Reader& file, const std::string& group,
                 const std::filesystem::path& path) {
  try {
    const Trial trial = parse_trial(file.text_attribute(group, "trial"));
    validate(trial.spec);
    return trial;
  } catch (const SpecError& error) {
    refuse(path, fmt::format("the trial of '{}': {}", group, error.what()));
  }
}

GoldenCase read_case(const Hdf5Reader& file, const std::string& group,
                     const std::filesystem::path& path) {
  GoldenCase golden;
  golden.trial = read_trial(file, group, path);
  for (const OperandSlot& slot : slots_of(golden.trial))
    golden.operands.*slot.values = file.read(group + "/" + slot.name, slot.extents);
  const auto result = result_shape(golden.trial.spec, golden.trial.pass);
  golden.truth = file.read(group + "/truth", result);
  golden.bound = file.read(group + "/bound", result);
  return golden;
}

}  // namespace

void write_golden(const std::filesystem::path& path, std::span<const GoldenCase> cases) {
  Hdf5Writer file(path);
  file.write_attribute("/", "format", format_name);
  file.write_attribute("/", "version", format_version);
  file.write_attribute("/", "cases", static_cast<index_t>(cases.size()));
  for (std::size_t i = 0; i < cases.size(); ++i)
    CaseWriter(file, group_name(i), cases[i].trial).write(cases[i]);
  file.commit();
}

std::vector<GoldenCase> read_golden(const std::filesystem::path& path) {
  const Hdf5Reader file(path);
  require_format(file, path);
  const index_t count = file.integer_attribute("/", "cases");
  if (count < 0) refuse(path, fmt::format("its attribute 'cases' is {}", count));
  std::vector<GoldenCase> cases;
  for (index_t i = 0; i < count; ++i)
    cases.push_back(read_case(file, group_name(static_cast<std::size_t>(i)), path));
  return cases;
}

}  // namespace convict::datasets
