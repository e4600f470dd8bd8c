// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ops/backend.hpp"
#include "tests/remote_device.hpp"

namespace convict::ops::test {

/// A device with memory of its own, so that tests detect buffers that are not in it.
class FakeDevice final : public RemoteDevice {
 public:
  std::string_view name() const override { return "fake"; }
  std::byte* allocate(std::size_t bytes) override;
  void release(std::byte* memory) override;
  void upload(std::byte* device, const std::byte* host, std::size_t bytes) override;
  void download(std::byte* host, const std::byte* device, std::size_t bytes) override;
  void synchronize() override { ++synchronized; }

  bool owns(const void* memory) const;

  int uploads = 0, downloads = 0, synchronized = 0;
  std::map<std::byte*, std::size_t> live;
};

/// A "GPU" that computes by the definition in the memory of a FakeDevice, and records the kernels
/// it was asked for. Its kernels have a plan and a workspace, and fail when a buffer is not in the
/// device's memory.
struct FakeGpu {
  FakeGpu();

  FakeDevice device;
  std::vector<std::string> asked;  ///< the requested kernels: "gpu.corr_mm f32", "small f32"
  std::vector<Pass> passes;        ///< of the calls
  int plans = 0;                   ///< plans that exist
  Backend backend;

 private:
  Kernel entry(std::string name);
};

}  // namespace convict::ops::test
