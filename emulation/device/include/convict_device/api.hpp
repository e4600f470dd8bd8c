// SPDX-License-Identifier: Apache-2.0
// The part of the CUDA runtime interface that the emulated device has.
#pragma once

#include <cstddef>
#include <cstdint>

#include "launch.hpp"

enum cudaError {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInitializationError = 3,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorInvalidPitchValue = 12,
  cudaErrorInvalidSymbol = 13,
  cudaErrorInvalidDevicePointer = 17,
  cudaErrorInvalidMemcpyDirection = 21,
  cudaErrorInvalidDeviceFunction = 98,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorInvalidResourceHandle = 400,
  cudaErrorNotReady = 600,
  cudaErrorIllegalAddress = 700,
  cudaErrorLaunchOutOfResources = 701,
  cudaErrorLaunchTimeout = 702,
  cudaErrorAssert = 710,
  cudaErrorMisalignedAddress = 716,
  cudaErrorLaunchFailure = 719,
  cudaErrorCooperativeLaunchTooLarge = 720,
  cudaErrorNotSupported = 801,
  cudaErrorStreamCaptureUnsupported = 900,
  cudaErrorStreamCaptureInvalidated = 901,
  cudaErrorUnknown = 999
};
typedef enum cudaError cudaError_t;
enum cudaMemcpyKind {
  cudaMemcpyHostToHost = 0,
  cudaMemcpyHostToDevice = 1,
  cudaMemcpyDeviceToHost = 2,
  cudaMemcpyDeviceToDevice = 3,
  cudaMemcpyDefault = 4
};
typedef struct convict_event* cudaEvent_t;
typedef void (*cudaHostFn_t)(void*);
typedef void (*cudaStreamCallback_t)(cudaStream_t, cudaError_t, void*);

#define cudaStreamLegacy (static_cast<cudaStream_t>(nullptr))
enum { cudaStreamDefault = 0, cudaStreamNonBlocking = 1 };
enum {
  cudaEventDefault = 0,
  cudaEventBlockingSync = 1,
  cudaEventDisableTiming = 2,
  cudaEventInterprocess = 4
};
enum { cudaEventWaitDefault = 0, cudaEventRecordDefault = 0 };
enum { cudaHostAllocDefault = 0, cudaHostAllocPortable = 1, cudaHostAllocMapped = 2 };
enum { cudaHostRegisterDefault = 0 };
enum { cudaMemAttachGlobal = 1, cudaMemAttachHost = 2 };
enum { cudaDeviceScheduleAuto = 0, cudaDeviceScheduleSpin = 1, cudaDeviceMapHost = 8 };
enum cudaFuncAttribute {
  cudaFuncAttributeMaxDynamicSharedMemorySize = 8,
  cudaFuncAttributePreferredSharedMemoryCarveout = 9
};
enum cudaFuncCache { cudaFuncCachePreferNone, cudaFuncCachePreferShared, cudaFuncCachePreferL1 };
enum cudaSharedMemConfig {
  cudaSharedMemBankSizeDefault,
  cudaSharedMemBankSizeFourByte,
  cudaSharedMemBankSizeEightByte
};
enum cudaLimit { cudaLimitStackSize = 0, cudaLimitPrintfFifoSize = 1, cudaLimitMallocHeapSize = 2 };
enum cudaDeviceAttr {
  cudaDevAttrMaxThreadsPerBlock = 1,
  cudaDevAttrMaxBlockDimX = 2,
  cudaDevAttrMaxBlockDimY = 3,
  cudaDevAttrMaxBlockDimZ = 4,
  cudaDevAttrMaxGridDimX = 5,
  cudaDevAttrMaxGridDimY = 6,
  cudaDevAttrMaxGridDimZ = 7,
  cudaDevAttrMaxSharedMemoryPerBlock = 8,
  cudaDevAttrTotalConstantMemory = 9,
  cudaDevAttrWarpSize = 10,
  cudaDevAttrMaxRegistersPerBlock = 12,
  cudaDevAttrClockRate = 13,
  cudaDevAttrMultiProcessorCount = 16,
  cudaDevAttrConcurrentKernels = 31,
  cudaDevAttrMemoryClockRate = 36,
  cudaDevAttrGlobalMemoryBusWidth = 37,
  cudaDevAttrL2CacheSize = 38,
  cudaDevAttrMaxThreadsPerMultiProcessor = 39,
  cudaDevAttrUnifiedAddressing = 41,
  cudaDevAttrComputeCapabilityMajor = 75,
  cudaDevAttrComputeCapabilityMinor = 76,
  cudaDevAttrMaxSharedMemoryPerMultiprocessor = 81,
  cudaDevAttrMaxRegistersPerMultiprocessor = 82,
  cudaDevAttrManagedMemory = 83,
  cudaDevAttrCooperativeLaunch = 95,
  cudaDevAttrMaxSharedMemoryPerBlockOptin = 97,
  cudaDevAttrReservedSharedMemoryPerBlock = 111,
  cudaDevAttrMemoryPoolsSupported = 115
};
struct cudaDeviceProp {
  char name[256];
  std::size_t totalGlobalMem, sharedMemPerBlock;
  int regsPerBlock, warpSize;
  std::size_t memPitch;
  int maxThreadsPerBlock, maxThreadsDim[3], maxGridSize[3], clockRate;
  std::size_t totalConstMem;
  int major, minor, multiProcessorCount, l2CacheSize, maxThreadsPerMultiProcessor;
  int concurrentKernels, unifiedAddressing, managedMemory, cooperativeLaunch;
  int memoryClockRate, memoryBusWidth, regsPerMultiprocessor, maxBlocksPerMultiProcessor;
  std::size_t sharedMemPerMultiprocessor, sharedMemPerBlockOptin, reservedSharedMemPerBlock;
};
struct cudaFuncAttributes {
  std::size_t sharedSizeBytes, constSizeBytes, localSizeBytes;
  int maxThreadsPerBlock, numRegs, ptxVersion, binaryVersion, cacheModeCA;
  int maxDynamicSharedSizeBytes, preferredShmemCarveout;
};
struct cudaPointerAttributes {
  int type;  // cudaMemoryType
  int device;
  void* devicePointer;
  void* hostPointer;
};
enum cudaMemoryType {
  cudaMemoryTypeUnregistered,
  cudaMemoryTypeHost,
  cudaMemoryTypeDevice,
  cudaMemoryTypeManaged
};

