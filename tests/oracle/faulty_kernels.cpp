// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/faulty_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "core/half.hpp"
#include "reference/kernels.hpp"

namespace convict::oracle {
namespace {

/// The reference on a spec that `change` has changed.
Kernel with_spec_changed(std::function<void(ConvSpec&)> change) {
  return kernel_of([change = std::move(change)](const Problem& problem, const Buffers& buffers) {
    Problem other = problem;
    other.spec = with_explicit_padding(problem.spec);
    change(other.spec);
    reference().run(other, buffers);
  });
}

/// Chooses the padding behind so that the output keeps its extent.
void keep_output(ConvSpec& spec, std::size_t a, index_t output) {
  const index_t padded =
      (output - 1) * spec.stride[a] + dilated_extent(spec.filter[a], spec.dilation[a]);
  spec.padding[a].after = padded - spec.input[a] - spec.padding[a].before;
}

void every_axis(ConvSpec& spec, void (*change)(ConvSpec&, std::size_t)) {
  const Axes output = output_extents(spec);
  for (std::size_t a = 0; a < static_cast<std::size_t>(spec.rank); ++a) {
    change(spec, a);
    keep_output(spec, a, output[a]);
  }
}

/// The reference with `see` applied to every element of its first operand.
Kernel with_first_operand(std::function<float(const Problem&, index_t at, float value)> see) {
  return kernel_of([see = std::move(see)](const Problem& problem, const Buffers& buffers) {
    const auto seen = [&](const void* memory, index_t span) {
      std::vector<float> values(static_cast<std::size_t>(span));
      std::memcpy(values.data(), memory, values.size() * sizeof(float));
      for (index_t at = 0; at < span; ++at)
        values[static_cast<std::size_t>(at)] =
            see(problem, at, values[static_cast<std::size_t>(at)]);
      return values;
    };
    Buffers other = buffers;
    const bool by_output = problem.pass == Pass::grad_input;
    auto values = by_output ? seen(buffers.output, problem.shapes.output.span())
                            : seen(buffers.input, problem.shapes.input.span());
    (by_output ? other.output : other.input) = values.data();
    reference().run(problem, other);
  });
}

}  // namespace

const Kernel& reference() { return ::convict::reference::kernels().front(); }

Kernel kernel_of(Run run) {
  Kernel kernel = reference();
  kernel.name = "test.faulty";
  kernel.precisions = {Precision::f32};  // faults handle elements as float
  kernel.run = std::move(run);
  return kernel;
}

float* result_of(const Problem& problem, const Buffers& buffers) {
  void* const memory = problem.pass == Pass::forward      ? buffers.output
                       : problem.pass == Pass::grad_input ? buffers.input
                                                          : buffers.filters;
  return static_cast<float*>(memory);
}

index_t results_of(const Problem& problem) {
  return problem.pass == Pass::forward      ? problem.shapes.output.elements()
         : problem.pass == Pass::grad_input ? problem.shapes.input.elements()
                                            : problem.shapes.filters.elements();
}

Kernel first_wrong(Predicate when) {
  return kernel_of([when = std::move(when)](const Problem& problem, const Buffers& buffers) {
    reference().run(problem, buffers);
    if (when(problem, buffers)) result_of(problem, buffers)[0] += 1;
  });
}

Kernel all_wrong(Predicate when) {
  return kernel_of([when = std::move(when)](const Problem& problem, const Buffers& buffers) {
    reference().run(problem, buffers);
    if (!when(problem, buffers)) return;
    float* const result = result_of(problem, buffers);
    for (index_t at = 0; at < results_of(problem); ++at) result[at] += 1;
  });
}

Kernel adds_its_number() {
  return kernel_of([](const Problem& problem, const Buffers& buffers) {
    reference().run(problem, buffers);
    float* const result = result_of(problem, buffers);
    for (index_t at = 0; at < results_of(problem); ++at) result[at] += static_cast<float>(at);
  });
}

bool always(const Problem&, const Buffers&) { return true; }

Kernel no_dilation() {
  return with_spec_changed([](ConvSpec& spec) {
    every_axis(spec, [](ConvSpec& s, std::size_t a) { s.dilation[a] = 1; });
  });
}
Kernel stride_of_one() {
  return with_spec_changed([](ConvSpec& spec) {
    every_axis(spec, [](ConvSpec& s, std::size_t a) { s.stride[a] = 1; });
  });
}
Kernel pads_behind_only() {
  return with_spec_changed([](ConvSpec& spec) {
    every_axis(spec, [](ConvSpec& s, std::size_t a) { s.padding[a].before = 0; });
  });
}
Kernel never_flips() {
  return with_spec_changed([](ConvSpec& spec) { spec.flip = false; });
}

Kernel saturating() {
  return with_first_operand(
      [](const Problem&, index_t, float value) { return std::clamp(value, -1.0F, 1.0F); });
}
Kernel rounding_to_bf16() {
  return with_first_operand([](const Problem&, index_t, float value) {
    return static_cast<float>(round_to(format_of(Precision::bf16), static_cast<double>(value)));
  });
}
Kernel wavering() {
  auto calls = std::make_shared<int>(0);
  return kernel_of([calls](const Problem& problem, const Buffers& buffers) {
    reference().run(problem, buffers);
    float& first = result_of(problem, buffers)[0];
    if (++*calls % 2 == 0) first = std::nextafter(first, std::numeric_limits<float>::infinity());
  });
}
Kernel without_last_channel() {
  return with_first_operand([](const Problem& problem, index_t at, float value) {
    const InputShape& shape =
        problem.pass == Pass::grad_input ? problem.shapes.output : problem.shapes.input;
    return at / shape.strides[1] % shape.extents[1] == shape.extents[1] - 1 ? 0 : value;
  });
}
Kernel without_last_image() {
  return with_first_operand([](const Problem& problem, index_t at, float value) {
    const InputShape& shape =
        problem.pass == Pass::grad_input ? problem.shapes.output : problem.shapes.input;
    return at / shape.strides[0] == shape.extents[0] - 1 ? 0 : value;
  });
}

Kernel every_nth_wrong(int n) {
  auto calls = std::make_shared<int>(0);
  return first_wrong([calls, n](const Problem&, const Buffers&) { return ++*calls % n == 0; });
}

Kernel remembering() {
  auto last = std::make_shared<Problem>();
  return kernel_of([last](const Problem& problem, const Buffers& buffers) {
    Problem used = problem;
    if (last->shapes == problem.shapes) used.spec = last->spec;
    *last = used;
    reference().run(used, buffers);
  });
}

Kernel keeping_its_batch() {
  auto images = std::make_shared<index_t>(0);
  return with_first_operand([images](const Problem& problem, index_t at, float value) {
    const InputShape& shape =
        problem.pass == Pass::grad_input ? problem.shapes.output : problem.shapes.input;
    if (*images == 0) *images = problem.spec.batch;
    return at / shape.strides[0] >= *images ? 0 : value;
  });
}

Kernel dirty_workspace(std::size_t bytes, float factor) {
  Kernel kernel = kernel_of([factor](const Problem& problem, const Buffers& buffers) {
    reference().run(problem, buffers);
    float found = 0;
    std::memcpy(&found, buffers.workspace, sizeof(found));
    result_of(problem, buffers)[0] += factor * found;
  });
  kernel.workspace_bytes = [bytes](const Problem&) { return bytes; };
  return kernel;
}
Kernel past_workspace() {
  Kernel kernel = kernel_of([](const Problem& problem, const Buffers& buffers) {
    reference().run(problem, buffers);
    std::memset(buffers.workspace, 0, buffers.workspace_bytes + 1);
  });
  kernel.workspace_bytes = [](const Problem&) { return std::size_t{100}; };
  return kernel;
}

Kernel reads_old_result() {
  return kernel_of([](const Problem& problem, const Buffers& buffers) {
    const float old = result_of(problem, buffers)[0];
    reference().run(problem, buffers);
    if (problem.beta == 0) result_of(problem, buffers)[0] += 0 * old;
  });
}
Kernel scales_old_result_by_alpha() {
  return kernel_of([](const Problem& problem, const Buffers& buffers) {
    Problem other = problem;
    other.beta *= other.alpha;
    reference().run(other, buffers);
  });
}

bool misaligned_by(const Problem& problem, const Buffers& buffers, std::uintptr_t elements) {
  return reinterpret_cast<std::uintptr_t>(result_of(problem, buffers)) % 64 == 4 * elements;
}
bool is_nhwc(const Problem& problem) { return problem.shapes.input.strides[1] == 1; }

Kernel ignores_gaps() {
  return kernel_of([](const Problem& problem, const Buffers& buffers) {
    Problem other = problem;
    if (!is_nhwc(problem)) other.shapes = shapes_of(problem.spec);
    reference().run(other, buffers);
  });
}

}  // namespace convict::oracle
