// SPDX-License-Identifier: Apache-2.0
#include "tests/ops/fake_gpu.hpp"

#include <cstring>
#include <memory>

#include "core/errors.hpp"
#include "reference/kernels.hpp"

namespace convict::ops::test {

std::byte* FakeDevice::allocate(std::size_t bytes) {
  auto* const memory = static_cast<std::byte*>(::operator new (bytes, std::align_val_t{64}));
  std::memset(memory, 0xFF, bytes);
  live[memory] = bytes;
  return memory;
}

void FakeDevice::release(std::byte* memory) {
  live.erase(memory);
  ::operator delete (memory, std::align_val_t{64});
}

void FakeDevice::upload(std::byte* device, const std::byte* host, std::size_t bytes) {
  ++uploads;
  if (!owns(device) || owns(host) || live.at(device) < bytes)
    throw EnvironmentError("upload to what is no memory of the device");
  std::memcpy(device, host, bytes);
}

void FakeDevice::download(std::byte* host, const std::byte* device, std::size_t bytes) {
  ++downloads;
  if (!owns(device) || owns(host) || synchronized == 0)
    throw EnvironmentError("download of what is no memory of the device, or not ready");
  std::memcpy(host, device, bytes);
}

bool FakeDevice::owns(const void* memory) const {
  return live.contains(static_cast<std::byte*>(const_cast<void*>(memory)));
}

FakeGpu::FakeGpu() {
  backend.kernel = [this](std::string_view name, Precision precision) {
    asked.push_back(std::string(name) + " " + std::string(name_of(precision)));
    return entry(std::string(name));
  };
  backend.dnn_kernel = [this](std::string_view algorithm, Precision precision) {
    asked.push_back(std::string(algorithm) + " " + std::string(name_of(precision)));
    return entry("gpu.cudnn." + std::string(algorithm));
  };
  backend.device_of = [this](const Kernel&) -> Device& { return device; };
}

Kernel FakeGpu::entry(std::string name) {
  constexpr std::size_t scratch = 32;
  const Kernel definition = reference::kernels().front();
  Kernel kernel = definition;
  kernel.name = std::move(name);
  kernel.device = DeviceKind::gpu;
  kernel.precisions = {all_precisions.begin(), all_precisions.end()};
  kernel.workspace_bytes = [](const Problem&) { return scratch; };
  kernel.plan = [this](const Problem&) {
    ++plans;
    return std::shared_ptr<void>(this, [](void* gpu) { --static_cast<FakeGpu*>(gpu)->plans; });
  };
  kernel.run = [this, definition](const Problem& problem, const Buffers& buffers) {
    for (const void* memory : {buffers.input, buffers.filters, buffers.output, buffers.workspace})
      if (!device.owns(memory)) throw KernelError("a buffer is not in the device's memory");
    if (buffers.plan != this || buffers.stream != &device || buffers.workspace_bytes != scratch)
      throw KernelError("no plan, stream or workspace");
    passes.push_back(problem.pass);
    Problem stored = problem;  // reference.direct takes storage types only
    stored.precision = storage_of(problem.precision);
    definition.run(stored, buffers);
  };
  return kernel;
}

}  // namespace convict::ops::test
