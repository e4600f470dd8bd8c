/* SPDX-License-Identifier: Apache-2.0 */
/* A convict plug-in in C99: convolution by its definition, forward, f32, any strides.
 *
 *   cc -O2 -shared -fPIC -I<prefix>/include/convict/core direct.c -o direct.so
 *   convict conform --kernel ./direct.so
 */
#include "plugin.h"

/* sum over c and u of w[c,u] x[c, o stride - pad + phi(u) dilation] */
static float dot(const convict_problem* p, const float* w, const float* x, const int64_t o[3]) {
  const int64_t* const s = p->filter_strides + 4; /* c f0 f1 f2 */
  int64_t u[3];
  float sum = 0;
  for (int64_t c = 0; c < p->in_channels / p->groups; ++c)
    for (u[0] = 0; u[0] < p->filter[0]; ++u[0])
      for (u[1] = 0; u[1] < p->filter[1]; ++u[1])
        for (u[2] = 0; u[2] < p->filter[2]; ++u[2]) {
          int64_t from = c * p->input_strides[1];
          int inside = 1;
          for (int a = 0; a < 3; ++a) {
            const int64_t tap = p->flip ? p->filter[a] - 1 - u[a] : u[a];
            const int64_t at = o[a] * p->stride[a] - p->pad_before[a] + tap * p->dilation[a];
            inside = inside && at >= 0 && at < p->input[a];
            from += at * p->input_strides[2 + a];
          }
          if (inside) sum += w[c * s[0] + u[0] * s[1] + u[1] * s[2] + u[2] * s[3]] * x[from];
        }
  return sum;
}

static int run(const convict_problem* p, const convict_buffers* b) {
  const int64_t *const xs = p->input_strides, *const ws = p->filter_strides,
                       *const ys = p->output_strides;
  int64_t o[3];
  for (int64_t n = 0; n < p->batch; ++n)
    for (int64_t k = 0; k < p->out_channels; ++k)
      for (o[0] = 0; o[0] < p->output[0]; ++o[0])
        for (o[1] = 0; o[1] < p->output[1]; ++o[1])
          for (o[2] = 0; o[2] < p->output[2]; ++o[2]) {
            const int64_t c = k / (p->out_channels / p->groups) * (p->in_channels / p->groups);
            const float* x = (const float*)b->input + n * xs[0] + c * xs[1];
            const float* w =
                (const float*)b->filters + k * ws[0] + o[0] * ws[1] + o[1] * ws[2] + o[2] * ws[3];
            float* y = (float*)b->output + n * ys[0] + k * ys[1] + o[0] * ys[2] + o[1] * ys[3] +
                       o[2] * ys[4];
            const double old = p->beta == 0 ? 0 : p->beta * *y;
            *y = (float)(p->alpha * dot(p, w, x, o) + old);
          }
  return 0;
}

/* Problems that are not convolutions have output extents of 0. */
static const char* refuses(const convict_problem* p) {
  return p->output[0] > 0 ? NULL : "not a convolution";
}

static const convict_kernel forward = {.size = sizeof(convict_kernel),
                                       .name = "forward",
                                       .passes = CONVICT_FORWARD,
                                       .precisions = CONVICT_F32,
                                       .any_strides = 1,
                                       .refuses = refuses,
                                       .run = run};
static const convict_kernel* const kernels[] = {&forward};
static const convict_plugin plugin = {sizeof(convict_plugin), CONVICT_PLUGIN_ABI, 1, kernels};

const convict_plugin* convict_plugin_v1(void) { return &plugin; }
