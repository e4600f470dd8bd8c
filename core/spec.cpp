// SPDX-License-Identifier: Apache-2.0
#include "core/spec.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <vector>

#include "core/errors.hpp"
#include "core/precision.hpp"

namespace convict {
namespace {

std::optional<std::string> below(std::string_view name, index_t value, index_t least) {
  if (value >= least) return std::nullopt;
  return fmt::format("{} is {}; it must be at least {}", name, value, least);
}

std::optional<std::string> first_of(std::initializer_list<std::optional<std::string>> reasons) {
  for (const auto& reason : reasons)
    if (reason) return reason;
  return std::nullopt;
}

std::optional<std::string> indivisible(std::string_view name, index_t value, index_t groups) {
  if (value % groups == 0) return std::nullopt;
  return fmt::format("{} is {}, which {} groups do not divide", name, value, groups);
}

std::optional<std::string> bad_axis(const ConvSpec& spec, std::size_t a) {
  const SidePadding pad = spec.padding[a];
  return first_of({below(fmt::format("input extent of axis {}", a), spec.input[a], 0),
                   below(fmt::format("filter extent of axis {}", a), spec.filter[a], 1),
                   below(fmt::format("stride of axis {}", a), spec.stride[a], 1),
                   below(fmt::format("dilation of axis {}", a), spec.dilation[a], 1),
                   below(fmt::format("padding before axis {}", a), pad.before, 0),
                   below(fmt::format("padding after axis {}", a), pad.after, 0)});
}

/// Axes beyond the rank must have their defaults, so that equal problems have equal specs.
std::optional<std::string> bad_unused_axis(const ConvSpec& spec, std::size_t a) {
  const bool neutral = spec.input[a] == 1 && spec.filter[a] == 1 && spec.stride[a] == 1 &&
                       spec.dilation[a] == 1 && spec.padding[a] == SidePadding{};
  if (neutral) return std::nullopt;
  return fmt::format("axis {} has values but the rank is {}", a, spec.rank);
}

std::optional<std::string> bad_border(const ConvSpec& spec, std::size_t a) {
  if (spec.border == BorderMode::none || spec.padding[a] == SidePadding{}) return std::nullopt;
  return fmt::format("axis {} has explicit padding beside a symbolic border mode", a);
}

/// Checks that the dilated and the padded extent exist in 64 bits and that at least one output
/// fits.
std::optional<std::string> bad_extent(const ConvSpec& spec, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  index_t reach = 0;
  index_t padded = 0;
  if (!multiply(spec.filter[a] - 1, spec.dilation[a], reach) || !add(reach, 1, reach))
    return fmt::format("dilated filter extent of axis {} ((f-1)*d+1 with f {}, d {}) overflows",
                       axis, spec.filter[a], spec.dilation[a]);
  const SidePadding pad = resolve_border(spec.border, spec.padding[a], reach);
  if (!add(spec.input[a], pad.before, padded) || !add(padded, pad.after, padded))
    return fmt::format("padded input extent of axis {} ({} + {} + {}) overflows", axis,
                       spec.input[a], pad.before, pad.after);
  if (padded < reach)
    return fmt::format(
        "output extent of axis {} is {}; it must be at least 1 (the dilated filter extent {} "
        "exceeds the padded "
        "input extent {})",
        axis, floor_div(padded - reach, spec.stride[a]) + 1, reach, padded);
  return std::nullopt;
}

using Sizes = std::vector<index_t>;

Sizes input_sizes(const ConvSpec& s) {
  return {s.batch, s.in_channels, s.input[0], s.input[1], s.input[2]};
}
Sizes output_sizes(const ConvSpec& s) {
  const Axes o = output_extents(s);
  return {s.batch, s.out_channels, o[0], o[1], o[2]};
}
Sizes filter_sizes(const ConvSpec& s) {
  Sizes sizes = {s.out_channels, s.in_channels / s.groups, s.filter[0], s.filter[1], s.filter[2]};
  if (s.unshared)
    for (const index_t o : output_extents(s)) sizes.push_back(o);
  return sizes;
}
Sizes flop_sizes(const ConvSpec& s) {
  Sizes sizes = output_sizes(s);
  for (const index_t size :
       {s.in_channels / s.groups, s.filter[0], s.filter[1], s.filter[2], index_t{2}})
    sizes.push_back(size);
  return sizes;
}

/// Extents of zero count as one, so that whether sizes are legal does not depend on the batch.
std::optional<std::string> too_large(std::string_view what, const Sizes& sizes, index_t scale) {
  index_t total = scale;
  for (const index_t size : sizes)
    if (!multiply(total, size == 0 ? 1 : size, total))
      return fmt::format("{} do not fit in 64 bits", what);
  return std::nullopt;
}

}  // namespace

index_t checked_product(std::span<const index_t> sizes, std::string_view what) {
  index_t total = 1;
  for (const index_t size : sizes)
    if (!multiply(total, size, total))
      throw SpecError(fmt::format("{} does not fit in 64 bits", what));
  return total;
}

std::optional<std::string> why_invalid(const ConvSpec& spec) {
  if (spec.rank < 1 || spec.rank > max_rank)
    return fmt::format("rank is {}; it must be 1, 2 or 3", spec.rank);
  if (auto why =
          first_of({below("batch", spec.batch, 0), below("in_channels", spec.in_channels, 0),
                    below("out_channels", spec.out_channels, 0), below("groups", spec.groups, 1)}))
    return why;
  if (auto why = first_of({indivisible("in_channels", spec.in_channels, spec.groups),
                           indivisible("out_channels", spec.out_channels, spec.groups)}))
    return why;
  for (int axis = 0; axis < spec.rank; ++axis) {
    if (auto why = bad_axis(spec, static_cast<std::size_t>(axis))) return why;
    if (auto why = bad_border(spec, static_cast<std::size_t>(axis))) return why;
    if (auto why = bad_extent(spec, axis)) return why;
  }
  for (std::size_t a = static_cast<std::size_t>(spec.rank); a < max_rank; ++a)
    if (auto why = bad_unused_axis(spec, a)) return why;
  return first_of({too_large("bytes of the input", input_sizes(spec), widest_element_bytes),
                   too_large("bytes of the filters", filter_sizes(spec), widest_element_bytes),
                   too_large("bytes of the output", output_sizes(spec), widest_element_bytes),
                   too_large("flops", flop_sizes(spec), 1)});
}

void validate(const ConvSpec& spec) {
  if (const auto why = why_invalid(spec)) throw SpecError(*why);
}

index_t dilated_extent(const ConvSpec& spec, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  return dilated_extent(spec.filter[a], spec.dilation[a]);
}

SidePadding padding_of(const ConvSpec& spec, int axis) {
  return resolve_border(spec.border, spec.padding[static_cast<std::size_t>(axis)],
                        dilated_extent(spec, axis));
}

index_t output_extent(const ConvSpec& spec, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  return output_extent(spec.input[a], dilated_extent(spec, axis), padding_of(spec, axis),
                       spec.stride[a]);
}

Axes output_extents(const ConvSpec& spec) {
  Axes extents{1, 1, 1};
  for (int axis = 0; axis < spec.rank; ++axis)
    extents[static_cast<std::size_t>(axis)] = output_extent(spec, axis);
  return extents;
}

index_t input_elements(const ConvSpec& spec) { return checked_product(input_sizes(spec), "input"); }
index_t filter_elements(const ConvSpec& spec) {
  return checked_product(filter_sizes(spec), "filters");
}
index_t output_elements(const ConvSpec& spec) {
  return checked_product(output_sizes(spec), "output");
}
index_t result_elements(const ConvSpec& spec, Pass pass) {
  switch (pass) {
    case Pass::forward: return output_elements(spec);
    case Pass::grad_input: return input_elements(spec);
    case Pass::grad_weights: return filter_elements(spec);
  }
  return 0;
}
index_t flops(const ConvSpec& spec) { return checked_product(flop_sizes(spec), "flops"); }

ConvSpec lifted(const ConvSpec& spec) {
  ConvSpec result = spec;
  result.rank = max_rank;
  const int shift = max_rank - spec.rank;
  for (int axis = 0; axis < max_rank; ++axis) {
    const auto to = static_cast<std::size_t>(axis);
    const bool fresh = axis < shift;
    const auto from = static_cast<std::size_t>(fresh ? 0 : axis - shift);
    result.input[to] = fresh ? 1 : spec.input[from];
    result.filter[to] = fresh ? 1 : spec.filter[from];
    result.stride[to] = fresh ? 1 : spec.stride[from];
    result.dilation[to] = fresh ? 1 : spec.dilation[from];
    result.padding[to] = fresh ? SidePadding{} : spec.padding[from];
  }
  return result;
}

ConvSpec with_explicit_padding(const ConvSpec& spec) {
  ConvSpec result = spec;
  result.border = BorderMode::none;
  for (int axis = 0; axis < spec.rank; ++axis)
    result.padding[static_cast<std::size_t>(axis)] = padding_of(spec, axis);
  return result;
}

}  // namespace convict
