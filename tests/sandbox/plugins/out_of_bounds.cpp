// SPDX-License-Identifier: Apache-2.0
// Kernels that compute a right convolution (dense images in f32) and then make one wrong access to
// memory or use a cached result. The test selects them by name.
#include <unistd.h>

#include <thread>
#include <vector>

#include "core/plugin.h"

namespace {

using Problem = convict_problem;
using Buffers = convict_buffers;

float* input(const Buffers* b) { return static_cast<float*>(b->input); }
float* filters(const Buffers* b) { return static_cast<float*>(b->filters); }
float* output(const Buffers* b) { return static_cast<float*>(b->output); }

int64_t inputs(const Problem* p) { return p->batch * p->input_strides[0]; }
int64_t outputs(const Problem* p) { return p->batch * p->output_strides[0]; }

float dot(const Problem* p, const float* w, const float* x, int64_t i, int64_t j) {
  float sum = 0;
  for (int64_t c = 0; c < p->in_channels; ++c)
    for (int64_t u = 0; u < p->filter[1]; ++u)
      for (int64_t v = 0; v < p->filter[2]; ++v)
        sum += w[c * p->filter_strides[4] + u * p->filter_strides[6] + v * p->filter_strides[7]] *
               x[c * p->input_strides[1] + (i + u) * p->input_strides[3] + j + v];
  return sum;
}

void convolve(const Problem* p, const Buffers* b) {
  float* y = output(b);
  for (int64_t n = 0; n < p->batch; ++n)
    for (int64_t k = 0; k < p->out_channels; ++k)
      for (int64_t i = 0; i < p->output[1]; ++i)
        for (int64_t j = 0; j < p->output[2]; ++j)
          *y++ = dot(p, filters(b) + k * p->filter_strides[0], input(b) + n * p->input_strides[0],
                     i, j);
}

void read(const float* address) { static_cast<void>(*static_cast<const volatile float*>(address)); }

int behaves(const Problem* p, const Buffers* b) { return convolve(p, b), 0; }

int reads_behind_input(const Problem* p, const Buffers* b) {
  return convolve(p, b), read(input(b) + inputs(p)), 0;
}
int reads_4_behind_input(const Problem* p, const Buffers* b) {
  return convolve(p, b), read(input(b) + inputs(p) + 3), 0;
}
int reads_5_behind_input(const Problem* p, const Buffers* b) {
  return convolve(p, b), read(input(b) + inputs(p) + 4), 0;
}
int reads_before_filters(const Problem* p, const Buffers* b) {
  return convolve(p, b), read(filters(b) - 1), 0;
}
int writes_behind_output(const Problem* p, const Buffers* b) {
  convolve(p, b);
  output(b)[outputs(p)] = 0;
  return 0;
}
int writes_before_output(const Problem* p, const Buffers* b) {
  convolve(p, b);
  output(b)[-1] = 0;
  return 0;
}
// Changes an operand and restores it, as an in-place flip would.
int borrows_its_filters(const Problem* p, const Buffers* b) {
  volatile float* const w = filters(b);
  const float first = w[0];
  w[0] = 7;
  w[0] = first;
  return convolve(p, b), 0;
}
int overwrites_its_input(const Problem* p, const Buffers* b) {
  convolve(p, b);
  for (int64_t i = 0; i < inputs(p); ++i) input(b)[i] = 7;
  return 0;
}
// Masks a value by multiplying it by zero, which fails for a NaN.
int adds_zero_times_what_lies_behind(const Problem* p, const Buffers* b) {
  convolve(p, b);
  output(b)[0] += 0 * input(b)[inputs(p)];
  return 0;
}
int adds_zero_times_the_old_result(const Problem* p, const Buffers* b) {
  const float old = output(b)[1];
  convolve(p, b);
  output(b)[1] += 0 * old;
  return 0;
}
int adds_zero_times_its_workspace(const Problem* p, const Buffers* b) {
  convolve(p, b);
  output(b)[0] += 0 * static_cast<float*>(b->workspace)[2];
  return 0;
}
int wants_aligned_buffers(const Problem* p, const Buffers* b) {
  for (const void* buffer : {b->input, b->filters, b->output})
    if (reinterpret_cast<uintptr_t>(buffer) % (4 * sizeof(float)) != 0) return 1;
  return convolve(p, b), 0;
}
int writes_later(const Problem* p, const Buffers* b) {
  convolve(p, b);
  std::thread([y = output(b)] {
    ::usleep(30'000);
    *static_cast<volatile float*>(y) = 0;
  }).detach();
  return 0;
}

int returns_without_writing(const Problem*, const Buffers*) { return 0; }
int gives_the_previous_result(const Problem* p, const Buffers* b) {
  static std::vector<float> previous;
  convolve(p, b);
  const std::vector<float> latest(output(b), output(b) + outputs(p));
  for (size_t i = 0; i < latest.size() && i < previous.size(); ++i) output(b)[i] = previous[i];
  previous = latest;
  return 0;
}
int is_right_ten_times(const Problem* p, const Buffers* b) {
  static int calls = 0;
  convolve(p, b);
  if (++calls > 10) output(b)[0] += 1;
  return 0;
}

size_t a_few_bytes(const Problem*) { return 64; }

constexpr convict_kernel kernel(const char* name, int (*run)(const Problem*, const Buffers*)) {
  convict_kernel made{};
  made.size = sizeof(made);
  made.name = name;
  made.passes = CONVICT_FORWARD;
  made.precisions = CONVICT_F32;
  made.run = run;
  return made;
}
constexpr convict_kernel may_read_4_behind(convict_kernel made) {
  made.over_read = 4;
  return made;
}
constexpr convict_kernel aligned_to_4(convict_kernel made) {
  made.required_alignment = 4;
  return made;
}
constexpr convict_kernel with_workspace(convict_kernel made) {
  made.workspace_bytes = a_few_bytes;
  return made;
}

const convict_kernel kernels[] = {
    kernel("behaves", behaves),
    kernel("reads_behind_input", reads_behind_input),
    may_read_4_behind(kernel("reads_4_behind_input", reads_4_behind_input)),
    may_read_4_behind(kernel("reads_5_behind_input", reads_5_behind_input)),
    kernel("reads_before_filters", reads_before_filters),
    kernel("writes_behind_output", writes_behind_output),
    kernel("writes_before_output", writes_before_output),
    kernel("borrows_its_filters", borrows_its_filters),
    kernel("overwrites_its_input", overwrites_its_input),
    kernel("adds_zero_times_what_lies_behind", adds_zero_times_what_lies_behind),
    kernel("adds_zero_times_the_old_result", adds_zero_times_the_old_result),
    with_workspace(kernel("adds_zero_times_its_workspace", adds_zero_times_its_workspace)),
    aligned_to_4(kernel("wants_aligned_buffers", wants_aligned_buffers)),
    kernel("writes_later", writes_later),
    kernel("returns_without_writing", returns_without_writing),
    kernel("gives_the_previous_result", gives_the_previous_result),
    kernel("is_right_ten_times", is_right_ten_times),
};
constexpr int kernel_count = sizeof(kernels) / sizeof(kernels[0]);

}  // namespace

extern "C" const convict_plugin* convict_plugin_v1() {
  static const convict_kernel* pointers[kernel_count];
  for (int i = 0; i < kernel_count; ++i) pointers[i] = &kernels[i];
  static const convict_plugin plugin = {sizeof(convict_plugin), CONVICT_PLUGIN_ABI, kernel_count,
                                        pointers};
  return &plugin;
}
