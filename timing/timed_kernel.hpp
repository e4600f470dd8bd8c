#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/device.hpp"
#include "oracle/truth/case.hpp"

namespace convict::timing {

/// Memory of a device for as long as the object lives.
class DeviceMemory {
 public:
  DeviceMemory(Device& device, std::size_t bytes);
  /// Takes over what `device` allocated.
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

/// What one sample took, per call.
struct Sample {
  double device_ms = 0;  ///< between the points of the stream before and after the calls
  double host_ms = 0;    ///< by the host's clock, until the device was done
};

/// A row on one problem, with memory of its own on its device for several sets of data. The calls
/// it times are those whose results are looked at: on the device where it can, so that looking does
/// not cost a transfer.
class TimedKernel {
 public:
  /// `cases` pose the same problem on different data, dense NCHW; they must outlive this. Judges
  /// one call on each. Nothing is timed when the row refuses or a result is wrong: `excluded`.
  TimedKernel(const Kernel& kernel, Device& device, std::span<const oracle::Case> cases);

  const Kernel& kernel() const { return kernel_; }
  Device& device() const { return device_; }
  /// Why the row is not timed, or nothing.
  const std::optional<std::string>& excluded() const { return excluded_; }
  /// True when that is a finding, not a refusal.
  bool convicted() const { return convicted_; }
  void convict(std::string why) {
    excluded_ = std::move(why);
    convicted_ = true;
  }

  /// Calls the row `calls` times on the sets in turn, starting with set `number`; the result of the
  /// first set is poisoned before and looked at afterwards. Nothing when it is wrong or the row
  /// threw: `excluded` says so.
  /// `cold`: caches are flushed before.
  std::optional<Sample> sample(std::size_t number, int calls, bool cold);

  /// Gives every set the data of the next one: a row that remembers results by where its operands
  /// lie has remembered the wrong ones.
  void exchange_data();

 private:
  struct DataSet {
    DeviceMemory input, filters, output;
    std::size_t data;  ///< index into cases_
  };

  /// The operands of one call, copied on the device as far as there is memory.
  struct Given {
    std::optional<DeviceMemory> input, filters, output;
  };
  /// A result that was judged: on the device, or on the host where that has no memory.
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
  /// Nothing where the host need not care, or the device has no memory.
  std::optional<DeviceMemory> copied(const DeviceMemory& memory) const;
  Kept kept(const DeviceMemory& result) const;
  bool is_kept(const Kept& kept, const DeviceMemory& result) const;
  Given given(const DataSet& set) const;
  /// What the device itself says of an exact fill's result, or nothing.
  std::optional<Projected> projected(const oracle::Case& known, const Given& given,
                                     const DeviceMemory& result) const;
  /// Calls on a set and judges: on the device where it can; what fails there is told by the host.
  std::optional<std::string> judged(std::size_t set);
  std::optional<std::string> examined(const oracle::Case& known,
                                      const std::vector<std::byte>& result);
  std::optional<std::string> wrong(std::size_t set);

  const Kernel& kernel_;
  Device& device_;
  std::span<const oracle::Case> cases_;
  Problem problem_;
  std::vector<DataSet> sets_;
  std::vector<Kept> expected_;  ///< of each case, the result that was judged
  std::optional<DeviceMemory> workspace_;
  std::shared_ptr<void> plan_;
  std::optional<std::string> excluded_;
  bool convicted_ = false;
};

}  // namespace convict::timing
