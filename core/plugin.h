/* SPDX-License-Identifier: Apache-2.0 */
/* convict plug-in interface, version 1. C99.
 *
 * A plug-in is a shared object that exports
 *
 *     const convict_plugin* convict_plugin_v1(void);
 *
 * and is tested with `convict conform --kernel ./my_kernel.so`. All of its code runs in a process
 * of its own. Tensors are described by element strides, always with three spatial axes: for a
 * problem of lower rank the leading spatial axes have extent 1, filter extent 1, stride 1, dilation
 * 1 and no padding. Formulas (phi(u) = u, or filter - 1 - u with flip; the input is zero outside
 * its extents; g = k / (out_channels / groups)):
 *
 *   forward       y[n,k,o] = beta y[n,k,o] + alpha * sum_{c,u}
 *                              w[k,c,u] x[n, g C/G + c, o stride - pad + phi(u) dilation]
 *   grad_input    x        = beta x + alpha * adjoint of forward in x, applied to y
 *   grad_weights  w        = beta w + alpha * adjoint of forward in w, applied to y
 *
 * With beta == 0 the old result must not be read: it may be NaN. With alpha == 0 the operands need
 * not be read: what NaN and infinity would give may be left out. With `unshared`, w has one filter
 * bank per output position.
 */
#ifndef CONVICT_PLUGIN_H
#define CONVICT_PLUGIN_H

/* NOLINTBEGIN(modernize-*): this is C */
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

/* One problem. `size` is the sizeof of the struct that the caller was compiled with; later versions
 * only append fields. */
typedef struct convict_problem {
  size_t size;
  int32_t pass;      /* one of CONVICT_FORWARD ... */
  int32_t precision; /* one of CONVICT_F64 ... */
  int32_t rank;      /* 1, 2 or 3 spatial axes given by the user; arrays always hold three */
  int32_t threads;
  int64_t batch, in_channels, out_channels, groups;
  int64_t input[3], filter[3], output[3], stride[3], dilation[3], pad_before[3], pad_after[3];
  int32_t flip;
  int32_t unshared;
  double alpha, beta;
  /* In elements, from element (0, 0, ...), where the buffer's pointer points. None is negative or,
   * except the o strides, 0 (on an axis longer than 1, in a tensor that is not empty) unless the
   * kernel says so in special_strides. Then a reversed axis has a negative stride, and its other
   * elements lie before the pointer; an operand with stride 0 has the same elements at all
   * positions of the axis. The tensor that the pass writes never has stride 0. */
  int64_t input_strides[5];  /* n c i0 i1 i2 */
  int64_t filter_strides[8]; /* k o0 o1 o2 c f0 f1 f2; the o strides are 0 for shared filters */
  int64_t output_strides[5]; /* n k o0 o1 o2 */
} convict_problem;

/* The pass determines which of the three tensors is written; the other two are only read. */
typedef struct convict_buffers {
  size_t size;
  void* input;
  void* filters;
  void* output;
  void* workspace;
  size_t workspace_bytes;
  void* stream;
  void* plan;           /* what plan_create made for this problem; null without plan_create */
  char* message;        /* run may write here why it failed or refused, ended by a zero byte */
  size_t message_bytes; /* its size, the zero byte included */
  /* Not 0 only for kernels with `diagnoses`: an earlier call like this one gave a wrong result. Its
   * cause, if it can be found (a race, say), goes to `message`, with a status that is not 0. What
   * this call leaves in its buffers is not judged. */
  int32_t diagnose;
} convict_buffers;

/* What `run` returns when it finds out only in the call that it does not take the problem; why, it
 * writes to `message`. Whatever it left in its buffers is not judged. Use `refuses` where possible:
 * it costs no data. */
enum { CONVICT_REFUSED = 0x52454655 };
enum { CONVICT_ZERO_STRIDES = 1, CONVICT_NEGATIVE_STRIDES = 2 };

enum { CONVICT_DIRECT = 0, CONVICT_WINOGRAD = 1, CONVICT_FFT = 2 };

/* Axes of the arrays input[3], filter[3], ... In a 2-D problem axis 1 are rows and axis 2 columns;
 * a 1-D problem has axis 2 only. */
enum { CONVICT_AXIS_0 = 1, CONVICT_AXIS_1 = 2, CONVICT_AXIS_2 = 4 };

/* What a kernel that transforms does where an axis of transform_axes cannot be transformed: sum the
 * whole problem directly, or only that axis, and transform the others. */
enum { CONVICT_FALLBACK_ALL_AXES = 0, CONVICT_FALLBACK_THAT_AXIS = 1 };

/* One kernel. `size` is the sizeof of the struct that the plug-in was compiled with: fields that a
 * later version appended count as zero. */
