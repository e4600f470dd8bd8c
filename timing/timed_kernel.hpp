// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/device.hpp"
#include "oracle/truth/case.hpp"

namespace convict::timing {

/// Owns memory of a device.
class DeviceMemory {
 public:
  DeviceMemory(Device& device, std::size_t bytes);
  /// Takes ownership of memory that `device` allocated.
  DeviceMemory(Device& device, std::byte* memory, std::size_t bytes)
      : bytes_(bytes), memory_(memory, Release{&device}) {}
  std::byte* data() const { return memory_.get(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Release {
    Device* device;
    void operator()(std::byte* memory) const { device->release(memory); }
  };
  std::size_t bytes_;
  std::unique_ptr<std::byte, Release> memory_;
};

/// The time of one sample, per call.
struct Sample {
  double device_ms = 0;  ///< between events in the stream before and after the calls
  double host_ms = 0;    ///< by the host's clock, until the device was done
};

/// A kernel on one problem, with device memory for several sets of data. It verifies results of the
/// very calls that it times: on the device if that can project, which saves the transfer.
class TimedKernel {
 public:
  /// `cases` are one problem with different data, dense NCHW; they must outlive this. Judges one
  /// call on each. If the kernel refuses or a result is wrong, it is excluded: see excluded().
  TimedKernel(const Kernel& kernel, Device& device, std::span<const oracle::Case> cases);

  const Kernel& kernel() const { return kernel_; }
  Device& device() const { return device_; }
  /// Why the kernel is not timed, or nothing.
  const std::optional<std::string>& excluded() const { return excluded_; }
  /// True when it is excluded for a fault, not for a refusal.
  bool found_wrong() const { return found_wrong_; }
  void exclude_as_wrong(std::string why) {
    excluded_ = std::move(why);
    found_wrong_ = true;
  }

  /// Calls the kernel `calls` times on the sets in turn, starting with set `number`. The result of
  /// that set is poisoned before and verified afterwards. Nothing, and excluded() says why, when it
  /// is wrong or the kernel threw. `cold`: caches are flushed before.
  std::optional<Sample> sample(std::size_t number, int calls, bool cold);

  /// Gives every set the data of the next one, so that a kernel that caches results by the address
  /// of its operands returns wrong ones.
  void exchange_data();

 private:
  struct DataSet {
    DeviceMemory input, filters, output;
    std::size_t data;  ///< index into cases_
  };

  /// Copies of a call's operands on the device; empty where there is no memory for a copy.
  struct Given {
    std::optional<DeviceMemory> input, filters, output;
  };
  /// A copy of a judged result: on the device or, if there is no memory for it, on the host.
  struct Kept {
    std::optional<DeviceMemory> on_device;
    std::vector<std::byte> on_host;
  };

  void add_set(std::size_t data);
  void load(DataSet& set) const;
  bool rotate(DeviceMemory DataSet::*tensor);
  void call(std::size_t set);
  const DeviceMemory& result_of(const DataSet& set) const;
  std::vector<std::byte> downloaded(const DeviceMemory& memory) const;
  /// A copy on the device. Nothing if the host can address the memory itself, or if there is no
  /// memory.
  std::optional<DeviceMemory> copied(const DeviceMemory& memory) const;
  Kept kept(const DeviceMemory& result) const;
  bool is_kept(const Kept& kept, const DeviceMemory& result) const;
  Given given(const DataSet& set) const;
  /// Verifies the result of an exact fill by projection on the device; nothing if that is not
  /// possible.
  std::optional<Projected> projected(const oracle::Case& known, const Given& given,
                                     const DeviceMemory& result) const;
  /// Makes a call on a set and judges its result: on the device if possible. A result that fails
  /// there is judged by the host for the reason.
  std::optional<std::string> judged(std::size_t set);
  std::optional<std::string> examined(const oracle::Case& known,
                                      const std::vector<std::byte>& result);
  std::optional<std::string> wrong(std::size_t set);

  const Kernel& kernel_;
  Device& device_;
  std::span<const oracle::Case> cases_;
  Problem problem_;
  std::vector<DataSet> sets_;
  std::vector<Kept> expected_;  ///< for each case, the judged result
  std::optional<DeviceMemory> workspace_;
  std::shared_ptr<void> plan_;
  std::optional<std::string> excluded_;
  bool found_wrong_ = false;
};

}  // namespace convict::timing
