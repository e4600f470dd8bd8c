#include "core/device.hpp"

#include <cstring>
#include <new>

namespace convict {
namespace {

class HostDevice final : public Device {
 public:
  std::string_view name() const override { return "cpu"; }
  bool host_addressable() const override { return true; }
  std::byte* allocate(std::size_t bytes) override {
    return static_cast<std::byte*>(::operator new (bytes, std::align_val_t{64}));
  }
  void release(std::byte* memory) override { ::operator delete (memory, std::align_val_t{64}); }
  void upload(std::byte* device, const std::byte* host, std::size_t bytes) override {
    std::memcpy(device, host, bytes);
  }
  void download(std::byte* host, const std::byte* device, std::size_t bytes) override {
    std::memcpy(host, device, bytes);
  }
  void synchronize() override {}
};

}  // namespace

Device& host_device() {
  static HostDevice device;
  return device;
}

}  // namespace convict
