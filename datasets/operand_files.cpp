// SPDX-License-Identifier: Apache-2.0
#include "datasets/operand_files.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/errors.hpp"
#include "core/half.hpp"
#include "datasets/case_tensors.hpp"
#include "datasets/hdf5/hdf5_store.hpp"

namespace convict::datasets {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view problem) {
  throw FileError(fmt::format("cannot use the operands of '{}': {}", path.string(), problem));
}

/// The common precision of all floating-point operands; nothing when there are only integers.
std::optional<Precision> shared_precision(const Hdf5Reader& file,
                                          const std::vector<OperandSlot>& slots,
                                          const std::filesystem::path& path) {
  const OperandSlot* first = nullptr;
  std::optional<Precision> shared;
  for (const OperandSlot& slot : slots) {
    const auto precision = file.info("/" + slot.name).precision;
    if (!precision) continue;
    if (shared && precision != shared)
      fail(path, fmt::format("'{}' is {} but '{}' is {}; they must have the same precision",
                             first->name, name_of(*shared), slot.name, name_of(*precision)));
    if (!shared) first = &slot;
    shared = precision;
  }
  return shared;
}

/// Throws FileError for integers that the precision cannot represent; floats have it already.
void require_representable(const OperandSlot& slot, const std::vector<double>& values,
                           Precision precision, const std::filesystem::path& path) {
  for (const double value : values)
    if (value == value && round_to(format_of(precision), value) != value)
      fail(path, fmt::format("'{}' holds {}, which {} cannot represent", slot.name, value,
                             name_of(precision)));
}

}  // namespace

OperandFile read_operands(const std::filesystem::path& path, const ConvSpec& spec, Pass pass,
                          bool beta_nonzero) {
  validate(spec);
  const auto slots = operand_slots(spec, pass, beta_nonzero);
  const Hdf5Reader file(path);
  OperandFile result;
  result.precision = shared_precision(file, slots, path).value_or(Precision::f64);
  for (const OperandSlot& slot : slots) {
    auto& values = result.tensors.*slot.values;
    values = file.read("/" + slot.name, slot.extents);
    if (!file.info("/" + slot.name).precision)
      require_representable(slot, values, result.precision, path);
  }
  return result;
}

void write_result(const std::filesystem::path& path, const ResultTensor& result) {
  Hdf5Writer file(path);
  for (const auto& [name, text] : result.attributes) file.write_attribute("/", name, text);
  file.write("/" + result.name, result.extents, result.values, result.precision);
  file.commit();
}

}  // namespace convict::datasets
