/* SPDX-License-Identifier: Apache-2.0 */
/* One trial of a convolution kernel as a program of its own, written by convict export.
 *
 *   trial    EXPORT_TRIAL
 *   kernel   EXPORT_KERNEL
 *
 *   cc -g repro.c -o repro -lm -ldl && ./repro ./my_kernel.so
 *   cc -g repro.c my_kernel.c -o repro -lm -ldl && ./repro      (the kernel compiled in)
 *
 * Exit status: 0 right, 1 wrong, 2 the kernel cannot be run. Memory around and between the elements
 * of a tensor is NaN; with -fsanitize=address every tensor ends where its memory ends.
 */
#define _POSIX_C_SOURCE 200112L
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* EXPORT_PLUGIN_H */
#define KERNEL_NAME "EXPORT_NAME"
#define STORAGE EXPORT_STORAGE /* bits of an element: 64, 32, or 16 for f16 and 116 for bf16 */

/* Results are computed again in this type. */
typedef long double wide;
#if STORAGE == 64
typedef double element;
#elif STORAGE == 32
typedef float element;
#else
typedef uint16_t element;
#endif

static const convict_problem problem = {EXPORT_PROBLEM};
enum {
  MISALIGNED = EXPORT_ALIGN
}; /* elements between a 64-byte boundary and the start of a tensor */

/* Dense and row-major, without the gaps that the problem's strides may have. The tensor that the
 * pass writes has no values here; the old result has none when beta is 0. */
static const element input_values[] = {EXPORT_INPUT};
static const element filter_values[] = {EXPORT_FILTERS};
static const element output_values[] = {EXPORT_OUTPUT};
static const element old_values[] = {EXPORT_OLD};

/* How far each element of the result may be from the definition; NAN: any value is right. */
static const double bounds[] = {EXPORT_BOUNDS};

static wide value_of(element stored) {
#if STORAGE == 64 || STORAGE == 32
  return stored;
#elif STORAGE == 116
  const uint32_t bits = (uint32_t)stored << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
#else
  const int exponent = stored >> 10 & 31, fraction = stored & 1023;
  const double magnitude = exponent == 31  ? (fraction != 0 ? NAN : INFINITY)
                           : exponent == 0 ? ldexp(fraction, -24)
                                           : ldexp(1024 + fraction, exponent - 25);
  return stored >> 15 ? -magnitude : magnitude;
#endif
}

/* A tensor: its axes, and its memory with gaps between elements. */
typedef struct tensor {
  int axes;
  int64_t extents[8];
  int64_t strides[8];
  int64_t elements;
  element* data;
  const element* dense; /* what it holds before the run; null: nothing */
  void* memory;
} tensor;

/* Offset of the `at`-th element in row-major order. */
static int64_t offset_of(const tensor* t, int64_t at) {
  int64_t offset = 0;
  for (int a = t->axes - 1; a >= 0; at /= t->extents[a], --a)
    offset += at % t->extents[a] * t->strides[a];
  return offset;
}

static void place(tensor* t, const element* dense) {
#if defined(__SANITIZE_ADDRESS__)
  enum { guard = 0 };
#else
  enum { guard = 4096 };
#endif
  int64_t span = 1, before = 0; /* memory, and how much of it lies before the first element */
  t->elements = 1;
  for (int a = 0; a < t->axes; ++a) {
    const int64_t reach = (t->extents[a] - 1) * t->strides[a];
    span += reach < 0 ? -reach : reach;
    before += reach < 0 ? -reach : 0;
    t->elements *= t->extents[a];
  }
  if (t->elements == 0) span = before = 0;
  const size_t bytes = sizeof(element) * (size_t)(span + MISALIGNED + 2 * guard);
  if (posix_memalign(&t->memory, 64, bytes + (bytes == 0)) != 0) exit(2);
  memset(t->memory, 0xFF, bytes);
  t->data = (element*)t->memory + guard + MISALIGNED + before;
  t->dense = dense;
  for (int64_t at = 0; dense != NULL && at < t->elements; ++at)
    t->data[offset_of(t, at)] = dense[at];
}

static tensor image(int64_t batch, int64_t channels, const int64_t* extents,
                    const int64_t* strides) {
  tensor t = {.axes = 5, .extents = {batch, channels, extents[0], extents[1], extents[2]}};
  memcpy(t.strides, strides, 5 * sizeof *strides);
  return t;
}

