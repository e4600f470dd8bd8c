// SPDX-License-Identifier: Apache-2.0
#include "tests/gpu/toeplitz_cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/half.hpp"
#include "core/spec_text.hpp"
#include "datasets/random.hpp"
#include "reference/truth.hpp"
#include "tests/gpu/guarded_memory.hpp"
#include "tests/plain_tensors.hpp"

namespace convict {
namespace {

using Values = std::vector<double>;
using cuda_on_cpu::GuardedMemory;
using datasets::Draws;

Values integers(index_t count, Draws& draw) {
  Values values(static_cast<std::size_t>(count));
  for (double& value : values)
    value = static_cast<double>(draw.between(1, 12) * (draw.below(2) == 0 ? 1 : -1));
  return values;
}

void draw_axis(ConvSpec& spec, std::size_t a, Draws& draw) {
  spec.filter[a] = draw.below(3) == 0 ? 1 : draw.between(1, 4);
  spec.stride[a] = draw.below(2) == 0 ? 1 : draw.between(1, 4);
  spec.dilation[a] = draw.below(2) == 0 ? 1 : draw.between(1, 3);
  spec.padding[a] =
      draw.below(2) == 0 ? SidePadding{} : SidePadding{draw.between(0, 4), draw.between(0, 4)};
  const index_t padding = spec.padding[a].before + spec.padding[a].after;
  const index_t least = dilated_extent(spec.filter[a], spec.dilation[a]) - padding;
  spec.input[a] = std::max<index_t>(least, 0) + draw.below(spec.rank == 3 ? 4 : 8);
  if (draw.below(4) == 0) spec.input[a] = std::max<index_t>(least, 1);  // one position
}

ConvSpec draw_spec(Draws& draw) {
  ConvSpec spec;
  spec.rank = static_cast<int>(draw.between(1, 3));
  spec.batch = draw.below(15) == 0 ? 0 : draw.between(1, 5);
  spec.groups = draw.below(2) == 0 ? 1 : draw.between(1, 4);
  spec.in_channels = spec.groups * draw.between(draw.below(15) == 0 ? 0 : 1, 4);
  spec.out_channels = spec.groups * draw.between(draw.below(15) == 0 ? 0 : 1, 4);
  for (std::size_t a = 0; a < static_cast<std::size_t>(spec.rank); ++a) draw_axis(spec, a, draw);
  if (draw.below(5) == 0) {
    spec.filter = spec.stride = Axes{1, 1, 1};
    spec.padding = {};
    for (index_t& extent : spec.input) extent = std::max<index_t>(extent, 1);
  }
  spec.flip = draw.below(2) == 0;
  spec.unshared = spec.rank < 3 && draw.below(3) == 0;
  return spec;
}

using Tensors = PlainTensors;

Values truth_of(const ToeplitzCase& it, Tensors tensors) {
  return plain_truth(it.spec, it.pass, it.alpha, it.beta, std::move(tensors));
}

/// A tensor in the precision's storage type, between guards.
class Stored {
 public:
  Stored(const Values& values, Precision precision)
      : precision_(precision),
        memory_(values.size() * static_cast<std::size_t>(bytes_of(precision))) {
    write(values);
  }
  void write(const Values& values) {
    with_storage_type(precision_, [&](auto t) {
      using T = decltype(t);
      for (std::size_t i = 0; i < values.size(); ++i)
        reinterpret_cast<T*>(memory_.data())[i] = static_cast<T>(values[i]);
    });
  }
  /// True when the memory holds `values` rounded to the storage type, and nothing outside was
  /// written.
  bool holds(const Values& values) const {
    return memory_.written_outside().empty() && with_storage_type(precision_, [&](auto t) {
             using T = decltype(t);
             for (std::size_t i = 0; i < values.size(); ++i)
               if (static_cast<double>(reinterpret_cast<const T*>(memory_.data())[i]) !=
                   static_cast<double>(static_cast<T>(values[i])))
                 return false;
             return true;
           });
  }
  std::byte* data() const { return memory_.data(); }
  void poison() const { memory_.poison(); }

