// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <new>
#include <utility>

#include "core/device.hpp"
#include "core/errors.hpp"

namespace convict {

/// A fake device whose memory the host must not address and that fails on request. Its stream runs
/// work at once or, when `deferred`, at the next synchronisation, as a real device does.
class RemoteDevice : public Device {
 public:
  std::string_view name() const override { return "remote"; }
  bool host_addressable() const override { return false; }
  std::byte* allocate(std::size_t bytes) override {
    ++allocations;
    return host_device().allocate(bytes);
  }
  void release(std::byte* memory) override {
    ++releases;
    host_device().release(memory);
  }
  std::optional<Walled> allocate_walled(std::size_t bytes) override {
    if (wall_bytes == 0) return std::nullopt;
    const std::size_t rounded = (bytes + wall_bytes - 1) / wall_bytes * wall_bytes;
    std::byte* const memory = host_device().allocate(rounded);
    walls[memory] = rounded;
    return Walled{memory, rounded};
  }
  void release_walled(const Walled& memory) override {
    walls.erase(memory.begin);
    host_device().release(memory.begin);
  }
  void upload(std::byte* device, const std::byte* host, std::size_t bytes) override {
    if (device == host) throw EnvironmentError("an upload from the device's own memory");
    enqueue([=] { std::memcpy(device, host, bytes); });
    carry_out();
  }
  void download(std::byte* host, const std::byte* device, std::size_t bytes) override {
    if (lost) throw EnvironmentError("device lost");
    enqueue([=] { std::memcpy(host, device, bytes); });
    carry_out();
  }
  void fill(std::byte* memory, unsigned char value, std::size_t bytes) override {
    enqueue([=] { std::memset(memory, value, bytes); });
  }
  void copy(std::byte* to, const std::byte* from, std::size_t bytes) override {
    enqueue([=] { std::memcpy(to, from, bytes); });
  }
  void delay(double) override { ++delays; }
  void* stream() override { return this; }
  bool record(const std::function<void()>& enqueue) override {
    if (!records) return false;
    ++recordings;
    const bool was_deferred = std::exchange(deferred, true);
    std::deque<std::function<void()>> before;
    queue_.swap(before);
    const Restore restore{*this, was_deferred, before};
    recording_ = true;
    enqueue();
    return true;
  }
  void synchronize() override {
    if (recording_) throw EnvironmentError("waits while it is recorded");
    carry_out();
    if (illegal_address) throw EnvironmentError("illegal address");
  }
  double time_ms(const std::function<void()>& enqueue) override {
    return host_device().time_ms(enqueue);
  }
  void flush_caches() override {}
  Ceiling ceiling(Precision precision) const override { return host_device().ceiling(precision); }

  void enqueue(std::function<void()> work) {
    queue_.push_back(std::move(work));
    if (!deferred) carry_out();
  }

  pid_t process = ::getpid();  ///< id of the process that made this object
  int allocations = 0;
  int releases = 0;
  int delays = 0;
  bool lost = false;
  bool illegal_address = false;
  bool deferred = false;
  bool records = false;
  int recordings = 0;
  std::size_t wall_bytes = 0;  ///< granularity of walled memory; 0: there is none
  std::map<std::byte*, std::size_t> walls;

 private:
  /// After a recording: enqueues the recorded work behind the work that was enqueued before it.
  struct Restore {
    RemoteDevice& device;
    bool deferred;
    std::deque<std::function<void()>>& before;
    ~Restore() {
      device.recording_ = false;
      device.deferred = deferred;
      device.queue_.swap(before);
      for (auto& work : before) device.enqueue(std::move(work));
    }
  };

  void carry_out() {
    while (!queue_.empty()) {
      const auto work = std::move(queue_.front());
      queue_.pop_front();
      work();
    }
  }

  std::deque<std::function<void()>> queue_;
  bool recording_ = false;
};

}  // namespace convict