static tensor filter_bank(void) {
  const convict_problem* const p = &problem;
  tensor t = {.axes = 8, .extents = {p->out_channels, 1, 1, 1, p->in_channels / p->groups}};
  for (int a = 0; a < 3; ++a) {
    if (p->unshared) t.extents[1 + a] = p->output[a];
    t.extents[5 + a] = p->filter[a];
  }
  memcpy(t.strides, p->filter_strides, sizeof p->filter_strides);
  return t;
}

/* alpha times the sum of the products that meet in each element of the result, plus beta times the
 * old result. Every product belongs to one element of each tensor. */
static wide* definition(const tensor* x, const tensor* w, const tensor* y, const tensor* result) {
  const convict_problem* const p = &problem;
  const int64_t channels = p->in_channels / p->groups, filters = p->out_channels / p->groups;
  wide* const sums = calloc((size_t)result->elements + 1, sizeof *sums);
  if (sums == NULL) exit(2);
  const int64_t taps = channels * p->filter[0] * p->filter[1] * p->filter[2];
  for (int64_t y_at = 0; y_at < y->elements; ++y_at)
    for (int64_t tap = 0; tap < taps; ++tap) {
      int64_t o[3], u[3], rest = y_at, c = tap, x_at = 0, w_at = 0;
      for (int a = 2; a >= 0; rest /= p->output[a], --a) o[a] = rest % p->output[a];
      for (int a = 2; a >= 0; c /= p->filter[a], --a) u[a] = c % p->filter[a];
      const int64_t k = rest % p->out_channels, n = rest / p->out_channels;
      int inside = 1;
      x_at = n * p->in_channels + k / filters * channels + c;
      w_at = k;
      for (int a = 0; a < 3 && p->unshared; ++a) w_at = w_at * p->output[a] + o[a];
      w_at = w_at * channels + c;
      for (int a = 0; a < 3; ++a) {
        const int64_t phi = p->flip ? p->filter[a] - 1 - u[a] : u[a];
        const int64_t at = o[a] * p->stride[a] - p->pad_before[a] + phi * p->dilation[a];
        inside = inside && at >= 0 && at < p->input[a];
        x_at = x_at * p->input[a] + at;
        w_at = w_at * p->filter[a] + u[a];
      }
      if (!inside) continue;
      if (result == y) sums[y_at] += value_of(w->dense[w_at]) * value_of(x->dense[x_at]);
      if (result == x) sums[x_at] += value_of(w->dense[w_at]) * value_of(y->dense[y_at]);
      if (result == w) sums[w_at] += value_of(y->dense[y_at]) * value_of(x->dense[x_at]);
    }
  for (int64_t at = 0; at < result->elements; ++at)
    sums[at] = p->alpha * sums[at] + (p->beta == 0 ? 0 : p->beta * value_of(old_values[at]));
  return sums;
}

/* 0: right; else how far outside, in units of the bound if it has one. NaN is furthest. A negative
 * bound allows infinity, too: the result, or a partial sum, is beyond the largest number. */
static double excess(wide observed, wide expected, double bound) {
  if (isnan(bound)) return 0;
  if (bound < 0 && isinf(observed) && (observed < 0) == (expected < 0)) return 0;
  bound = fabs(bound);
  if (!isfinite(expected)) return isnan(observed) || observed == expected ? 0 : INFINITY;
  const double error = (double)fabsl(observed - expected);
  if (error <= bound) return 0;
  return isnan(error) ? INFINITY : error / (bound > 0 ? bound : 1e-300);
}

/* (n, k, o...) with as many spatial axes as the user's problem has. */
static void print_index(const tensor* t, int64_t at) {
  int64_t index[8];
  for (int a = t->axes - 1; a >= 0; at /= t->extents[a], --a) index[a] = at % t->extents[a];
  const int lifted = 3 - problem.rank;
  printf("(%lld", (long long)index[0]);
  for (int a = 1; a < t->axes; ++a) {
    const int filters = t->axes == 8, position = filters && a < 4;
    if (position && (!problem.unshared || a - 1 < lifted)) continue;
    if (!position && a >= t->axes - 3 && a - (t->axes - 3) < lifted) continue;
    printf(", %lld", (long long)index[a]);
  }
  printf(")");
}

