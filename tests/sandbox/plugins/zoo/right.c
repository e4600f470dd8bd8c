/* SPDX-License-Identifier: Apache-2.0 */
/* The right answer, for kernels whose fault is another one (docs/examples/direct.c). */
#define convict_plugin_v1 direct_plugin
#include "docs/examples/direct.c"
#undef convict_plugin_v1

int answer_rightly(const convict_problem* problem, const convict_buffers* buffers);
const char* refuse_rightly(const convict_problem* problem);

int answer_rightly(const convict_problem* problem, const convict_buffers* buffers) {
  return run(problem, buffers);
}
const char* refuse_rightly(const convict_problem* problem) { return refuses(problem); }
