// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>

namespace convict::run {

/// How long a kernel's calls usually take, by their number of multiply-adds, and the time limit
/// that follows: `factor` times the slowest call so far with as much work, at least `floor_s`.
/// Classes of work are powers of two. For more work than any call had, the time is taken to grow as
/// the work does.
class UsualTime {
 public:
  static constexpr double factor = 50;
  static constexpr double floor_s = 1;
  /// There is no limit before so many calls returned.
  static constexpr std::size_t least_calls = 20;

  void add(double multiply_adds, double seconds);
  /// In seconds; nothing before `least_calls`.
  std::optional<double> limit(double multiply_adds) const;

 private:
  static constexpr std::size_t classes = 64;
  static std::size_t class_of(double multiply_adds);

  std::array<double, classes> slowest_s_{};  ///< 0: no call had so much work
  std::size_t calls_ = 0;
};

}  // namespace convict::run
