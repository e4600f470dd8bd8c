// SPDX-License-Identifier: Apache-2.0
// The functions that the CUDA files of this folder define, for a build without CUDA.

#include "core/errors.hpp"
#include "gpu/device/device.hpp"
#include "gpu/implicit_gemm/implicit_gemm.hpp"
#include "gpu/projection/projection.hpp"
#include "gpu/toeplitz/device_calls.hpp"

namespace convict::gpu {
namespace {

constexpr const char* without_cuda = "built without CUDA";

}  // namespace

std::optional<std::string> why_no_device() { return without_cuda; }

Device& device() { throw EnvironmentError(without_cuda); }

std::vector<std::pair<std::string, std::string>> device_facts() { return {{"gpu", without_cuda}}; }

std::optional<std::string> why_no_toeplitz() { return without_cuda; }
std::shared_ptr<void> make_toeplitz(const Problem&) { throw EnvironmentError(without_cuda); }
void run_toeplitz(const Problem&, const Buffers&) { throw EnvironmentError(without_cuda); }

void implicit_gemm::launch_on_device(const Step&, const Call&) {
  throw EnvironmentError(without_cuda);
}

void projection::launch_on_device(const Grid&, const Step&, void*) {
  throw EnvironmentError(without_cuda);
}

}  // namespace convict::gpu
