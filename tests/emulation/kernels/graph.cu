// expected: right
// SPDX-License-Identifier: Apache-2.0
// A graph captured from two streams.
#include "convolution.cuh"

__global__ void scale(long count, const float* from, float* to) {
  const long at = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (at < count) to[at] = 2 * from[at];
}
__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
  const long element = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (element < p.outputs()) y[element] = 0.5f * direct_sum(p, x, w, element);
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  const DeviceArray twice(p.weights());
  cudaStream_t main, side;
  cudaEvent_t fork, join;
  check(cudaStreamCreate(&main));
  check(cudaStreamCreate(&side));
  check(cudaEventCreate(&fork));
  check(cudaEventCreate(&join));
  check(cudaStreamBeginCapture(main, cudaStreamCaptureModeGlobal));
  check(cudaEventRecord(fork, main));
  check(cudaStreamWaitEvent(side, fork, 0));
  scale<<<blocks_for(p.weights(), 64), 64, 0, side>>>(p.weights(), w, twice.get());
  check(cudaEventRecord(join, side));
  check(cudaMemsetAsync(y, 0, p.outputs() * sizeof(float), main));
#ifdef GRAPH_NO_JOIN
  convolve<<<blocks_for(p.outputs(), 128), 128, 0, main>>>(p, x, twice.get(), y);
#endif
  check(cudaStreamWaitEvent(main, join, 0));
#ifndef GRAPH_NO_JOIN
  convolve<<<blocks_for(p.outputs(), 128), 128, 0, main>>>(p, x, twice.get(), y);
#endif
  cudaGraph_t graph;
  check(cudaStreamEndCapture(main, &graph));
  cudaGraphExec_t executable;
  check(cudaGraphInstantiate(&executable, graph, 0));
#ifndef GRAPH_NOT_LAUNCHED
  check(cudaGraphLaunch(executable, main));
#endif
  check(cudaStreamSynchronize(main));
  check(cudaGraphExecDestroy(executable));
  check(cudaGraphDestroy(graph));
  check(cudaEventDestroy(fork));
  check(cudaEventDestroy(join));
  check(cudaStreamDestroy(side));
  check(cudaStreamDestroy(main));
}

static Limits limits() {
  Limits limits;
  limits.outputs = 60000;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
