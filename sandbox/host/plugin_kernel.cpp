// SPDX-License-Identifier: Apache-2.0
#include "sandbox/host/plugin_kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <string>
#include <vector>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "sandbox/wire/plugin_problem.hpp"

namespace convict::sandbox {
namespace {

constexpr std::int32_t known_passes = CONVICT_FORWARD | CONVICT_GRAD_INPUT | CONVICT_GRAD_WEIGHTS;
constexpr std::int32_t known_precisions =
    CONVICT_F64 | CONVICT_F32 | CONVICT_TF32 | CONVICT_BF16 | CONVICT_F16 | CONVICT_F16A16;

constexpr std::int32_t known_special_strides = CONVICT_ZERO_STRIDES | CONVICT_NEGATIVE_STRIDES;

[[noreturn]] void reject(std::string_view name, std::string_view field, std::int64_t value,
                         std::string_view right) {
  throw FileError(fmt::format("kernel '{}' has {} {}; {}", name, field, value, right));
}

/// The name is typed on command lines and printed in tables.
void check_name(std::string_view name) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '+' || c == '.';
  };
  if (name.empty() || !std::ranges::all_of(name, allowed))
    throw FileError(
        fmt::format("kernel '{}': a name is made of letters, digits, '_', '-', '+' and '.'", name));
}

/// The enumerators whose bits are set.
template <class Enumerators>
auto chosen(std::int32_t bits, const Enumerators& all) {
  std::vector<typename Enumerators::value_type> result;
  for (const auto value : all)
    if ((bits & plugin_bit(value)) != 0) result.push_back(value);
  return result;
}

void check_mask(std::string_view name, std::string_view field, std::int32_t bits,
                std::int32_t known) {
  if (bits == 0) reject(name, field, bits, "at least one bit must be set");
  if ((bits & ~known) != 0)
    reject(name, field, bits, fmt::format("the bits that mean something are {}", known));
}

std::optional<Precision> one_precision(std::string_view name, std::string_view field,
                                       std::int32_t bit) {
  if (bit == 0) return std::nullopt;
  if ((bit & ~known_precisions) != 0 || !std::has_single_bit(static_cast<std::uint32_t>(bit)))
    reject(name, field, bit, "it must be 0 or one of CONVICT_F64 ...");
  return chosen(bit, all_precisions).front();
}

index_t between(std::string_view name, std::string_view field, index_t value, index_t least,
                index_t most) {
  if (value < least || value > most)
    reject(name, field, value, fmt::format("it must be from {} to {}", least, most));
  return value;
}

/// 0 counts as 1. Only powers of two can be had by placing buffers in pages.
index_t alignment_of(std::string_view name, index_t elements) {
  const bool is_power = elements > 0 && std::has_single_bit(static_cast<std::uint64_t>(elements));
  if (elements != 0 && (!is_power || elements > claim_limits::required_alignment))
    reject(
        name, "required_alignment", elements,
        fmt::format("it must be 0 or a power of two up to {}", claim_limits::required_alignment));
  return std::max<index_t>(1, elements);
}

/// The transform's axes and fallback.
void add_axes(std::string_view name, const convict_kernel& declared, Arithmetic& arithmetic) {
  constexpr std::int32_t known = CONVICT_AXIS_0 | CONVICT_AXIS_1 | CONVICT_AXIS_2;
  if ((declared.transform_axes & ~known) != 0)
    reject(name, "transform_axes", declared.transform_axes,
           fmt::format("the bits that mean something are {}", known));
  if (declared.transform_fallback != CONVICT_FALLBACK_ALL_AXES &&
      declared.transform_fallback != CONVICT_FALLBACK_THAT_AXIS)
    reject(name, "transform_fallback", declared.transform_fallback,
           "it must be one of CONVICT_FALLBACK_ALL_AXES ...");
  arithmetic.axes = static_cast<unsigned>(declared.transform_axes);
  if (declared.transform_fallback == CONVICT_FALLBACK_THAT_AXIS)
    arithmetic.fallback = Arithmetic::Fallback::that_axis;
}

/// Direct summation transforms no axis.
void check_no_axes(std::string_view name, const convict_kernel& declared) {
  constexpr std::string_view needs = "it needs arithmetic CONVICT_WINOGRAD or CONVICT_FFT";
  if (declared.transform_axes != 0) reject(name, "transform_axes", declared.transform_axes, needs);
  if (declared.transform_fallback != 0)
    reject(name, "transform_fallback", declared.transform_fallback, needs);
}

