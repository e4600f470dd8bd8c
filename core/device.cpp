#include "core/device.hpp"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

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
  double time_ms(const std::function<void()>& enqueue) override {
    using clock = std::chrono::steady_clock;
    const clock::time_point begin = clock::now();
    enqueue();
    return std::chrono::duration<double, std::milli>(clock::now() - begin).count();
  }
  /// Writes and reads more than the caches hold.
  void flush_caches() override {
    constexpr std::size_t more_than_caches = std::size_t{64} << 20;
    if (flushed_.empty()) flushed_.resize(more_than_caches / sizeof(std::uint64_t));
    for (std::uint64_t& word : flushed_) ++word;
  }

 private:
  std::vector<std::uint64_t> flushed_;
};

}  // namespace

Device& host_device() {
  static HostDevice device;
  return device;
}

}  // namespace convict
