/* SPDX-License-Identifier: Apache-2.0 */
/* A convict plug-in: all three passes by one nest of loops, f64, any strides.
 *
 *   cc -O2 -shared -fPIC -I<prefix>/include/convict/core direct_all.c -o direct_all.so
 *   convict conform --kernel ./direct_all.so
 *
 * Every multiply-add involves one element of each tensor; the pass determines which two are
 * multiplied and to which the product is added. The old result is scaled by beta first.
 */
#include "plugin.h"

/* Scales the tensor of `rank` axes at `data`. With beta 0 the old values are not read. */
static void scale(double* data, int rank, const int64_t* extents, const int64_t* strides,
                  double beta) {
  if (rank == 0)
    *data = beta == 0 ? 0 : beta * *data;
  else
    for (int64_t i = 0; i < extents[0]; ++i)
      scale(data + i * strides[0], rank - 1, extents + 1, strides + 1, beta);
}

static void scale_result(const convict_problem* p, const convict_buffers* b) {
  const int64_t* const o = p->output;
  const int banks =
      p->unshared ? 1 : 0; /* shared filters are one bank, whatever the output extents */
  const int64_t x[5] = {p->batch, p->in_channels, p->input[0], p->input[1], p->input[2]};
  const int64_t y[5] = {p->batch, p->out_channels, o[0], o[1], o[2]};
  const int64_t w[8] = {p->out_channels,
                        banks ? o[0] : 1,
                        banks ? o[1] : 1,
                        banks ? o[2] : 1,
                        p->in_channels / p->groups,
                        p->filter[0],
                        p->filter[1],
                        p->filter[2]};
  if (p->pass == CONVICT_FORWARD) scale(b->output, 5, y, p->output_strides, p->beta);
  if (p->pass == CONVICT_GRAD_INPUT) scale(b->input, 5, x, p->input_strides, p->beta);
  if (p->pass == CONVICT_GRAD_WEIGHTS) scale(b->filters, 8, w, p->filter_strides, p->beta);
}

/* All multiply-adds that output element (n, k, o) takes part in. */
static void taps(const convict_problem* p, const convict_buffers* b, int64_t n, int64_t k,
                 const int64_t o[3]) {
  const int64_t *const xs = p->input_strides, *const ws = p->filter_strides,
                       *const ys = p->output_strides;
  const int64_t group = k / (p->out_channels / p->groups), channels = p->in_channels / p->groups;
  double* const y =
      (double*)b->output + n * ys[0] + k * ys[1] + o[0] * ys[2] + o[1] * ys[3] + o[2] * ys[4];
  int64_t u[3];
  for (int64_t c = 0; c < channels; ++c)
    for (u[0] = 0; u[0] < p->filter[0]; ++u[0])
      for (u[1] = 0; u[1] < p->filter[1]; ++u[1])
        for (u[2] = 0; u[2] < p->filter[2]; ++u[2]) {
          int64_t x_at = n * xs[0] + (group * channels + c) * xs[1], w_at = k * ws[0] + c * ws[4];
          int inside = 1;
          for (int a = 0; a < 3; ++a) {
            const int64_t tap = p->flip ? p->filter[a] - 1 - u[a] : u[a];
            const int64_t at = o[a] * p->stride[a] - p->pad_before[a] + tap * p->dilation[a];
            inside = inside && at >= 0 && at < p->input[a];
            x_at += at * xs[2 + a];
            w_at += o[a] * ws[1 + a] + u[a] * ws[5 + a];
          }
          if (!inside) continue;
          double *const x = (double*)b->input + x_at, *const w = (double*)b->filters + w_at;
          if (p->pass == CONVICT_FORWARD) *y += p->alpha * *w * *x;
          if (p->pass == CONVICT_GRAD_INPUT) *x += p->alpha * *w * *y;
          if (p->pass == CONVICT_GRAD_WEIGHTS) *w += p->alpha * *y * *x;
        }
}

static int run(const convict_problem* p, const convict_buffers* b) {
  int64_t o[3];
  scale_result(p, b);
  for (int64_t n = 0; n < p->batch; ++n)
    for (int64_t k = 0; k < p->out_channels; ++k)
      for (o[0] = 0; o[0] < p->output[0]; ++o[0])
        for (o[1] = 0; o[1] < p->output[1]; ++o[1])
          for (o[2] = 0; o[2] < p->output[2]; ++o[2]) taps(p, b, n, k, o);
  return 0;
}

/* Problems that are not convolutions have output extents of 0. */
static const char* refuses(const convict_problem* p) {
  return p->output[0] > 0 ? NULL : "not a convolution";
}

static const convict_kernel direct = {
    .size = sizeof(convict_kernel),
    .name = "loops",
    .passes = CONVICT_FORWARD | CONVICT_GRAD_INPUT | CONVICT_GRAD_WEIGHTS,
    .precisions = CONVICT_F64,
    .any_strides = 1,
    .refuses = refuses,
    .run = run};
static const convict_kernel* const kernels[] = {&direct};
static const convict_plugin plugin = {sizeof(convict_plugin), CONVICT_PLUGIN_ABI, 1, kernels};

const convict_plugin* convict_plugin_v1(void) { return &plugin; }
