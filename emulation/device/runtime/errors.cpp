// SPDX-License-Identifier: Apache-2.0
#include "errors.hpp"

#include <utility>

namespace convict_device {
namespace {

cudaError_t last = cudaSuccess, sticky = cudaSuccess;
std::string last_about;

struct Words {
  cudaError_t error;
  const char *name, *text;
};
constexpr Words words[] = {
    {cudaSuccess, "cudaSuccess", "no error"},
    {cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
    {cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
    {cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration",
     "invalid configuration argument"},
    {cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal"},
    {cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle", "invalid resource handle"},
    {cudaErrorNotReady, "cudaErrorNotReady", "device not ready"},
    {cudaErrorLaunchTimeout, "cudaErrorLaunchTimeout", "the launch timed out and was terminated"},
    {cudaErrorLaunchFailure, "cudaErrorLaunchFailure", "unspecified launch failure"},
    {cudaErrorIllegalAddress, "cudaErrorIllegalAddress",
     "an illegal memory access was encountered"},
    {cudaErrorCooperativeLaunchTooLarge, "cudaErrorCooperativeLaunchTooLarge",
     "too many blocks in cooperative launch"},
    {cudaErrorNotSupported, "cudaErrorNotSupported", "operation not supported"},
};

}  // namespace

cudaError_t set_error(cudaError_t error, const std::string& about) {
  if (error != cudaSuccess) last = error, last_about = about;
  return error;
}
void set_sticky_error(cudaError_t error) { sticky = error; }
cudaError_t sticky_error() { return sticky; }
void forget_errors() { last = sticky = cudaSuccess, last_about.clear(); }
std::string unseen_error() { return last == cudaSuccess ? "" : last_about; }

}  // namespace convict_device

using namespace convict_device;

cudaError_t cudaGetLastError() {
  if (sticky_error() != cudaSuccess) return sticky_error();
  return std::exchange(last, cudaSuccess);
}
cudaError_t cudaPeekAtLastError() {
  if (sticky_error() != cudaSuccess) return sticky_error();
  return last;
}
const char* cudaGetErrorName(cudaError_t error) {
  for (const Words& one : words)
    if (one.error == error) return one.name;
  return "cudaErrorUnknown";
}
const char* cudaGetErrorString(cudaError_t error) {
  for (const Words& one : words)
    if (one.error == error) return one.text;
  return "unknown error";
}