typedef struct convict_kernel {
  size_t size;
  const char* name;
  int32_t passes;      /* CONVICT_FORWARD | ... */
  int32_t precisions;  /* CONVICT_F32 | ... */
  int32_t any_strides; /* 0: it is called with dense tensors only, NCHW or as in `layouts`; else
                        * with any strides, see special_strides */

  /* Claims: what the kernel declares about its arithmetic and memory use; all are 0 for a plain
   * kernel. Each element of a result must lie within the rounding error bound that follows from
   * them. Small problems with known answers (probes) test whether they are true. */
  int32_t arithmetic;                   /* CONVICT_DIRECT ... */
  int32_t winograd_tile, winograd_taps; /* 1 to 1024 */
  int32_t accumulator;        /* format of sums: CONVICT_F64 ...; 0: the precision's usual one */
  int32_t input_rounding;     /* operands are rounded to it: CONVICT_F64 ...; 0: none */
  int64_t accumulation_depth; /* longest chain of additions, at most 2^40; 0: all products */
  int32_t truncating_adds;    /* additions cut off low bits ... */
  int64_t truncation_block;   /* ... after aligning this many products, at most 2^40 */
  int32_t flush_to_zero, denormals_are_zero; /* subnormal results; subnormal operands */
  /* Equal calls may return different bits, because of atomic additions, say. What depends on the
   * number of threads only is claimed by bits_depend_on_threads. */
  int32_t nondeterministic;
  int64_t required_alignment; /* in elements: a power of two up to 4096; 0 or 1: none */
  int64_t over_read;          /* elements that may be read beyond a buffer's end, at most 4096 */

  /* Returns null, or why the kernel does not take the problem. It is also asked about problems that
   * are not convolutions: their output extents and strides are 0, and it must refuse them. May be
   * null: every problem is taken. */
  const char* (*refuses)(const convict_problem* problem);
  /* Bytes of scratch memory for run. May be null: none. */
  size_t (*workspace_bytes)(const convict_problem* problem);
  /* Computes the pass. Returns 0 on success, CONVICT_REFUSED when it does not take the problem; any
   * other status is a failure. */
  int (*run)(const convict_problem* problem, const convict_buffers* buffers);

  /* Prepares once per problem what run need not repeat in each call. May be null: nothing.
   * plan_create is called before the first run of a problem, never for a refused one, and must not
   * return null; run gets the plan in its buffers. A plan is used only for problems equal in every
   * field: before the next one is created, plan_destroy (may be null) gets the old one. */
  void* (*plan_create)(const convict_problem* problem);
  void (*plan_destroy)(void* plan);

  /* More claims. `arithmetic` Winograd or FFT: the axes that are transformed, CONVICT_AXIS_0 | ...;
   * 0: all. Other axes are summed directly, with any filter extent, stride and dilation. An axis
   * of these is transformed where its stride and dilation are 1 and, for Winograd, its filter
   * extent is winograd_taps; never with unshared filters. Elsewhere the kernel does what
   * transform_fallback says. A filter extent of 1 needs no transform and is no obstacle. */
  int32_t transform_axes;
  int32_t transform_fallback; /* CONVICT_FALLBACK_... */
  /* Equal calls return the same bits, but with another number of threads they may be others. */
  int32_t bits_depend_on_threads;
  /* Text of a spec that the kernel takes in all passes and precisions, such as
   * "n16_c32_i14x14_k32_f1x1". May be null. For a kernel that takes few problems: the search and
   * the conformance suite start from it when they look for others that it takes. */
  const char* example;
  /* Read only when any_strides is 0: the layouts of dense tensors that the kernel takes, separated
   * by spaces; null: "nchw". A layout is the order of the axes, slowest first, as in the recipe of
   * a trial: "nhwc" for all tensors (filters are then krsc), or "nchw:rsck:nhwc" for input, filters
   * and output. */
  const char* layouts;
  /* Read only when any_strides is not 0: which strides below 1 it takes as well, of
   * CONVICT_ZERO_STRIDES | CONVICT_NEGATIVE_STRIDES. */
  int32_t special_strides;
  /* Not 0: `run` knows what to do with `diagnose` of its buffers. */
  int32_t diagnoses;
} convict_kernel;

typedef struct convict_plugin {
  size_t size;
  int32_t abi;          /* CONVICT_PLUGIN_ABI */
  int32_t kernel_count; /* 1 to 1,000,000; their names differ */
  const convict_kernel* const* kernels;
} convict_plugin;

typedef const convict_plugin* (*convict_plugin_entry)(void);

#ifdef __cplusplus
}
#endif
/* NOLINTEND(modernize-*) */
#endif
