// SPDX-License-Identifier: Apache-2.0
#include "oracle/probes/bench.hpp"

#include <cstring>

#include "core/half.hpp"
#include "core/spec_text.hpp"
#include "oracle/judge/buffer_layout.hpp"

namespace convict::oracle::probes {

bool Bench::takes(const ConvSpec& spec) {
  const sandbox::Admission admission = sandbox_.admit(problem_of(spec, 1));
  if (admission.end.kind != sandbox::CallEnd::Kind::returned) throw SubjectEnded{admission.end};
  return !admission.refusal;
}

std::optional<ConvSpec> Bench::first_taken(std::span<const std::string_view> specs) {
  for (const bool flip : {false, true})
    for (const std::string_view text : specs) {
      ConvSpec spec = parse_valid_spec(text);
      spec.flip = flip;
      if (takes(spec)) return spec;
    }
  return std::nullopt;
}

std::vector<std::byte> Bench::bits(const ConvSpec& spec, const datasets::Operands& operands,
                                   const Setting& setting) {
  const Problem problem = problem_of(spec, setting.threads);
  const sandbox::Admission admission = sandbox_.admit(problem);
  if (admission.end.kind != sandbox::CallEnd::Kind::returned) throw SubjectEnded{admission.end};
  BufferLayout buffer_layout(problem, setting.align, admission.workspace_bytes);
  const std::span<std::byte> arena = sandbox_.arena(buffer_layout.bytes());
  buffer_layout.prepare(arena, operands, sandbox::Poison::nan);
  const sandbox::CallEnd end = sandbox_.run(problem, buffer_layout.placement());
  if (end.kind != sandbox::CallEnd::Kind::returned) throw SubjectEnded{end};
  return buffer_layout.result(arena);
}

std::vector<double> Bench::values(const ConvSpec& spec, const OperandPair& pair) {
  return decoded(bits(spec, operands_of(pair)), precision_);
}

datasets::Operands Bench::operands_of(const OperandPair& pair) const {
  datasets::Operands operands;
  (pass_ == Pass::grad_input ? operands.output : operands.input) = pair.first;
  (pass_ == Pass::grad_weights ? operands.output : operands.filters) = pair.second;
  return operands;
}

index_t Bench::first_elements(const ConvSpec& spec) const {
  return pass_ == Pass::grad_input ? output_elements(spec) : input_elements(spec);
}
index_t Bench::second_elements(const ConvSpec& spec) const {
  return pass_ == Pass::grad_weights ? output_elements(spec) : filter_elements(spec);
}

Problem Bench::problem_of(const ConvSpec& spec, int threads) const {
  Problem problem;
  problem.spec = spec;
  problem.pass = pass_;
  problem.precision = precision_;
  problem.threads = threads;
  problem.shapes = shapes_of(spec);
  return problem;
}

std::vector<double> decoded(std::span<const std::byte> stored, Precision precision) {
  std::vector<double> values;
  with_storage_type(precision, [&](auto type) {
    using T = decltype(type);
    for (std::size_t at = 0; at < stored.size(); at += sizeof(T)) {
      T value{};
      std::memcpy(&value, &stored[at], sizeof(T));
      values.push_back(static_cast<double>(value));
    }
  });
  return values;
}

}  // namespace convict::oracle::probes
