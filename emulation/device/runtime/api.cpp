// SPDX-License-Identifier: Apache-2.0
#include "convict_device/api.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "capability.hpp"
#include "errors.hpp"
#include "faults.hpp"
#include "graphs.hpp"
#include "memory.hpp"
#include "scheduler.hpp"
#include "streams.hpp"
#include "watch.hpp"

namespace convict_device {
namespace {

std::map<std::string, int>& allowed_dynamic_shared() {
  static auto* const one = new std::map<std::string, int>;
  return *one;
}

/// Why the device refuses the launch (CUDA C++ Programming Guide, Technical Specifications per
/// Compute Capability), or empty.
std::string why_refused(const Configuration& how) {
  const auto [gx, gy, gz] = how.grid;
  const auto [bx, by, bz] = how.block;
  if (gx < 1 || gx >= 1U << 31 || gy < 1 || gy >= 65536 || gz < 1 || gz >= 65536)
    return text("a grid of (%u, %u, %u); from 1 to (2^31-1, 65535, 65535) is allowed", gx, gy, gz);
  if (bx < 1 || bx > 1024 || by < 1 || by > 1024 || bz < 1 || bz > 64 || count_of(how.block) > 1024)
    return text("a block of (%u, %u, %u); from 1 to (1024, 1024, 64) and 1024 threads are allowed",
                bx, by, bz);
  const auto allowed = allowed_dynamic_shared().find(how.kernel);
  const std::size_t most =
      allowed == allowed_dynamic_shared().end()
          ? most_static_shared
          : std::max(most_static_shared, static_cast<std::size_t>(allowed->second));
  if (how.shared_bytes > most)
    return text("%zu bytes of dynamic shared memory; %zu are allowed%s", how.shared_bytes, most,
                most < capability().most_shared
                    ? ", more after cudaFuncSetAttribute(kernel, "
                      "cudaFuncAttributeMaxDynamicSharedMemorySize, bytes)"
                    : "");
  if (how.cooperative &&
      count_of(how.grid) >
          multiprocessors * static_cast<std::size_t>(blocks_per_multiprocessor(
                                static_cast<int>(count_of(how.block)), how.shared_bytes)))
    return text("a cooperative grid of %zu blocks, which are not resident at once",
                count_of(how.grid));
  return "";
}

void run_launch(const Configuration& how, const std::function<void()>& thread) {
  if (sticky_error() != cudaSuccess) return;
  {
    Scheduler scheduler(how, thread, next_seed());
    scheduler.run();
    if (has_faults()) set_sticky_error(cudaErrorLaunchFailure);
    if (is_out_of_time()) set_sticky_error(cudaErrorLaunchTimeout);
  }
  forget_launch();
  if (const std::string beside = written_beside(); !beside.empty())
    record_fault(Fault::access, text("kernel %s: %s", how.kernel, beside.c_str()));
}

bool is_host(const void* at) {
  const Allocation* const near = allocation_near(at);
  return near == nullptr || near->is_for_host();
}
/// Whether all of [at, at + bytes) is memory of one allocation; memory of the program always is.
bool is_inside(const void* at, std::size_t bytes) {
  if (!is_device_address(at)) return true;
  const Allocation* const near = allocation_near(at);
  const char* const from = static_cast<const char*>(at);
  return near != nullptr && near->is_live && from >= near->begin &&
         from + bytes <= near->begin + near->bytes;
}
std::size_t extent(std::size_t pitch, std::size_t width, std::size_t height) {
  return height == 0 ? 0 : pitch * (height - 1) + width;
}

const char* direction(bool from_host, bool to_host) {
  if (from_host) return to_host ? "the copy within the host" : "the copy to the device";
  return to_host ? "the copy to the host" : "the copy on the device";
}

}  // namespace

int enqueue(const Configuration& how, std::function<void()> thread) {
  if (running != nullptr) {
    record_fault(Fault::launch, text("a launch by a kernel at %s: the emulated device has none",
                                     text_of(how.site).c_str()));
    running->stop();
  }
  if (sticky_error() != cudaSuccess) return sticky_error();
  if (const std::string why = why_refused(how); !why.empty()) {
    const bool shape = why.find("shared") == std::string::npos;
    return set_error(how.cooperative && shape ? cudaErrorCooperativeLaunchTooLarge
                     : shape                  ? cudaErrorInvalidConfiguration
                                              : cudaErrorInvalidValue,
                     text("the launch of %s at %s was refused: it asks for %s", how.kernel,
                          text_of(how.site).c_str(), why.c_str()));
  }
  const auto kept = std::make_shared<std::function<void()>>(std::move(thread));
  return set_error(
      submit(how.stream,
             {text("kernel %s", how.kernel), how.site, [how, kept] { run_launch(how, *kept); }},
             false),
      "a launch on a stream that is none");
}

cudaError_t allocate(void** to, std::size_t bytes, Memory kind, Site site) {
  if (to == nullptr) return set_error(cudaErrorInvalidValue, "cudaMalloc without a pointer");
  *to = nullptr;
  if (bytes == 0) return cudaSuccess;
  const auto what = kind == Memory::device   ? Allocation::Kind::device
                    : kind == Memory::pinned ? Allocation::Kind::pinned
                                             : Allocation::Kind::managed;
  Allocation* const made = new_allocation(bytes, what, site);
  if (made == nullptr)
    return set_error(cudaErrorMemoryAllocation,
                     text("%zu bytes could not be allocated at %s", bytes, text_of(site).c_str()));
  forget_written(*made);
  *to = made->begin;
  return cudaSuccess;
}

cudaError_t allocate_pitched(void** to, std::size_t* pitch, std::size_t width, std::size_t height,
                             Site site) {
  *pitch = (width + 511) / 512 * 512;
  return allocate(to, *pitch * height, Memory::device, site);
}

cudaError_t copy(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch,
                 std::size_t width, std::size_t height, cudaMemcpyKind kind, cudaStream_t stream,
                 bool wait, Site site) {
  if (sticky_error() != cudaSuccess) return sticky_error();
  if (width == 0 || height == 0) return cudaSuccess;
  const std::size_t to_bytes = extent(to_pitch, width, height);
  const std::size_t from_bytes = extent(from_pitch, width, height);
  const bool from_host = is_host(from), to_host = is_host(to);
  const auto claims = [&](cudaMemcpyKind a, cudaMemcpyKind b) { return kind == a || kind == b; };
  const bool wrong_side =
      (is_device_address(from) && !from_host &&
       claims(cudaMemcpyHostToDevice, cudaMemcpyHostToHost)) ||
      (is_device_address(to) && !to_host && claims(cudaMemcpyDeviceToHost, cudaMemcpyHostToHost));
  if (to == nullptr || from == nullptr || wrong_side || to_pitch < width || from_pitch < width ||
      !is_inside(to, to_bytes) || !is_inside(from, from_bytes)) {
    const bool source = !is_inside(from, from_bytes);
    return set_error(
        cudaErrorInvalidValue,
        text("the copy of %zu bytes at %s was refused: %s", from_bytes, text_of(site).c_str(),
             wrong_side ? "its direction is not that of its pointers"
             : (to == nullptr || from == nullptr)
                 ? "a pointer is null"
                 : (std::string(source ? "it reads" : "it writes") + " beyond " +
                    place_of(source ? from : to))
                       .c_str()));
  }
  // Memory of the host that is not pinned is read before the call returns, and written before it
  // returns (CUDA Runtime API, API synchronization behavior).
  // A graph reads and writes it when it runs.
  const Capture* const capture = capture_of(stream);
  const bool captured = capture != nullptr && *capture;
  const bool to_pageable = to_host && !is_device_address(to) && !captured;
  std::shared_ptr<std::vector<char>> staged;
  if (from_host && !is_device_address(from) && !to_host && !captured) {
    const char* const begin = static_cast<const char*>(from);
    staged = std::make_shared<std::vector<char>>(begin, begin + from_bytes);
  }
  const auto work = [=] {
    const char* source = staged ? staged->data() : static_cast<const char*>(from);
    for (std::size_t row = 0; row < height; ++row) {
      operation_touches(static_cast<const char*>(from) + row * from_pitch, width, false, site);
      char* const target = static_cast<char*>(to) + row * to_pitch;
      operation_touches(target, width, true, site);
      std::memmove(target, source + row * from_pitch, width);
    }
  };
  const cudaError_t error =
      submit(stream, {direction(from_host, to_host), site, work}, wait || to_pageable);
  if (error != cudaSuccess) return set_error(error, "a copy on a stream that is none");
  return sticky_error();
}

cudaError_t set(void* to, std::size_t pitch, int value, std::size_t width, std::size_t height,
                cudaStream_t stream, bool wait, Site site) {
  if (sticky_error() != cudaSuccess) return sticky_error();
  if (width == 0 || height == 0) return cudaSuccess;
  if (to == nullptr || pitch < width || !is_inside(to, extent(pitch, width, height)))
    return set_error(
        cudaErrorInvalidValue,
        text("the memset of %zu bytes at %s was refused: it writes beyond %s",
             extent(pitch, width, height), text_of(site).c_str(), place_of(to).c_str()));
  const auto work = [=] {
    for (std::size_t row = 0; row < height; ++row) {
      char* const target = static_cast<char*>(to) + row * pitch;
      operation_touches(target, width, true, site);
      std::memset(target, value, width);
    }
  };
  return set_error(submit(stream, {"the memset", site, work}, wait),
                   "a memset on a stream that is none");
}

int allow_dynamic_shared(const char* kernel, int bytes) {
  if (bytes < 0 || static_cast<std::size_t>(bytes) > capability().most_shared)
    return set_error(cudaErrorInvalidValue,
                     text("%d bytes of dynamic shared memory for %s; %zu are allowed", bytes,
                          kernel, capability().most_shared));
  allowed_dynamic_shared()[kernel] = bytes;
  return cudaSuccess;
}

int blocks_per_multiprocessor(int threads, std::size_t shared_bytes) {
  const int by_threads =
      capability().multiprocessor_threads / std::max(32, (threads + 31) / 32 * 32);
  const auto by_shared = static_cast<int>(capability().multiprocessor_shared /
                                          (shared_bytes + 1024));  // 1 KiB is the system's
  return std::max(0, std::min({by_threads, by_shared, 32}));
}

}  // namespace convict_device

