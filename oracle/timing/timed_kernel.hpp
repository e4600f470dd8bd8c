#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/device.hpp"
#include "oracle/case.hpp"

namespace convict::oracle {

/// Memory of a device for as long as the object lives.
class DeviceMemory {
 public:
  DeviceMemory(Device& device, std::size_t bytes);
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
/// it times are those whose results are looked at.
class TimedKernel {
 public:
  /// `cases` pose the same problem on different data, dense NCHW; they must outlive this. Judges
  /// one call on each. Nothing is timed when the row refuses or a result is wrong: `excluded`.
  TimedKernel(const Kernel& kernel, Device& device, std::span<const Case> cases);

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

  void add_set(std::size_t data);
  void load(DataSet& set) const;
  std::optional<std::string> judged(std::size_t set);
  void call(std::size_t set);
  DeviceMemory& result_of(DataSet& set) const;
  std::vector<std::byte> downloaded(const DeviceMemory& memory) const;
  std::optional<std::string> wrong(std::size_t set, const std::vector<std::byte>& result) const;

  const Kernel& kernel_;
  Device& device_;
  std::span<const Case> cases_;
  Problem problem_;
  std::vector<DataSet> sets_;
  std::vector<std::vector<std::byte>> expected_;  ///< of each case, the result that was judged
  std::optional<DeviceMemory> workspace_;
  std::shared_ptr<void> plan_;
  std::optional<std::string> excluded_;
  bool convicted_ = false;
};

}  // namespace convict::oracle
