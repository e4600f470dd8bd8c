#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/verdict.hpp"

namespace convict {

/// What is about to run.
struct RunInfo {
  std::string command{};    ///< conform, fuzz, ...
  std::string arguments{};  ///< the command line as typed
  std::string suite{};
  std::uint64_t seed = 0;
  std::vector<std::string> kernels{};
  std::size_t trials = 0;  ///< kernels x trials; 0 when open-ended
  std::vector<std::pair<std::string, std::string>> environment{};  ///< version, compiler, cpu, ...
};

/// What came out.
struct Tally {
  std::array<std::size_t, all_outcomes.size()> counts{};
  std::size_t& operator[](Outcome outcome) { return counts[static_cast<std::size_t>(outcome)]; }
  std::size_t operator[](Outcome outcome) const {
    return counts[static_cast<std::size_t>(outcome)];
  }
  std::size_t findings() const {
    return (*this)[Outcome::fail] + (*this)[Outcome::crashed] + (*this)[Outcome::hung];
  }
  std::size_t total() const {
    std::size_t sum = 0;
    for (const std::size_t count : counts) sum += count;
    return sum;
  }
};

struct RunEnd {
  Tally tally{};
  bool interrupted = false;
  double time_s = 0;
};

/// Findings leave the judge and the fuzzer through here. Calls come from one thread at a time, in
/// trial order.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void begin(const RunInfo&) {}
  virtual void trial(const TrialResult&) {}
  virtual void end(const RunEnd&) {}
};

/// Passes every event on to each of its observers.
class Observers final : public Observer {
 public:
  void add(std::unique_ptr<Observer> observer) { observers_.push_back(std::move(observer)); }
  void begin(const RunInfo& info) override {
    for (auto& observer : observers_) observer->begin(info);
  }
  void trial(const TrialResult& result) override {
    for (auto& observer : observers_) observer->trial(result);
  }
  void end(const RunEnd& end) override {
    for (auto& observer : observers_) observer->end(end);
  }

 private:
  std::vector<std::unique_ptr<Observer>> observers_;
};

}  // namespace convict