using namespace convict_device;

cudaError_t cudaFree(void* memory) {
  if (memory == nullptr) return cudaSuccess;
  finish_all();
  Allocation* const allocation = allocation_at(memory);
  if (allocation == nullptr || allocation->kind == Allocation::Kind::pinned)
    return set_error(cudaErrorInvalidValue, "cudaFree of what is no device memory");
  delete_allocation(*allocation);
  return sticky_error();
}
cudaError_t cudaFreeAsync(void* memory, cudaStream_t stream) {
  if (memory == nullptr) return cudaSuccess;
  Allocation* const allocation = allocation_at(memory);
  if (allocation == nullptr)
    return set_error(cudaErrorInvalidValue, "cudaFreeAsync of what is none");
  return submit(stream,
                {"cudaFreeAsync",
                 {},
                 [memory] {
                   if (Allocation* const live = allocation_at(memory)) delete_allocation(*live);
                 }},
                false);
}
cudaError_t cudaFreeHost(void* memory) {
  if (memory == nullptr) return cudaSuccess;
  finish_all();
  Allocation* const allocation = allocation_at(memory);
  if (allocation == nullptr || !allocation->is_for_host())
    return set_error(cudaErrorInvalidValue, "cudaFreeHost of what is no pinned memory");
  delete_allocation(*allocation);
  return sticky_error();
}
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer) {
  const Allocation* const near = allocation_near(pointer);
  const bool inside = near != nullptr && near->is_live && near->has(pointer);
  void* const same = const_cast<void*>(pointer);
  *attributes = {};
  attributes->type = !inside                                   ? cudaMemoryTypeUnregistered
                     : near->kind == Allocation::Kind::pinned  ? cudaMemoryTypeHost
                     : near->kind == Allocation::Kind::managed ? cudaMemoryTypeManaged
                                                               : cudaMemoryTypeDevice;
  if (inside) attributes->devicePointer = same;
  if (!inside || near->is_for_host()) attributes->hostPointer = same;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) {
  return device == 0 ? cudaSuccess : set_error(cudaErrorInvalidDevice, "there is one device, 0");
}
cudaError_t cudaSetDeviceFlags(unsigned) { return cudaSuccess; }
cudaError_t cudaDeviceReset() {
  finish_all();
  return cudaSuccess;
}
cudaError_t cudaDeviceSynchronize() {
  finish_all();
  return sticky_error();
}
cudaError_t cudaDriverGetVersion(int* version) {
  *version = 13000;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) { return cudaDriverGetVersion(version); }
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  *total = device_bytes;
  *free = device_bytes - std::min(device_bytes, live_device_bytes());
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* p, int device) {
  if (device != 0) return set_error(cudaErrorInvalidDevice, "there is one device, 0");
  *p = {};
  const auto [sm, all_threads, most_shared, all_shared] = capability();
  std::snprintf(p->name, sizeof p->name, "emulated sm_%d", sm);
  p->totalGlobalMem = device_bytes, p->sharedMemPerBlock = most_static_shared;
  p->regsPerBlock = p->regsPerMultiprocessor = 65536, p->warpSize = 32, p->memPitch = INT32_MAX;
  p->maxThreadsPerBlock = 1024;
  p->maxThreadsDim[0] = p->maxThreadsDim[1] = 1024, p->maxThreadsDim[2] = 64;
  p->maxGridSize[0] = INT32_MAX, p->maxGridSize[1] = p->maxGridSize[2] = 65535;
  p->clockRate = 1000000, p->totalConstMem = 65536, p->major = sm / 10, p->minor = sm % 10;
  p->multiProcessorCount = multiprocessors, p->l2CacheSize = 50 << 20,
  p->maxThreadsPerMultiProcessor = all_threads;
  p->concurrentKernels = p->unifiedAddressing = p->managedMemory = p->cooperativeLaunch = 1;
  p->memoryClockRate = 1000000, p->memoryBusWidth = 512, p->maxBlocksPerMultiProcessor = 32;
  p->sharedMemPerMultiprocessor = all_shared;
  p->sharedMemPerBlockOptin = most_shared, p->reservedSharedMemPerBlock = 1024;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  if (device != 0) return set_error(cudaErrorInvalidDevice, "there is one device, 0");
  const auto [sm, all_threads, most_shared, all_shared] = capability();
  switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
    case cudaDevAttrMaxBlockDimX:
    case cudaDevAttrMaxBlockDimY: *value = 1024; break;
    case cudaDevAttrMaxBlockDimZ: *value = 64; break;
    case cudaDevAttrMaxGridDimX: *value = INT32_MAX; break;
    case cudaDevAttrMaxGridDimY:
    case cudaDevAttrMaxGridDimZ: *value = 65535; break;
    case cudaDevAttrMaxSharedMemoryPerBlock: *value = most_static_shared; break;
    case cudaDevAttrTotalConstantMemory:
    case cudaDevAttrMaxRegistersPerBlock:
    case cudaDevAttrMaxRegistersPerMultiprocessor: *value = 65536; break;
    case cudaDevAttrWarpSize: *value = 32; break;
    case cudaDevAttrClockRate:
    case cudaDevAttrMemoryClockRate: *value = 1000000; break;
    case cudaDevAttrMultiProcessorCount: *value = multiprocessors; break;
    case cudaDevAttrGlobalMemoryBusWidth: *value = 512; break;
    case cudaDevAttrL2CacheSize: *value = 50 << 20; break;
    case cudaDevAttrMaxThreadsPerMultiProcessor: *value = all_threads; break;
    case cudaDevAttrConcurrentKernels:
    case cudaDevAttrUnifiedAddressing:
    case cudaDevAttrManagedMemory:
    case cudaDevAttrCooperativeLaunch:
    case cudaDevAttrMemoryPoolsSupported: *value = 1; break;
    case cudaDevAttrComputeCapabilityMajor: *value = sm / 10; break;
    case cudaDevAttrComputeCapabilityMinor: *value = sm % 10; break;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor: *value = static_cast<int>(all_shared); break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: *value = static_cast<int>(most_shared); break;
    case cudaDevAttrReservedSharedMemoryPerBlock: *value = 1024; break;
    default: return set_error(cudaErrorInvalidValue, "an attribute that is not known");
  }
  return cudaSuccess;
}
