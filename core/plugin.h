/* convict plug-in interface, version 1. C99.
 *
 * A plug-in is a shared object that exports
 *
 *     const convict_plugin* convict_plugin_v1(void);
 *
 * and is tried with `convict conform --kernel ./my_kernel.so`. All of its code runs in a process of
 * its own. Tensors are described by element strides, always with three spatial axes: for a problem
 * of lower rank the leading spatial axes have extent 1, filter extent 1, stride 1, dilation 1 and
 * no padding. Formulas (phi(u) = u, or filter - 1 - u with flip; positions outside the input count
 * as zero; g = k / (out_channels / groups)):
 *
 *   forward       y[n,k,o] = beta y[n,k,o] + alpha * sum_{c,u}
 *                              w[k,c,u] x[n, g C/G + c, o stride - pad + phi(u) dilation]
 *   grad_input    x        = beta x + alpha * adjoint of forward in x, applied to y
 *   grad_weights  w        = beta w + alpha * adjoint of forward in w, applied to y
 *
 * With beta == 0 the old result must not be read. With `unshared`, w has one bank per output
 * position.
 */
#ifndef CONVICT_PLUGIN_H
#define CONVICT_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CONVICT_PLUGIN_ABI 1

enum { CONVICT_FORWARD = 1, CONVICT_GRAD_INPUT = 2, CONVICT_GRAD_WEIGHTS = 4 };

/* Storage and accumulation; tf32 is stored as f32, f16a16 is f16 that accumulates in f16. */
enum {
  CONVICT_F64 = 1,
  CONVICT_F32 = 2,
  CONVICT_TF32 = 4,
  CONVICT_BF16 = 8,
  CONVICT_F16 = 16,
  CONVICT_F16A16 = 32
};

/* One problem. `size` is sizeof the struct the caller knows; later versions only append. */
typedef struct convict_problem {
  size_t size;
  int32_t pass;      /* one of CONVICT_FORWARD ... */
  int32_t precision; /* one of CONVICT_F64 ... */
  int32_t rank;      /* 1, 2 or 3: the user's rank, arrays below always hold three axes */
  int32_t threads;
  int64_t batch, in_channels, out_channels, groups;
  int64_t input[3], filter[3], output[3], stride[3], dilation[3], pad_before[3], pad_after[3];
  int32_t flip;
  int32_t unshared;
  double alpha, beta;
  int64_t input_strides[5];  /* n c i0 i1 i2 */
  int64_t filter_strides[8]; /* k o0 o1 o2 c f0 f1 f2; the o strides are 0 for shared filters */
  int64_t output_strides[5]; /* n k o0 o1 o2 */
} convict_problem;

/* The pass decides which of the three is written; the others are read only. */
typedef struct convict_buffers {
  size_t size;
  void* input;
  void* filters;
  void* output;
  void* workspace;
  size_t workspace_bytes;
  void* stream;
  void* plan;           /* what plan_create made for this problem; null without plan_create */
  char* message;        /* where run may say why it failed, ended by a zero */
  size_t message_bytes; /* room for it */
} convict_buffers;

enum { CONVICT_DIRECT = 0, CONVICT_WINOGRAD = 1, CONVICT_FFT = 2 };

/* One kernel. Zero is the usual answer for every claim. `size` is sizeof the struct the plug-in was
 * compiled with: what lies behind it counts as zero. */
typedef struct convict_kernel {
  size_t size;
  const char* name;
  int32_t passes;      /* CONVICT_FORWARD | ... */
  int32_t precisions;  /* CONVICT_F32 | ... */
  int32_t any_strides; /* 0: called with dense NCHW only */

  /* Claims: they select the bound, probes check them. */
  int32_t arithmetic; /* CONVICT_DIRECT ... */
  int32_t winograd_tile, winograd_taps;
  int32_t accumulator;        /* 0: the precision's own; else CONVICT_F64 ... */
  int32_t input_rounding;     /* 0: none; else inputs are rounded to this format */
  int64_t accumulation_depth; /* 0: all products in one chain */
  int32_t truncating_adds;
  int64_t truncation_block;
  int32_t flush_to_zero, denormals_are_zero;
  int32_t nondeterministic;
  int64_t required_alignment; /* in elements; 0 or 1: none */
  int64_t over_read;          /* elements it may read behind a buffer */

  /* Null, or a reason why the problem is not taken. It may be no convolution at all: its output
   * extents and strides are 0 then. May be null: takes all. */
  const char* (*refuses)(const convict_problem* problem);
  /* May be null: none. */
  size_t (*workspace_bytes)(const convict_problem* problem);
  /* 0 on success. */
  int (*run)(const convict_problem* problem, const convict_buffers* buffers);

  /* What run needs to know of a problem and need not work out at every call. May be null: none.
   * plan_create is called before the first run of a problem, never for one that is refused, and
   * must not return null; run gets the plan in its buffers. A plan serves problems equal in every
   * field only: before another one is made, plan_destroy (may be null) gets the old one. */
  void* (*plan_create)(const convict_problem* problem);
  void (*plan_destroy)(void* plan);
} convict_kernel;

typedef struct convict_plugin {
  size_t size;
  int32_t abi; /* CONVICT_PLUGIN_ABI */
  int32_t kernel_count;
  const convict_kernel* const* kernels;
} convict_plugin;

typedef const convict_plugin* (*convict_plugin_entry)(void);

#ifdef __cplusplus
}
#endif
#endif
