// SPDX-License-Identifier: Apache-2.0
// Kernels that claim what allows them most, each with a right answer and with wrong ones that no
// claim excuses; and kernels whose words would control a terminal. Names are ANSWER.CLAIMS.
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "plugin.hpp"

namespace {

using convict::plugin::Call;
using convict::plugin::Row;
using convict::plugin::Table;

constexpr const char* evil =
    "\x1b[2J\a\n| <b>x</b> \xC2\x9B"
    "31m\xFF";

double sum_at(const Call& call, std::int64_t n, std::int64_t k, const std::int64_t (&o)[3]) {
  const convict_problem& p = call.problem;
  const auto x = call.input<const float>();
  const auto w = call.filters<const float>();
  const std::int64_t first = k / (p.out_channels / p.groups) * (p.in_channels / p.groups);
  float sum = 0;
  for (std::int64_t c = 0; c < p.in_channels / p.groups; ++c)
    for (std::int64_t u0 = 0; u0 < p.filter[0]; ++u0)
      for (std::int64_t u1 = 0; u1 < p.filter[1]; ++u1)
        for (std::int64_t u2 = 0; u2 < p.filter[2]; ++u2) {
          const std::int64_t u[3] = {u0, u1, u2};
          std::int64_t at[3];
          bool inside = true;
          for (int a = 0; a < 3; ++a) {
            const std::int64_t tap = p.flip != 0 ? p.filter[a] - 1 - u[a] : u[a];
            at[a] = o[a] * p.stride[a] - p.pad_before[a] + tap * p.dilation[a];
            inside = inside && at[a] >= 0 && at[a] < p.input[a];
          }
          if (inside)
            sum += x(n, first + c, at[0], at[1], at[2]) * w(k, o[0], o[1], o[2], c, u0, u1, u2);
        }
  return static_cast<double>(sum);
}

/// y = answer(alpha * sum + beta * y), except where `left_out`.
void convolve(const Call& call, double (*answer)(double), bool leaves_first) {
  const convict_problem& p = call.problem;
  const auto y = call.output<float>();
  for (std::int64_t n = 0; n < p.batch; ++n)
    for (std::int64_t k = 0; k < p.out_channels; ++k)
      for (std::int64_t i = 0; i < p.output[0]; ++i)
        for (std::int64_t j = 0; j < p.output[1]; ++j)
          for (std::int64_t l = 0; l < p.output[2]; ++l) {
            if (leaves_first && n + k + i + j + l == 0) continue;
            const std::int64_t o[3] = {i, j, l};
            float& element = y(n, k, i, j, l);
            const double old = p.beta == 0 ? 0 : p.beta * static_cast<double>(element);
            element = static_cast<float>(answer(p.alpha * sum_at(call, n, k, o) + old));
          }
}

double itself(double value) { return value; }
double nan_always(double) { return std::numeric_limits<double>::quiet_NaN(); }
double infinite_always(double) { return std::numeric_limits<double>::infinity(); }
double finite_always(double value) { return std::isfinite(value) ? value : 0; }

/// What the kernel claims about memory is used: buffers must be aligned, and are read behind.
void use_memory(const Call& call) {
  const convict_problem& p = call.problem;
  const void* const buffers[] = {call.buffers.input, call.buffers.filters, call.buffers.output};
  const std::int64_t elements[] = {p.batch * p.input_strides[0],
                                   p.out_channels * p.filter_strides[0],
                                   p.batch * p.output_strides[0]};
  for (int i = 0; i < 3; ++i) {
    if (reinterpret_cast<std::uintptr_t>(buffers[i]) % (4096 * sizeof(float)) != 0)
      throw std::runtime_error("a buffer is not aligned as claimed");
    const auto* const end = static_cast<const volatile float*>(buffers[i]) + elements[i];
    for (int behind = 0; behind < 4096; behind += 16) static_cast<void>(end[behind]);
  }
}

struct Claims {
  const char* name;
  convict_kernel kernel;
};

std::vector<Claims> all_claims() {
  std::vector<Claims> all = {{"plain", {}},       {"f40_3", {}},        {"f4_3_in_bf16", {}},
                             {"fft_in_bf16", {}}, {"deep_in_bf16", {}}, {"memory", {}}};
  all[1].kernel.arithmetic = all[2].kernel.arithmetic = CONVICT_WINOGRAD;
  all[1].kernel.winograd_tile = 40;
  all[2].kernel.winograd_tile = 4;
  all[1].kernel.winograd_taps = all[2].kernel.winograd_taps = 3;
  all[3].kernel.arithmetic = CONVICT_FFT;
  for (std::size_t i = 2; i < 5; ++i) all[i].kernel.accumulator = CONVICT_BF16;
  all[4].kernel.accumulation_depth = std::int64_t{1} << 40;
  all[5].kernel.required_alignment = all[5].kernel.over_read = 4096;
  return all;
}

std::vector<Row> rows() {
  struct Answer {
    const char* name;
    double (*of)(double);
    bool leaves_first;
  };
  const Answer answers[] = {{"right", itself, false},
                            {"nan", nan_always, false},
                            {"infinity", infinite_always, false},
                            {"finite", finite_always, false},
                            {"unwritten", itself, true}};
  std::vector<Row> made;
  for (const Claims& claims : all_claims())
    for (const Answer& answer : answers) {
      const bool uses_memory = claims.kernel.over_read > 0;
      Row row(std::string(answer.name) + "." + claims.name,
              [answer, uses_memory](const Call& call) {
                if (uses_memory) use_memory(call);
                convolve(call, answer.of, answer.leaves_first);
              });
      row.claims = claims.kernel;
      made.push_back(std::move(row));
    }
  made.emplace_back("evil.refusal", [](const Call&) {});
  made.back().refuses = [](const convict_problem&) { return std::string(evil); };
  made.emplace_back("evil.failure", [](const Call&) { throw std::runtime_error(evil); });
  return made;
}

}  // namespace

extern "C" const convict_plugin* convict_plugin_v1() {
  static const Table table(rows());
  return table.get();
}