#define CONVICT_SITE ::convict_device::Site site = ::convict_device::Site()

const char* cudaGetErrorName(cudaError_t error);
const char* cudaGetErrorString(cudaError_t error);
cudaError_t cudaGetLastError();
cudaError_t cudaPeekAtLastError();

cudaError_t cudaGetDeviceCount(int* count);
cudaError_t cudaGetDevice(int* device);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaSetDeviceFlags(unsigned flags);
cudaError_t cudaDeviceReset();
cudaError_t cudaDeviceSynchronize();
inline cudaError_t cudaThreadSynchronize() { return cudaDeviceSynchronize(); }
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device);
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device);
inline cudaError_t cudaDeviceSetCacheConfig(cudaFuncCache) { return cudaSuccess; }
inline cudaError_t cudaDeviceSetSharedMemConfig(cudaSharedMemConfig) { return cudaSuccess; }
inline cudaError_t cudaDeviceSetLimit(cudaLimit, std::size_t) { return cudaSuccess; }
cudaError_t cudaDriverGetVersion(int* version);
cudaError_t cudaRuntimeGetVersion(int* version);
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total);

namespace convict_device {
enum class Memory { device, pinned, managed };
cudaError_t allocate(void** to, std::size_t bytes, Memory kind, Site site);
cudaError_t allocate_pitched(void** to, std::size_t* pitch, std::size_t width, std::size_t height,
                             Site site);
cudaError_t copy(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch,
                 std::size_t width, std::size_t height, cudaMemcpyKind kind, cudaStream_t stream,
                 bool wait, Site site);
cudaError_t set(void* to, std::size_t pitch, int value, std::size_t width, std::size_t height,
                cudaStream_t stream, bool wait, Site site);
int allow_dynamic_shared(const char* kernel, int bytes);
int blocks_per_multiprocessor(int threads, std::size_t shared_bytes);
}  // namespace convict_device

