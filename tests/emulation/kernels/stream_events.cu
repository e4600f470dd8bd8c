// expected: right
// SPDX-License-Identifier: Apache-2.0
// Copies and the kernel on two streams, ordered by events; the result goes to pinned memory.
#include "convolution.cuh"

__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
  const long element = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (element < p.outputs()) y[element] = direct_sum(p, x, w, element);
}

/// A stream, an event and pinned memory that live as long as the plug-in.
struct Resources {
  cudaStream_t copies, work;
  cudaEvent_t copied, done;
  float* pinned;
  Resources() {
    check(cudaStreamCreateWithFlags(&copies, cudaStreamNonBlocking));
    check(cudaStreamCreateWithFlags(&work, cudaStreamNonBlocking));
    check(cudaEventCreateWithFlags(&copied, cudaEventDisableTiming));
    check(cudaEventCreateWithFlags(&done, cudaEventDisableTiming));
    check(cudaMallocHost(&pinned, 60000 * sizeof(float)));
  }
};

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  static const Resources& own = *new Resources;
  const DeviceArray dx(p.inputs()), dw(p.weights()), dy(p.outputs());
  check(
      cudaMemcpyAsync(dx.get(), x, p.inputs() * sizeof(float), cudaMemcpyHostToDevice, own.copies));
  check(cudaMemcpyAsync(dw.get(), w, p.weights() * sizeof(float), cudaMemcpyHostToDevice,
                        own.copies));
#if defined LEAK_PER_CALL
  float* kept = nullptr;
  check(cudaMalloc(&kept, 1024));
#elif defined USE_AFTER_FREE
  float* kept = nullptr;
  check(cudaMalloc(&kept, p.weights() * sizeof(float)));
  check(cudaMemcpyAsync(kept, w, p.weights() * sizeof(float), cudaMemcpyHostToDevice, own.copies));
#endif
  check(cudaEventRecord(own.copied, own.copies));
#ifndef STREAM_NO_WAIT_FOR_INPUT
  check(cudaStreamWaitEvent(own.work, own.copied, 0));
#endif
#ifdef STREAM_EVENT_TOO_EARLY
  check(cudaEventRecord(own.done, own.work));
#endif
#ifdef USE_AFTER_FREE
  check(cudaFree(kept));
  convolve<<<blocks_for(p.outputs(), 128), 128, 0, own.work>>>(p, dx.get(), kept, dy.get());
#else
  convolve<<<blocks_for(p.outputs(), 128), 128, 0, own.work>>>(p, dx.get(), dw.get(), dy.get());
#endif
  check(cudaGetLastError());
#ifndef STREAM_EVENT_TOO_EARLY
  check(cudaEventRecord(own.done, own.work));
#endif
#ifndef STREAM_NO_WAIT_FOR_RESULT
  check(cudaStreamWaitEvent(own.copies, own.done, 0));
#endif
  check(cudaMemcpyAsync(own.pinned, dy.get(), p.outputs() * sizeof(float), cudaMemcpyDeviceToHost,
                        own.copies));
#ifndef STREAM_NOT_SYNCHRONIZED
  check(cudaStreamSynchronize(own.copies));
#endif
  std::memcpy(y, own.pinned, p.outputs() * sizeof(float));
}

static Limits limits() {
  Limits limits;
  limits.outputs = 60000;
  return limits;
}
FORWARD_OF_HOST(forward, limits())
