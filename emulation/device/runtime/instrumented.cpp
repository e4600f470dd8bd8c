// SPDX-License-Identifier: Apache-2.0
// What the compiler calls under -fsanitize=thread: before each access, with its address.
#include <cstddef>
#include <cstdint>

#include "accesses.hpp"
#include "faults.hpp"
#include "scheduler.hpp"
#include "watch.hpp"

using namespace convict_device;
using namespace convict_device::watch;

extern "C" {
#define CONVICT_WATCH(n)                                                                           \
  void __tsan_read##n(void* at) {                                                                  \
    aligned_access(at, n, Kind::load, __builtin_return_address(0));                                \
  }                                                                                                \
  void __tsan_write##n(void* at) {                                                                 \
    aligned_access(at, n, Kind::store, __builtin_return_address(0));                               \
  }                                                                                                \
  void __tsan_unaligned_read##n(void* at) {                                                        \
    if (watching)                                                                                  \
      convict_device::watch::access(at, n, Kind::load,                                             \
                                    place_of_caller(__builtin_return_address(0)));                 \
  }                                                                                                \
  void __tsan_unaligned_write##n(void* at) {                                                       \
    if (watching)                                                                                  \
      convict_device::watch::access(at, n, Kind::store,                                            \
                                    place_of_caller(__builtin_return_address(0)));                 \
  }                                                                                                \
  void __tsan_volatile_read##n(void* at) { volatile_access(at, n, __builtin_return_address(0)); }  \
  void __tsan_volatile_write##n(void* at) { volatile_access(at, n, __builtin_return_address(0)); } \
  void __tsan_unaligned_volatile_read##n(void* at) {                                               \
    volatile_access(at, n, __builtin_return_address(0));                                           \
  }                                                                                                \
  void __tsan_unaligned_volatile_write##n(void* at) {                                              \
    volatile_access(at, n, __builtin_return_address(0));                                           \
  }
CONVICT_WATCH(1)
CONVICT_WATCH(2)
CONVICT_WATCH(4)
CONVICT_WATCH(8)
CONVICT_WATCH(16)
void __tsan_read_range(void* at, std::size_t bytes) {
  if (watching && bytes > 0)
    convict_device::watch::access(at, bytes, Kind::load,
                                  place_of_caller(__builtin_return_address(0)));
}
void __tsan_write_range(void* at, std::size_t bytes) {
  if (watching && bytes > 0)
    convict_device::watch::access(at, bytes, Kind::store,
                                  place_of_caller(__builtin_return_address(0)));
}
void __tsan_init() { watches_accesses = true; }
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}

// Atomics of the host's C++; those of kernels are functions of language.hpp.
#define CONVICT_HOST_ATOMIC(bits, T)                                                         \
  T __tsan_atomic##bits##_load(const volatile T* at, int) {                                  \
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);                                            \
  }                                                                                          \
  void __tsan_atomic##bits##_store(volatile T* at, T v, int) {                               \
    __atomic_store_n(at, v, __ATOMIC_SEQ_CST);                                               \
  }                                                                                          \
  T __tsan_atomic##bits##_exchange(volatile T* at, T v, int) {                               \
    return __atomic_exchange_n(at, v, __ATOMIC_SEQ_CST);                                     \
  }                                                                                          \
  T __tsan_atomic##bits##_fetch_add(volatile T* at, T v, int) {                              \
    return __atomic_fetch_add(at, v, __ATOMIC_SEQ_CST);                                      \
  }                                                                                          \
  T __tsan_atomic##bits##_fetch_sub(volatile T* at, T v, int) {                              \
    return __atomic_fetch_sub(at, v, __ATOMIC_SEQ_CST);                                      \
  }                                                                                          \
  T __tsan_atomic##bits##_fetch_and(volatile T* at, T v, int) {                              \
    return __atomic_fetch_and(at, v, __ATOMIC_SEQ_CST);                                      \
  }                                                                                          \
  T __tsan_atomic##bits##_fetch_or(volatile T* at, T v, int) {                               \
    return __atomic_fetch_or(at, v, __ATOMIC_SEQ_CST);                                       \
  }                                                                                          \
  T __tsan_atomic##bits##_fetch_xor(volatile T* at, T v, int) {                              \
    return __atomic_fetch_xor(at, v, __ATOMIC_SEQ_CST);                                      \
  }                                                                                          \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile T* at, T* old, T v, int, int) { \
    return __atomic_compare_exchange_n(at, old, v, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);   \
  }                                                                                          \
  int __tsan_atomic##bits##_compare_exchange_weak(volatile T* at, T* old, T v, int, int) {   \
    return __atomic_compare_exchange_n(at, old, v, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);   \
  }                                                                                          \
  T __tsan_atomic##bits##_compare_exchange_val(volatile T* at, T old, T v, int, int) {       \
    __atomic_compare_exchange_n(at, &old, v, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);         \
    return old;                                                                              \
  }
CONVICT_HOST_ATOMIC(8, unsigned char)
CONVICT_HOST_ATOMIC(16, unsigned short)
CONVICT_HOST_ATOMIC(32, unsigned)
CONVICT_HOST_ATOMIC(64, unsigned long)
void __tsan_atomic_thread_fence(int) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
void __tsan_atomic_signal_fence(int) {}

// What the compiler calls under -fsanitize=bounds,alignment.
struct SourceLocation {
  const char* file;
  std::uint32_t line, column;
};
struct TypeDescriptor {
  std::uint16_t kind, info;
  char name[1];
};
struct OutOfBounds {
  SourceLocation at;
  const TypeDescriptor *array, *index;
};
struct TypeMismatch {
  SourceLocation at;
  const TypeDescriptor* type;
  unsigned char log_alignment, kind;
};
void __ubsan_handle_out_of_bounds(OutOfBounds* data, std::uintptr_t index) {
  if (running == nullptr) return;
  record_fault(
      Fault::access,
      text("kernel %s, %s: index %td outside of an array of type %s at %s:%u",
           running->configuration().kernel, text_of(running->current()).c_str(),
           static_cast<std::ptrdiff_t>(index), data->array->name, data->at.file, data->at.line));
  running->stop();
}
void __ubsan_handle_type_mismatch_v1(TypeMismatch* data, std::uintptr_t address) {
  if (running == nullptr) return;
  const unsigned alignment = 1U << data->log_alignment;
  record_fault(Fault::access,
               text("kernel %s, %s: access as %s at an address that is no multiple of %u at %s:%u",
                    running->configuration().kernel, text_of(running->current()).c_str(),
                    data->type->name, alignment, data->at.file, data->at.line));
  (void)address;
  running->stop();
}
}