template <class T>
cudaError_t cudaMalloc(T** to, std::size_t bytes, CONVICT_SITE) {
  return convict_device::allocate((void**)to, bytes, convict_device::Memory::device, site);
}
template <class T>
cudaError_t cudaMallocAsync(T** to, std::size_t bytes, cudaStream_t, CONVICT_SITE) {
  return convict_device::allocate((void**)to, bytes, convict_device::Memory::device, site);
}
template <class T>
cudaError_t cudaMallocHost(T** to, std::size_t bytes, unsigned = 0, CONVICT_SITE) {
  return convict_device::allocate((void**)to, bytes, convict_device::Memory::pinned, site);
}
template <class T>
cudaError_t cudaHostAlloc(T** to, std::size_t bytes, unsigned, CONVICT_SITE) {
  return convict_device::allocate((void**)to, bytes, convict_device::Memory::pinned, site);
}
template <class T>
cudaError_t cudaMallocManaged(T** to, std::size_t bytes, unsigned = cudaMemAttachGlobal,
                              CONVICT_SITE) {
  return convict_device::allocate((void**)to, bytes, convict_device::Memory::managed, site);
}
template <class T>
cudaError_t cudaMallocPitch(T** to, std::size_t* pitch, std::size_t width, std::size_t height,
                            CONVICT_SITE) {
  return convict_device::allocate_pitched((void**)to, pitch, width, height, site);
}
cudaError_t cudaFree(void* memory);
cudaError_t cudaFreeAsync(void* memory, cudaStream_t stream);
cudaError_t cudaFreeHost(void* memory);
template <class T>
cudaError_t cudaHostGetDevicePointer(T** to, void* host, unsigned) {
  *to = static_cast<T*>(host);
  return cudaSuccess;
}
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer);

inline cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                              CONVICT_SITE) {
  return convict_device::copy(to, bytes, from, bytes, bytes, 1, kind, nullptr, true, site);
}
inline cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes,
                                   cudaMemcpyKind kind, cudaStream_t stream = nullptr,
                                   CONVICT_SITE) {
  return convict_device::copy(to, bytes, from, bytes, bytes, 1, kind, stream, false, site);
}
inline cudaError_t cudaMemcpy2D(void* to, std::size_t to_pitch, const void* from,
                                std::size_t from_pitch, std::size_t width, std::size_t height,
                                cudaMemcpyKind kind, CONVICT_SITE) {
  return convict_device::copy(to, to_pitch, from, from_pitch, width, height, kind, nullptr, true,
                              site);
}
inline cudaError_t cudaMemcpy2DAsync(void* to, std::size_t to_pitch, const void* from,
                                     std::size_t from_pitch, std::size_t width, std::size_t height,
                                     cudaMemcpyKind kind, cudaStream_t stream = nullptr,
                                     CONVICT_SITE) {
  return convict_device::copy(to, to_pitch, from, from_pitch, width, height, kind, stream, false,
                              site);
}
inline cudaError_t cudaMemset(void* to, int value, std::size_t bytes, CONVICT_SITE) {
  return convict_device::set(to, bytes, value, bytes, 1, nullptr, false, site);
}
inline cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes,
                                   cudaStream_t stream = nullptr, CONVICT_SITE) {
  return convict_device::set(to, bytes, value, bytes, 1, stream, false, site);
}
inline cudaError_t cudaMemset2D(void* to, std::size_t pitch, int value, std::size_t width,
                                std::size_t height, CONVICT_SITE) {
  return convict_device::set(to, pitch, value, width, height, nullptr, false, site);
}
inline cudaError_t cudaMemset2DAsync(void* to, std::size_t pitch, int value, std::size_t width,
                                     std::size_t height, cudaStream_t stream = nullptr,
                                     CONVICT_SITE) {
  return convict_device::set(to, pitch, value, width, height, stream, false, site);
}
template <class T>
cudaError_t cudaMemcpyToSymbol(T& symbol, const void* from, std::size_t bytes,
                               std::size_t offset = 0, cudaMemcpyKind kind = cudaMemcpyHostToDevice,
                               CONVICT_SITE) {
  if (offset > sizeof(T) || bytes > sizeof(T) - offset) return cudaErrorInvalidValue;
  return convict_device::copy((char*)&symbol + offset, bytes, from, bytes, bytes, 1, kind, nullptr,
                              true, site);
}
template <class T>
cudaError_t cudaMemcpyToSymbolAsync(T& symbol, const void* from, std::size_t bytes,
                                    std::size_t offset, cudaMemcpyKind kind,
                                    cudaStream_t stream = nullptr, CONVICT_SITE) {
  if (offset > sizeof(T) || bytes > sizeof(T) - offset) return cudaErrorInvalidValue;
  return convict_device::copy((char*)&symbol + offset, bytes, from, bytes, bytes, 1, kind, stream,
                              false, site);
}
template <class T>
cudaError_t cudaMemcpyFromSymbol(void* to, const T& symbol, std::size_t bytes,
                                 std::size_t offset = 0,
                                 cudaMemcpyKind kind = cudaMemcpyDeviceToHost, CONVICT_SITE) {
  if (offset > sizeof(T) || bytes > sizeof(T) - offset) return cudaErrorInvalidValue;
  return convict_device::copy(to, bytes, (const char*)&symbol + offset, bytes, bytes, 1, kind,
                              nullptr, true, site);
}
template <class P, class T>
cudaError_t cudaGetSymbolAddress(P** to, const T& symbol) {
  *to = (P*)&symbol;
  return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t* stream);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags);