static int judge(const tensor* result, const wide* expected) {
  enum { most_shown = 16 };
  int64_t wrong = 0;
  double shown = INFINITY; /* elements further outside, or as far and up to `last`, were printed */
  int64_t last = -1;
  for (int64_t at = 0; at < result->elements; ++at)
    wrong += excess(value_of(result->data[offset_of(result, at)]), expected[at], bounds[at]) > 0;
  printf("%lld of %lld elements wrong\n", (long long)wrong, (long long)result->elements);
  for (int line = 0; line < most_shown && line < wrong; ++line) {
    double furthest = 0;
    int64_t which = -1;
    for (int64_t at = 0; at < result->elements; ++at) {
      const double out =
          excess(value_of(result->data[offset_of(result, at)]), expected[at], bounds[at]);
      const int seen = out > shown || (out == shown && at <= last);
      if (!seen && out > furthest) {
        furthest = out;
        which = at;
      }
    }
    shown = furthest;
    last = which;
    print_index(result, which);
    printf(": %.17Lg instead of %.17Lg, bound %.4g\n",
           value_of(result->data[offset_of(result, which)]), expected[which], fabs(bounds[which]));
  }
  return wrong != 0;
}

/* Set when the kernel is compiled in. */
const convict_plugin* convict_plugin_v1(void) __attribute__((weak));

static convict_plugin_entry entry_of(int argc, char** argv) {
  if (argc < 2 && convict_plugin_v1 != NULL) return convict_plugin_v1;
  if (argc < 2) {
    fprintf(stderr, "usage: %s ./my_kernel.so [NAME]\n", argv[0]);
    exit(2);
  }
  void* const library = dlopen(argv[1], RTLD_NOW);
  convict_plugin_entry entry = NULL;
  if (library != NULL) *(void**)&entry = dlsym(library, "convict_plugin_v1");
  if (entry == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(2);
  }
  return entry;
}

static convict_kernel kernel_named(const convict_plugin* plugin, const char* name) {
  convict_kernel kernel = {0};
  for (int32_t i = 0; i < plugin->kernel_count; ++i) {
    const convict_kernel* const known = plugin->kernels[i];
    if (strcmp(known->name, name) == 0)
      memcpy(&kernel, known, known->size < sizeof kernel ? known->size : sizeof kernel);
  }
  if (kernel.run == NULL) {
    fprintf(stderr, "the plug-in has no kernel '%s'\n", name);
    exit(2);
  }
  return kernel;
}

static void call(const convict_kernel* kernel, const tensor* x, const tensor* w, const tensor* y) {
  static char message[512];
  convict_buffers buffers = {
      .size = sizeof buffers, .message = message, .message_bytes = sizeof message};
  const char* const reason = kernel->refuses != NULL ? kernel->refuses(&problem) : NULL;
  if (reason != NULL) {
    fprintf(stderr, "the kernel refuses: %s\n", reason);
    exit(2);
  }
  buffers.input = x->data;
  buffers.filters = w->data;
  buffers.output = y->data;
  if (kernel->workspace_bytes != NULL) buffers.workspace_bytes = kernel->workspace_bytes(&problem);
  if (buffers.workspace_bytes > 0) buffers.workspace = malloc(buffers.workspace_bytes);
  if (kernel->plan_create != NULL) buffers.plan = kernel->plan_create(&problem);
  const int status = kernel->run(&problem, &buffers);
  if (status != 0) printf("status %d %s\n", status, message);
  if (kernel->plan_destroy != NULL) kernel->plan_destroy(buffers.plan);
  free(buffers.workspace);
}

int main(int argc, char** argv) {
  const convict_problem* const p = &problem;
  const convict_kernel kernel =
      kernel_named(entry_of(argc, argv)(), argc > 2 ? argv[2] : KERNEL_NAME);
  tensor x = image(p->batch, p->in_channels, p->input, p->input_strides);
  tensor w = filter_bank();
  tensor y = image(p->batch, p->out_channels, p->output, p->output_strides);
  const element* const old = p->beta != 0 ? old_values : NULL;
  place(&x, p->pass == CONVICT_GRAD_INPUT ? old : input_values);
  place(&w, p->pass == CONVICT_GRAD_WEIGHTS ? old : filter_values);
  place(&y, p->pass == CONVICT_FORWARD ? old : output_values);
  const tensor* const result = p->pass == CONVICT_FORWARD      ? &y
                               : p->pass == CONVICT_GRAD_INPUT ? &x
                                                               : &w;
  wide* const expected = definition(&x, &w, &y, result);
  call(&kernel, &x, &w, &y);
  const int wrong = judge(result, expected);
  free(expected);
  free(x.memory);
  free(w.memory);
  free(y.memory);
  return wrong;
}
