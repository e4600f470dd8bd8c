/* SPDX-License-Identifier: Apache-2.0 */
/* A convict plug-in with a fault, to show how it is found: a dilated filter skips the last row and
 * the last column of the input. 2-D forward convolution in f32, one group, dense tensors.
 *
 *   cc -O2 -shared -fPIC -I<prefix>/include/convict/core faulty.c -o faulty.so
 *   convict conform --kernel ./faulty.so
 */
#include "plugin.h"

/* The fault: `end` should be input[a] for any dilation. */
static int inside(const convict_problem* p, int a, int64_t at) {
  const int64_t end = p->dilation[a] > 1 ? p->input[a] - 1 : p->input[a];
  return at >= 0 && at < end;
}

/* sum over c, u, v of w[c,u,v] x[c, i sh - top + u dh, j sw - left + v dw] */
static float dot(const convict_problem* p, const float* w, const float* x, int64_t i, int64_t j) {
  float sum = 0;
  for (int64_t c = 0; c < p->in_channels; ++c)
    for (int64_t u = 0; u < p->filter[1]; ++u)
      for (int64_t v = 0; v < p->filter[2]; ++v) {
        const int64_t row = i * p->stride[1] - p->pad_before[1] + u * p->dilation[1];
        const int64_t column = j * p->stride[2] - p->pad_before[2] + v * p->dilation[2];
        if (inside(p, 1, row) && inside(p, 2, column))
          sum += w[(c * p->filter[1] + u) * p->filter[2] + v] *
                 x[(c * p->input[1] + row) * p->input[2] + column];
      }
  return sum;
}

static int run(const convict_problem* p, const convict_buffers* b) {
  const int64_t image = p->in_channels * p->input[1] * p->input[2];
  const int64_t bank = p->in_channels * p->filter[1] * p->filter[2];
  float* y = b->output;
  for (int64_t n = 0; n < p->batch; ++n)
    for (int64_t k = 0; k < p->out_channels; ++k)
      for (int64_t i = 0; i < p->output[1]; ++i)
        for (int64_t j = 0; j < p->output[2]; ++j, ++y)
          *y =
              dot(p, (const float*)b->filters + k * bank, (const float*)b->input + n * image, i, j);
  return 0;
}

static const char* refuses(const convict_problem* p) {
  if (p->output[0] <= 0) return "not a convolution";
  if (p->rank != 2) return "2-D only";
  if (p->groups != 1) return "one group only";
  if (p->flip || p->unshared) return "shared filters, not flipped";
  return p->alpha == 1 && p->beta == 0 ? NULL : "alpha 1 and beta 0 only";
}

static const convict_kernel forward = {.size = sizeof(convict_kernel),
                                       .name = "forward",
                                       .passes = CONVICT_FORWARD,
                                       .precisions = CONVICT_F32,
                                       .refuses = refuses,
                                       .run = run};
static const convict_kernel* const kernels[] = {&forward};
static const convict_plugin plugin = {sizeof(convict_plugin), CONVICT_PLUGIN_ABI, 1, kernels};

const convict_plugin* convict_plugin_v1(void) { return &plugin; }
