// SPDX-License-Identifier: Apache-2.0
#include "cli/export_program.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "cli_texts.hpp"
#include "core/errors.hpp"
#include "core/half.hpp"
#include "oracle/judge/judge.hpp"
#include "oracle/truth/compare.hpp"
#include "sandbox/wire/plugin_problem.hpp"

namespace convict::cli {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 20;

void put(std::string& text, std::string_view place, const std::string& value) {
  const std::size_t at = text.find(place);
  text.replace(at, place.size(), value);
}

/// A constant of C99 that is this double.
std::string number(double value) {
  if (std::isnan(value)) return "NAN";
  if (std::isinf(value)) return value > 0 ? "INFINITY" : "-INFINITY";
  constexpr double readable = 1e6;
  if (std::fabs(value) < readable && value == std::trunc(value))
    return std::signbit(value) && value == 0 ? "-0.0" : fmt::format("{:.0f}", value);
  return fmt::format("{:a}", value);
}

/// A C constant with the bits that `precision` stores for `value`.
std::string element(double value, Precision precision) {
  return with_storage_type(precision, [&](auto stored) -> std::string {
    if constexpr (requires { stored.bits; })
      return fmt::format("0x{:04x}", decltype(stored)(value).bits);
    else
      return number(value);
  });
}

/// Separated by commas, in lines of readable length; "0" for none, since C99 has no empty list.
template <class Text>
std::string list_of(const std::vector<double>& values, Text&& text_of) {
  if (values.empty()) return "0";
  std::string list;
  std::size_t line = 0;
  for (const double value : values) {
    const std::string text = text_of(value);
    if (!list.empty()) list += ",";
    if (list.size() - line > 90) {
      list += "\n    ";
      line = list.size();
    }
    list += text;
  }
  return list;
}

template <class Values>
std::string axes(const Values& values) {
  return fmt::format("{{{}}}", fmt::join(values, ", "));
}

std::string problem_text(const convict_problem& p) {
  return fmt::format(
      "    .size = sizeof(convict_problem), .pass = {}, .precision = {}, .rank = {}, .threads = "
      "{},\n"
      "    .batch = {}, .in_channels = {}, .out_channels = {}, .groups = {},\n"
      "    .input = {}, .filter = {}, .output = {},\n"
      "    .stride = {}, .dilation = {}, .pad_before = {}, .pad_after = {},\n"
      "    .flip = {}, .unshared = {}, .alpha = {}, .beta = {},\n"
      "    .input_strides = {},\n    .filter_strides = {},\n    .output_strides = {},\n",
      p.pass, p.precision, p.rank, p.threads, p.batch, p.in_channels, p.out_channels, p.groups,
      axes(p.input), axes(p.filter), axes(p.output), axes(p.stride), axes(p.dilation),
      axes(p.pad_before), axes(p.pad_after), p.flip, p.unshared, number(p.alpha), number(p.beta),
      axes(p.input_strides), axes(p.filter_strides), axes(p.output_strides));
}

/// 116 is bf16, which has as many bits as f16.
int storage_number(Precision precision) {
  if (precision == Precision::bf16) return 116;
  return static_cast<int>(8 * bytes_of(precision));
}

/// Whether the element may be `subject`, which is not finite, because of an overflow.
bool may_overflow_to(double subject, const reference::Truth& truth, const oracle::Bound& bound,
                     std::size_t at) {
  return std::isfinite(truth.value[at]) &&
         oracle::overflows_rightly(subject, bound, oracle::element_size(truth, bound, at),
                                   truth.value[at]);
}

/// How far each element may be from the definition: for exact data the error of rounding it once,
/// NaN where any value is right. Negative where infinity is right as well.
std::vector<double> bounds_of(const oracle::Case& known, const Claims& claims) {
  const reference::Truth& truth = known.truth;
  const bool exact = known.fill->exact && datasets::can_be_exact(claims);
  const FloatFormat format = format_of(storage_of(known.trial.precision));
  const std::optional<oracle::Bound> bound =
      exact ? std::nullopt : std::optional(oracle::bound_for(known, claims));
  std::vector<double> bounds(truth.value.size());
  for (std::size_t at = 0; at < bounds.size(); ++at) {
    const double value = truth.value[at];
    bounds[at] =
        bound ? oracle::bound_at(truth, *bound, at) : std::fabs(round_to(format, value) - value);
    const bool anything = (!truth.ambiguous.empty() && truth.ambiguous[at] != 0) ||
                          (bound && bound->loses(at, oracle::element_size(truth, *bound, at))) ||
                          (bound && may_overflow_to(std::nan(""), truth, *bound, at));
    const double infinite = std::copysign(HUGE_VAL, value);
    if (bound && may_overflow_to(infinite, truth, *bound, at)) bounds[at] = -bounds[at];
    if (anything) bounds[at] = std::nan("");
    if (!std::isfinite(value) && !anything) bounds[at] = 0;
  }
  return bounds;
}

void check_size(std::size_t bytes, const Trial& trial) {
  if (bytes > most_bytes)
    throw SpecError(
        fmt::format("{} makes a program of {} bytes or more; at most {} are written: take a "
                    "trial with smaller tensors",
                    to_string(trial), bytes, most_bytes));
}

}  // namespace

void check_exportable(const Trial& trial) {
  // Every element takes two bytes or more: operands as data, the result as bounds.
  const index_t numbers =
      input_elements(trial.spec) + filter_elements(trial.spec) + output_elements(trial.spec);
  check_size(static_cast<std::size_t>(numbers) * 2, trial);
}

std::string export_program(const oracle::Case& known, const Kernel& kernel, const std::string& name,
                           const std::string& title) {
  const Trial& trial = known.trial;
  const datasets::Operands& data = known.operands;
  if (known.fill->exact && !known.limits)
    throw SpecError(
        fmt::format("{} is too large for exact data; take another fill", to_string(trial)));
  const auto stored = [&](double value) { return element(value, trial.precision); };
  std::string text = texts::export_program_c;
  put(text, "EXPORT_TRIAL", title);
  put(text, "EXPORT_KERNEL", kernel.name);
  put(text, "EXPORT_NAME", name);
  put(text, "EXPORT_STORAGE", std::to_string(storage_number(trial.precision)));
  put(text, "EXPORT_PROBLEM", problem_text(sandbox::plugin_problem(problem_of(trial))));
  put(text, "EXPORT_ALIGN", std::to_string(trial.recipe.align));
  put(text, "EXPORT_INPUT", list_of(data.input, stored));
  put(text, "EXPORT_FILTERS", list_of(data.filters, stored));
  put(text, "EXPORT_OUTPUT", list_of(data.output, stored));
  put(text, "EXPORT_OLD", list_of(data.old_result, stored));
  put(text, "EXPORT_BOUNDS", list_of(bounds_of(known, kernel.claims), number));
  put(text, "/* EXPORT_PLUGIN_H */", texts::plugin_h);
  check_size(text.size(), trial);
  return text;
}

}  // namespace convict::cli
