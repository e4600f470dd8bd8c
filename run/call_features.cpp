// SPDX-License-Identifier: Apache-2.0
#include "run/call_features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "datasets/fills.hpp"

namespace convict::run {
namespace {

double number(index_t value) { return static_cast<double>(value); }
std::string yes_or_no(double value) { return value != 0 ? "yes" : "no"; }

template <class Name>
std::string enumerator_text(double value) {
  return std::string(name_of(static_cast<Name>(static_cast<int>(value))));
}

std::size_t axes_of(const ConvSpec& spec) {
  return static_cast<std::size_t>(std::clamp(spec.rank, 1, max_rank));
}

/// Axes are counted from the last one, the axis that is contiguous in NCHW; an axis that the
/// problem does not have has the neutral value.
double from_last(const ConvSpec& spec, const Axes& values, std::size_t back) {
  const std::size_t axes = axes_of(spec);
  return back < axes ? number(values[axes - 1 - back]) : 1;
}
double largest(const ConvSpec& spec, const Axes& values) {
  return number(*std::max_element(values.begin(), values.begin() + axes_of(spec)));
}
double smallest(const ConvSpec& spec, const Axes& values) {
  return number(*std::min_element(values.begin(), values.begin() + axes_of(spec)));
}

/// Padding in front of and behind each axis; 0 where it is symbolic in an invalid spec.
Axes padding(const ConvSpec& spec, bool behind) {
  Axes sides{};
  const bool valid = !why_invalid(spec);
  for (std::size_t a = 0; a < axes_of(spec); ++a) {
    const SidePadding pad = valid ? padding_of(spec, static_cast<int>(a)) : spec.padding[a];
    sides[a] = behind ? pad.after : pad.before;
  }
  return sides;
}

Axes outputs(const ConvSpec& spec) { return why_invalid(spec) ? Axes{} : output_extents(spec); }

double fill_number(const Recipe& recipe) {
  const auto fills = datasets::fills();
  return static_cast<double>(std::ranges::find(fills, recipe.fill, &datasets::Fill::name) -
                             fills.begin());
}
std::string fill_text(double value) {
  const auto fills = datasets::fills();
  const auto at = static_cast<std::size_t>(value);
  return at < fills.size() ? std::string(fills[at].name) : "unknown";
}

using P = const Problem&;
using R = const Recipe&;

// clang-format off
const CallFeature known_call_features[] = {
    {"pass", false, [](P p, R) { return static_cast<double>(p.pass); }, enumerator_text<Pass>},
    {"precision", false, [](P p, R) { return static_cast<double>(p.precision); }, enumerator_text<Precision>},
    {"fill", false, [](P, R r) { return fill_number(r); }, fill_text},
    {"flipped filters", false, [](P p, R) { return p.spec.flip ? 1.0 : 0.0; }, yes_or_no},
    {"unshared filters", false, [](P p, R) { return p.spec.unshared ? 1.0 : 0.0; }, yes_or_no},
    {"dense NCHW", false, [](P p, R) { return is_dense_nchw(p) ? 1.0 : 0.0; }, yes_or_no},
    {"channels last", false, [](P, R r) { return r.layout == Layout::nhwc ? 1.0 : 0.0; }, yes_or_no},
    {"axes", true, [](P p, R) { return number(p.spec.rank); }, nullptr},
    {"stride", true, [](P p, R) { return largest(p.spec, p.spec.stride); }, nullptr},
    {"dilation", true, [](P p, R) { return largest(p.spec, p.spec.dilation); }, nullptr},
    {"filter extent", true, [](P p, R) { return largest(p.spec, p.spec.filter); }, nullptr},
    {"padding", true, [](P p, R) { return std::max(largest(p.spec, padding(p.spec, false)), largest(p.spec, padding(p.spec, true))); }, nullptr},
    {"input extent", true, [](P p, R) { return largest(p.spec, p.spec.input); }, nullptr},
    {"output extent", true, [](P p, R) { return largest(p.spec, outputs(p.spec)); }, nullptr},
    {"smallest stride", true, [](P p, R) { return smallest(p.spec, p.spec.stride); }, nullptr},
    {"smallest dilation", true, [](P p, R) { return smallest(p.spec, p.spec.dilation); }, nullptr},
    {"smallest filter extent", true, [](P p, R) { return smallest(p.spec, p.spec.filter); }, nullptr},
    {"smallest input extent", true, [](P p, R) { return smallest(p.spec, p.spec.input); }, nullptr},
    {"smallest output extent", true, [](P p, R) { return smallest(p.spec, outputs(p.spec)); }, nullptr},
    {"batch", true, [](P p, R) { return number(p.spec.batch); }, nullptr},
    {"input channels", true, [](P p, R) { return number(p.spec.in_channels); }, nullptr},
    {"output channels", true, [](P p, R) { return number(p.spec.out_channels); }, nullptr},
    {"groups", true, [](P p, R) { return number(p.spec.groups); }, nullptr},
    {"input channels of a group", true, [](P p, R) { return number(p.spec.in_channels) / std::max(1.0, number(p.spec.groups)); }, nullptr},
    {"multiply-adds", true, [](P p, R) { return multiply_adds(p.spec); }, nullptr},
    {"padding of one side less the other", true, [](P p, R) { const Axes a = padding(p.spec, false); const Axes b = padding(p.spec, true); double most = 0; for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, number(std::max(a[i], b[i])) - number(std::min(a[i], b[i]))); return most; }, nullptr},
    {"stride less filter extent", true, [](P p, R) { double most = number(p.spec.stride[0]) - number(p.spec.filter[0]); for (std::size_t a = 1; a < axes_of(p.spec); ++a) most = std::max(most, number(p.spec.stride[a]) - number(p.spec.filter[a])); return most; }, nullptr},
    {"stride of columns", true, [](P p, R) { return from_last(p.spec, p.spec.stride, 0); }, nullptr},
    {"stride of rows", true, [](P p, R) { return from_last(p.spec, p.spec.stride, 1); }, nullptr},
    {"stride of planes", true, [](P p, R) { return from_last(p.spec, p.spec.stride, 2); }, nullptr},
    {"dilation of columns", true, [](P p, R) { return from_last(p.spec, p.spec.dilation, 0); }, nullptr},
    {"dilation of rows", true, [](P p, R) { return from_last(p.spec, p.spec.dilation, 1); }, nullptr},
    {"dilation of planes", true, [](P p, R) { return from_last(p.spec, p.spec.dilation, 2); }, nullptr},
    {"filter columns", true, [](P p, R) { return from_last(p.spec, p.spec.filter, 0); }, nullptr},
    {"filter rows", true, [](P p, R) { return from_last(p.spec, p.spec.filter, 1); }, nullptr},
    {"filter planes", true, [](P p, R) { return from_last(p.spec, p.spec.filter, 2); }, nullptr},
    {"input columns", true, [](P p, R) { return from_last(p.spec, p.spec.input, 0); }, nullptr},
    {"input rows", true, [](P p, R) { return from_last(p.spec, p.spec.input, 1); }, nullptr},
    {"input planes", true, [](P p, R) { return from_last(p.spec, p.spec.input, 2); }, nullptr},
    {"output columns", true, [](P p, R) { return from_last(p.spec, outputs(p.spec), 0); }, nullptr},
    {"output rows", true, [](P p, R) { return from_last(p.spec, outputs(p.spec), 1); }, nullptr},
    {"padding before", true, [](P p, R) { return largest(p.spec, padding(p.spec, false)); }, nullptr},
    {"padding behind", true, [](P p, R) { return largest(p.spec, padding(p.spec, true)); }, nullptr},
    {"threads", true, [](P p, R) { return number(p.threads); }, nullptr},
    {"alpha", true, [](P p, R) { return p.alpha; }, nullptr},
    {"beta", true, [](P p, R) { return p.beta; }, nullptr},
    {"pitch", true, [](P, R r) { return number(r.pitch); }, nullptr},
    {"align", true, [](P, R r) { return number(r.align); }, nullptr},
};
// clang-format on
static_assert(std::size(known_call_features) <= most_call_features);

}  // namespace

std::span<const CallFeature> call_features() { return known_call_features; }

CallValues values_of(const Problem& problem, const Recipe& recipe) {
  CallValues values{};
  for (std::size_t i = 0; i < std::size(known_call_features); ++i)
    values[i] = known_call_features[i].of(problem, recipe);
  return values;
}

double multiply_adds(const ConvSpec& spec) {
  if (why_invalid(spec)) return 0;
  double products = number(spec.batch) * number(spec.out_channels) * number(spec.in_channels) /
                    std::max(1.0, number(spec.groups));
  const Axes output = output_extents(spec);
  for (std::size_t a = 0; a < axes_of(spec); ++a)
    products *= number(spec.filter[a]) * number(output[a]);
  return products;
}

}  // namespace convict::run
