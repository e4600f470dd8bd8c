/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels that compute rightly (docs/examples/direct.c) and take memory, each in its own way. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define convict_plugin_v1 direct_plugin
#include "docs/examples/direct.c"
#undef convict_plugin_v1

static const size_t mebibyte = (size_t)1 << 20;

/* Memory that is in use until the process ends. */
static void* taken(size_t bytes) {
  void* const memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) abort();
  memset(memory, 1, bytes);
  return memory;
}

static int leaks_10_mib(const convict_problem* p, const convict_buffers* b) {
  taken(10 * mebibyte);
  return run(p, b);
}
static int leaks_64_kib(const convict_problem* p, const convict_buffers* b) {
  taken(mebibyte / 16);
  return run(p, b);
}
/* Files in memory that it neither maps nor closes. */
static int leaks_files(const convict_problem* p, const convict_buffers* b) {
  static char text[1 << 20];
  const int file = memfd_create("kept", 0);
  for (int i = 0; i < 10; ++i)
    if (write(file, text, sizeof text) != (ssize_t)sizeof text) return 1;
  return run(p, b);
}
/* Shared memory that it maps and keeps, without the file. */
static int leaks_shared_memory(const convict_problem* p, const convict_buffers* b) {
  void* const memory =
      mmap(NULL, 10 * mebibyte, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  memset(memory, 1, 10 * mebibyte);
  return run(p, b);
}

/* Keeps a copy of each of its latest calls, up to a number. */
static void keep(void** kept, size_t* next, size_t most, size_t bytes) {
  void** const place = &kept[(*next)++ % most];
  if (*place != NULL) munmap(*place, bytes);
  *place = taken(bytes);
}
static int caches_64_calls(const convict_problem* p, const convict_buffers* b) {
  static void* kept[64];
  static size_t next;
  keep(kept, &next, 64, mebibyte / 2);
  return run(p, b);
}
static int caches_300_calls(const convict_problem* p, const convict_buffers* b) {
  static void* kept[300];
  static size_t next;
  keep(kept, &next, 300, mebibyte / 16);
  return run(p, b);
}
static int takes_50_mib_once(const convict_problem* p, const convict_buffers* b) {
  static void* kept;
  if (kept == NULL) kept = taken(50 * mebibyte);
  return run(p, b);
}

/* The input with its padding, as kernels have it that copy it there. */
static size_t padded_bytes(const convict_problem* p) {
  size_t bytes = sizeof(float) * (size_t)(p->batch * p->in_channels);
  for (int a = 0; a < 3; ++a) bytes *= (size_t)(p->pad_before[a] + p->input[a] + p->pad_after[a]);
  return bytes;
}
static int copies_its_padding(const convict_problem* p, const convict_buffers* b) {
  memset(b->workspace, 0, b->workspace_bytes);
  return run(p, b);
}
static size_t gibibyte(const convict_problem* p) {
  (void)p;
  return 1024 * mebibyte;
}
static int asks_for_more_than_it_uses(const convict_problem* p, const convict_buffers* b) {
  memset(b->workspace, 0, 4096);
  return run(p, b);
}
static size_t everything(const convict_problem* p) {
  (void)p;
  return SIZE_MAX;
}

#define KERNEL(function, workspace)                                               \
  {                                                                               \
    .size = sizeof(convict_kernel), .name = #function, .passes = CONVICT_FORWARD, \
    .precisions = CONVICT_F32, .any_strides = 1, .refuses = refuses,              \
    .workspace_bytes = (workspace), .run = function                               \
  }
static const convict_kernel table[] = {
    KERNEL(leaks_10_mib, NULL),
    KERNEL(leaks_64_kib, NULL),
    KERNEL(leaks_files, NULL),
    KERNEL(leaks_shared_memory, NULL),
    KERNEL(caches_64_calls, NULL),
    KERNEL(caches_300_calls, NULL),
    KERNEL(takes_50_mib_once, NULL),
    KERNEL(copies_its_padding, padded_bytes),
    KERNEL(asks_for_more_than_it_uses, gibibyte),
    {.size = sizeof(convict_kernel),
     .name = "asks_for_everything",
     .passes = CONVICT_FORWARD,
     .precisions = CONVICT_F32,
     .any_strides = 1,
     .refuses = refuses,
     .workspace_bytes = everything,
     .run = run},
};
enum { count = sizeof table / sizeof table[0] };
static const convict_kernel* pointers[count];
static const convict_plugin all = {sizeof(convict_plugin), CONVICT_PLUGIN_ABI, count, pointers};

const convict_plugin* convict_plugin_v1(void) {
  for (int i = 0; i < count; ++i) pointers[i] = &table[i];
  return &all;
}