Arithmetic arithmetic_of(std::string_view name, const convict_kernel& declared) {
  Arithmetic arithmetic;
  switch (declared.arithmetic) {
    case CONVICT_DIRECT: check_no_axes(name, declared); return {};
    case CONVICT_FFT:
      arithmetic.kind = Arithmetic::Class::fft;
      add_axes(name, declared, arithmetic);
      return arithmetic;
    case CONVICT_WINOGRAD: break;
    default:
      reject(name, "arithmetic", declared.arithmetic, "it must be one of CONVICT_DIRECT ...");
  }
  constexpr index_t most = claim_limits::winograd;
  between(name, "winograd_tile", declared.winograd_tile, 1, most);
  between(name, "winograd_taps", declared.winograd_taps, 1, most);
  arithmetic = winograd(declared.winograd_tile, declared.winograd_taps);
  add_axes(name, declared, arithmetic);
  return arithmetic;
}

Claims claims_of(std::string_view name, const convict_kernel& declared) {
  Claims claims;
  claims.arithmetic = arithmetic_of(name, declared);
  claims.accumulator = one_precision(name, "accumulator", declared.accumulator);
  claims.input_rounding = one_precision(name, "input_rounding", declared.input_rounding);
  constexpr index_t longest = claim_limits::products;
  claims.accumulation_depth =
      between(name, "accumulation_depth", declared.accumulation_depth, 0, longest);
  claims.truncating_adds = declared.truncating_adds != 0;
  claims.truncation_block = std::max<index_t>(
      1, between(name, "truncation_block", declared.truncation_block, 0, longest));
  claims.flush_to_zero = declared.flush_to_zero != 0;
  claims.denormals_are_zero = declared.denormals_are_zero != 0;
  claims.deterministic = declared.nondeterministic == 0;
  claims.same_for_threads = claims.deterministic && declared.bits_depend_on_threads == 0;
  claims.required_alignment = alignment_of(name, declared.required_alignment);
  claims.over_read = between(name, "over_read", declared.over_read, 0, claim_limits::over_read);
  return claims;
}

std::optional<ConvSpec> example_of(std::string_view name, std::string_view text) {
  if (text.empty()) return std::nullopt;
  try {
    return parse_valid_spec(text);
  } catch (const SpecError& error) {
    throw FileError(fmt::format("kernel '{}' has the example '{}', which is no problem: {}", name,
                                text, error.what()));
  }
}

/// The layouts named in `text`, separated by spaces.
std::vector<Layout> layouts_from(std::string_view name, std::string_view text) {
  std::vector<Layout> layouts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) try {
        layouts.push_back(parse_layout(text.substr(0, end)));
      } catch (const SpecError& error) {
        throw FileError(fmt::format("kernel '{}' has layouts '{}': {}", name, text, error.what()));
      }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return layouts;
}

}  // namespace

Kernel kernel_of(const KernelRecord& record, std::string_view stem) {
  const std::string_view name = record.name.data();
  const convict_kernel& declared = record.kernel;
  check_name(name);
  check_mask(name, "passes", declared.passes, known_passes);
  check_mask(name, "precisions", declared.precisions, known_precisions);
  Kernel kernel;
  kernel.name = fmt::format("{}.{}", stem, name);
  kernel.passes = chosen(declared.passes, all_passes);
  kernel.precisions = chosen(declared.precisions, all_precisions);
  kernel.any_strides = declared.any_strides != 0;
  kernel.example = example_of(name, record.example.data());
  if (record.layouts.front() != '\0') kernel.layouts = layouts_from(name, record.layouts.data());
  if (kernel.layouts.empty())
    throw FileError(fmt::format("kernel '{}' has layouts that name none", name));
  if ((declared.special_strides & ~known_special_strides) != 0)
    reject(name, "special_strides", declared.special_strides,
           fmt::format("the bits that mean something are {}", known_special_strides));
  kernel.zero_strides = (declared.special_strides & CONVICT_ZERO_STRIDES) != 0;
  kernel.negative_strides = (declared.special_strides & CONVICT_NEGATIVE_STRIDES) != 0;
  kernel.claims = claims_of(name, declared);
  return kernel;
}

}  // namespace convict::sandbox
