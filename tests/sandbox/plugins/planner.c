/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels with plans: they check that the plan they get was made for the problem they are run on,
 * and leave in the first element of the output how many plans were made and destroyed so far. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/plugin.h"

static int made, destroyed;

static void* create(const convict_problem* problem) {
  convict_problem* const plan = malloc(sizeof *plan);
  *plan = *problem;
  ++made;
  return plan;
}

static void destroy(void* plan) {
  free(plan);
  ++destroyed;
}

/* Appends a line to the file that CONVICT_TEST_NOTES names. */
static void destroy_and_note(void* plan) {
  FILE* const notes = fopen(getenv("CONVICT_TEST_NOTES"), "a");
  fputs("destroyed\n", notes);
  fclose(notes);
  destroy(plan);
}

static int run_and_abort_on_scaling(const convict_problem* problem,
                                    const convict_buffers* buffers) {
  if (problem->alpha != 1) abort();
  *(float*)buffers->output = 1;
  return 0;
}

static int run(const convict_problem* problem, const convict_buffers* buffers) {
  if (buffers->plan == NULL) return 1;
  if (memcmp(buffers->plan, problem, sizeof *problem) != 0) return 2;
  *(float*)buffers->output = (float)(100 * made + destroyed);
  return 0;
}

static int run_without(const convict_problem* problem, const convict_buffers* buffers) {
  (void)problem;
  return buffers->plan == NULL ? 0 : 1;
}

static int explain(const convict_problem* problem, const convict_buffers* buffers) {
  snprintf(buffers->message, buffers->message_bytes, "no plan for rank %d", (int)problem->rank);
  return 4;
}

static int explain_without_end(const convict_problem* problem, const convict_buffers* buffers) {
  (void)problem;
  memset(buffers->message, 'x', buffers->message_bytes);
  return 4;
}

/* Finds out late that it does not take the problem, after it has written to the output. */
static int refuse_late(const convict_problem* problem, const convict_buffers* buffers) {
  *(float*)buffers->output = 7;
  if (problem->alpha != 1)
    snprintf(buffers->message, buffers->message_bytes, "alpha %g is beyond it", problem->alpha);
  return CONVICT_REFUSED;
}

static void* create_nothing(const convict_problem* problem) {
  (void)problem;
  return NULL;
}

static void* create_by_abort(const convict_problem* problem) {
  (void)problem;
  abort();
}

#define KERNEL(NAME, RUN)                                                     \
  .size = sizeof(convict_kernel), .name = NAME, .passes = CONVICT_FORWARD, \
  .precisions = CONVICT_F32, .run = RUN

static const convict_kernel plans = {KERNEL("plans", run), .plan_create = create,
                                     .plan_destroy = destroy};
static const convict_kernel keeps = {KERNEL("keeps", run), .plan_create = create};
static const convict_kernel notes = {KERNEL("notes", run_and_abort_on_scaling),
                                     .plan_create = create, .plan_destroy = destroy_and_note};
static const convict_kernel plans_nothing = {KERNEL("plans_nothing", run),
                                             .plan_create = create_nothing};
static const convict_kernel plans_by_abort = {KERNEL("plans_by_abort", run),
                                              .plan_create = create_by_abort};
static const convict_kernel explains = {KERNEL("explains", explain)};
static const convict_kernel explains_without_end = {
    KERNEL("explains_without_end", explain_without_end)};

static const convict_kernel refuses_late = {KERNEL("refuses_late", refuse_late)};

/* As compiled when the struct ended before plan_create: fields behind `size` must not be read. */
static const convict_kernel older = {.size = offsetof(convict_kernel, plan_create),
                                     .name = "older",
                                     .passes = CONVICT_FORWARD,
                                     .precisions = CONVICT_F32,
                                     .run = run_without,
                                     .plan_create = create_by_abort};

/* As compiled when the struct ended before transform_axes: what is behind `size` is no claim. */
static const convict_kernel old = {.size = offsetof(convict_kernel, transform_axes),
                                   .name = "old",
                                   .passes = CONVICT_FORWARD,
                                   .precisions = CONVICT_F32,
                                   .run = run,
                                   .plan_create = create,
                                   .plan_destroy = destroy,
                                   .transform_axes = 99};

/* As compiled with a later, longer struct. */
static const struct {
  convict_kernel known;
  void* unknown;
} newer = {.known = {.size = sizeof newer,
                     .name = "newer",
                     .passes = CONVICT_FORWARD,
                     .precisions = CONVICT_F32,
                     .run = run,
                     .plan_create = create,
                     .plan_destroy = destroy}};

static const convict_kernel* const kernels[] = {&plans,          &keeps,      &plans_nothing,
                                                &plans_by_abort, &explains,   &explains_without_end,
                                                &older,          &newer.known,&notes,
                                                &old, &refuses_late};
static const convict_plugin plugin = {sizeof(convict_plugin), CONVICT_PLUGIN_ABI,
                                      sizeof kernels / sizeof kernels[0], kernels};

const convict_plugin* convict_plugin_v1(void) { return &plugin; }