 private:
  Precision precision_;
  GuardedMemory memory_;
};

/// True when as many elements of every part were written as the largest chunk has: the workspace is
/// no larger than needed, apart from the padding of lines.
bool is_used(const gpu::ToeplitzPlan& plan, const std::byte* workspace) {
  const index_t columns = plan.images.largest() * plan.groups.largest() * plan.positions.largest();
  const auto used = [&](index_t elements, index_t least, Precision type) {
    const std::byte* const part = workspace;
    workspace += gpu::aligned(static_cast<std::size_t>(elements * bytes_of(type)));
    if (elements > least + least / 4) return false;
    return with_storage_type(type, [&](auto t) {
      const auto* const values = reinterpret_cast<const decltype(t)*>(part);
      return std::count_if(values, values + elements, [](auto value) {
               return !std::isnan(static_cast<double>(value));
             }) >= least;
    });
  };
  const auto& p = plan;
  return used(p.column_elements, p.direct ? 0 : columns * p.depth(), p.column_type()) &&
         used(p.staged_elements, p.staged ? columns * p.geometry.group_out_channels : 0,
              p.staged_type()) &&
         used(p.sum_elements, p.sum_elements, p.accumulator);
}

}  // namespace

Problem problem_of(const ToeplitzCase& it) {
  return {.spec = it.spec,
          .pass = it.pass,
          .precision = it.precision,
          .alpha = it.alpha,
          .beta = it.beta,
          .shapes = shapes_of(it.spec)};
}

std::string text_of(const ToeplitzCase& it) {
  return fmt::format("{}/{}/{} alpha {} beta {} chunks of {}", to_string(it.spec), name_of(it.pass),
                     name_of(it.precision), it.alpha, it.beta, it.chunk_bytes);
}

ToeplitzCase draw_case(std::uint64_t seed) {
  Draws draw(seed, 41);
  constexpr std::array precisions = {Precision::f64, Precision::f32, Precision::tf32,
                                     Precision::f16, Precision::bf16};
  constexpr std::array alphas = {1.0, 1.0, 2.0, -1.0, 0.5};
  constexpr std::array betas = {0.0, 0.0, 1.0, -3.0, 0.25};
  constexpr std::array<index_t, 7> chunks = {1, 100, 300, 1000, 3000, 20000, 28 << 20};
  ToeplitzCase it;
  do it.spec = draw_spec(draw);
  while (why_invalid(it.spec));
  it.pass = draw.one_of(all_passes);
  it.precision = draw.one_of(precisions);
  it.alpha = draw.one_of(alphas);
  it.beta = draw.one_of(betas);
  it.chunk_bytes = draw.one_of(chunks);
  return it;
}

std::string run_on(gpu::Queue& queue, const ToeplitzCase& it) {
  const auto call = [&](const gpu::ToeplitzPlan& plan, const Buffers& buffers) {
    const auto memory = [](void* data) { return static_cast<std::byte*>(data); };
    gpu::enqueue_toeplitz(plan,
                          {memory(buffers.input), memory(buffers.filters), memory(buffers.output),
                           memory(buffers.workspace)},
                          queue);
  };
  return run_with({gpu::toeplitz_workspace, [](std::byte* workspace) { return workspace; }, call},
                  it);
}

std::string run_with(const ToeplitzCaller& caller, const ToeplitzCase& it) {
  Draws draw(1, 42);
  Tensors tensors{integers(input_elements(it.spec), draw), integers(filter_elements(it.spec), draw),
                  integers(output_elements(it.spec), draw)};
  const gpu::ToeplitzPlan plan = gpu::plan_toeplitz(problem_of(it), it.chunk_bytes);
  const Stored input(tensors.input, it.precision), filters(tensors.filters, it.precision),
      output(tensors.output, it.precision);
  const GuardedMemory workspace(caller.workspace_bytes(plan));
  if (it.beta == 0) {
    if (it.pass == Pass::forward) output.poison();
    if (it.pass == Pass::grad_input) input.poison();
    if (it.pass == Pass::grad_weights) filters.poison();
  }
  try {
    caller.call(plan,
                {input.data(), filters.data(), output.data(), workspace.data(), workspace.bytes()});
  } catch (const std::logic_error& error) {
    return error.what();
  }
  tensors.written(it.pass) = truth_of(it, tensors);
  if (!workspace.written_outside().empty()) return workspace.written_outside() + ", the workspace";
  if (!is_used(plan, caller.algorithms_part(workspace.data())))
    return "asks for workspace that it does not use";
  if (!input.holds(tensors.input)) return "the input is not right";
  if (!filters.holds(tensors.filters)) return "the filters are not right";
  if (!output.holds(tensors.output)) return "the output is not right";
  return "";
}

}  // namespace convict
