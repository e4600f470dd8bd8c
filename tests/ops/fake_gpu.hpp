#pragma once

#include <map>
#include <string>
#include <vector>

#include "ops/backend.hpp"
#include "tests/remote_device.hpp"

namespace convict::ops::test {

/// A device whose memory is not the host's: a kernel that is given anything else is told apart.
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

/// A "GPU" that computes by the definition in the memory of a FakeDevice, and remembers what it was
/// asked for. Its rows have a plan and a workspace, and fail when they are given other memory than
/// the device's.
struct FakeGpu {
  FakeGpu();

  FakeDevice device;
  std::vector<std::string> asked;  ///< what was asked for: "gpu.corr_mm f32", "small f32"
  std::vector<Pass> passes;        ///< of the calls
  int plans = 0;                   ///< plans that exist
  Backend backend;

 private:
  Kernel entry(std::string name);
};

}  // namespace convict::ops::test
