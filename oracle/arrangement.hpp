#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/kernel.hpp"
#include "datasets/fills.hpp"
#include "oracle/custody/custody.hpp"

namespace convict::oracle {

/// What untouched memory is filled with before a run. Two runs with different poison tell an
/// element that was never written, and memory that was read without being anybody's, from an honest
/// result.
enum class Poison : unsigned char {
  nan = 0xFF,     ///< all bytes 0xFF: a NaN in every floating-point format
  finite = 0x4B,  ///< an ordinary large number in every format
};

/// Three tensors and a workspace in one arena, each between guard zones:
///   guard | input | guard | filters | guard | output | guard | workspace | guard
class Arrangement {
 public:
  /// Tensors start `align` elements behind a 64-byte boundary. Throws SpecError when the sizes
  /// overflow.
  Arrangement(const Problem& problem, index_t align, std::size_t workspace_bytes);

  std::size_t bytes() const { return bytes_; }
  const Placement& placement() const { return placement_; }

  /// Poisons everything, then puts the operands (and the old result, when given) in place.
  void prepare(std::span<std::byte> arena, const datasets::Operands& operands, Poison poison);

  /// What changed that the kernel had no business to change, or nothing: inputs, guards, gaps
  /// between rows.
  std::optional<std::string> trespass(std::span<const std::byte> arena) const;

  /// The result's elements in logical order, as stored.
  std::vector<std::byte> result(std::span<const std::byte> arena) const;
  /// The same, decoded.
  std::vector<double> decode(std::span<const std::byte> stored) const;

 private:
  struct Region {
    const char* name;
    std::size_t begin;
    std::size_t end;
  };

  std::size_t result_begin() const;
  void put_result_back(std::span<std::byte> arena) const;
  std::string describe(std::size_t offset, std::size_t changed) const;

  Problem problem_;
  std::size_t element_bytes_;
  std::vector<std::size_t>
      result_offsets_;  ///< of each result element, in bytes from its tensor's start
  Placement placement_;
  std::size_t bytes_ = 0;
  std::vector<Region> regions_;
  std::vector<std::byte> before_;
};

}  // namespace convict::oracle