inline cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned flags, int) {
  return cudaStreamCreateWithFlags(stream, flags);
}
inline cudaError_t cudaDeviceGetStreamPriorityRange(int* least, int* greatest) {
  *least = 0, *greatest = -5;
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamQuery(cudaStream_t stream);
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags = 0);
cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* argument);
cudaError_t cudaEventCreate(cudaEvent_t* event);
inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  return cudaEventCreate(event);
}
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream = nullptr);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventQuery(cudaEvent_t event);
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end);

template <class... P>
cudaError_t cudaLaunchKernel(convict_device::Function<P...> kernel, dim3 grid, dim3 block,
                             void** arguments, std::size_t shared_bytes = 0,
                             cudaStream_t stream = nullptr, CONVICT_SITE) {
  const convict_device::Configuration how{"", site, grid, block, shared_bytes, stream, false};
  return static_cast<cudaError_t>(
      convict_device::launch_by_address(how, kernel, arguments, std::index_sequence_for<P...>{}));
}
template <class... P>
cudaError_t cudaLaunchCooperativeKernel(convict_device::Function<P...> kernel, dim3 grid,
                                        dim3 block, void** arguments, std::size_t shared_bytes = 0,
                                        cudaStream_t stream = nullptr, CONVICT_SITE) {
  const convict_device::Configuration how{"", site, grid, block, shared_bytes, stream, true};
  return static_cast<cudaError_t>(
      convict_device::launch_by_address(how, kernel, arguments, std::index_sequence_for<P...>{}));
}
template <class... P>
cudaError_t cudaFuncSetAttribute(convict_device::Function<P...> kernel, cudaFuncAttribute attribute,
                                 int value) {
  if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) return cudaSuccess;
  return static_cast<cudaError_t>(convict_device::allow_dynamic_shared(kernel.name, value));
}
template <class... P>
cudaError_t cudaFuncSetCacheConfig(convict_device::Function<P...>, cudaFuncCache) {
  return cudaSuccess;
}
template <class... P>
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, convict_device::Function<P...>) {
  *attributes = {};
  attributes->maxThreadsPerBlock = 1024, attributes->numRegs = 64;
  attributes->maxDynamicSharedSizeBytes = 48 << 10;
  return cudaSuccess;
}
template <class... P>
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks,
                                                          convict_device::Function<P...>,
                                                          int threads, std::size_t shared_bytes) {
  *blocks = convict_device::blocks_per_multiprocessor(threads, shared_bytes);
  return cudaSuccess;
}
template <class... P>
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    int* blocks, convict_device::Function<P...> kernel, int threads, std::size_t shared_bytes,
    unsigned) {
  return cudaOccupancyMaxActiveBlocksPerMultiprocessor(blocks, kernel, threads, shared_bytes);
}
template <class... P>
cudaError_t cudaOccupancyMaxPotentialBlockSize(int* grid, int* block,
                                               convict_device::Function<P...>, std::size_t = 0,
                                               int limit = 0) {
  *block = limit > 0 && limit < 256 ? limit : 256;
  *grid = convict_device::blocks_per_multiprocessor(*block, 0) * 4;
  return cudaSuccess;
}
#undef CONVICT_SITE
