// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/kernel.hpp"
#include "core/trial.hpp"
#include "datasets/fills.hpp"
#include "sandbox/poison.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::oracle {

/// On which side buffers touch a guard page, and what the kernel's claims require there.
struct Guarding {
  Guard side = Guard::none;
  index_t required_alignment = 1;  ///< in elements; a power of two
  index_t over_read = 0;           ///< elements behind a buffer that the kernel may read
};
Guarding guarding_of(const Recipe& recipe, const Claims& claims);

/// Three tensors and a workspace in one arena, each between guard zones:
///   guard | input | guard | filters | guard | output | guard | workspace | guard
/// A tensor takes up the memory from its lowest to its highest element, gaps included; its address
/// in the placement is that of element (0, 0, ...), which lies behind others where a stride is
/// negative. With a Guarding, every buffer has pages of its own, and every guard zone contains at
/// least one whole page that a worker process cannot access. No copy of the arena is kept: its
/// expected contents are computed again from the operands.
class BufferLayout {
 public:
  /// Tensors start `align` elements behind a boundary of 64 bytes, or of the required alignment
  /// where that is more, and what a kernel may read behind them is in the arena. Guarded ones lie
  /// `align` elements from the guard page, plus less than the required alignment; a workspace lies
  /// less than 16 bytes from it. Throws SpecError when the sizes overflow.
  BufferLayout(const Problem& problem, index_t align, std::size_t workspace_bytes,
               const Guarding& guarding = {});

  std::size_t bytes() const { return bytes_; }
  const sandbox::Placement& placement() const { return placement_; }

  /// Fills the arena with poison, then writes the operands (and the old result, when given) into
  /// it. The operands must live until the last call of `forbidden_write`.
  void prepare(std::span<std::byte> arena, const datasets::Operands& operands,
               sandbox::Poison poison);

  /// The operands as stored, dense and row-major, like dense_result. `old_result` is converted
  /// again, since the kernel has overwritten it. Tensors that the pass does not read are empty.
  struct DenseOperands {
    std::span<const std::byte> input, filters, output, old_result;
    std::array<std::vector<std::byte>, 4> scratch;
  };
  DenseOperands dense_operands(std::span<const std::byte> arena) const;

  /// Describes the bytes that changed since `prepare` although the kernel must not write there
  /// (operands, guard zones, gaps between elements), or returns nothing.
  std::optional<std::string> forbidden_write(std::span<const std::byte> arena);

  /// The result's elements in logical order, as stored: a view of the arena if they are contiguous
  /// there, else gathered into `scratch`.
  std::span<const std::byte> dense_result(std::span<const std::byte> arena,
                                          std::vector<std::byte>& scratch) const;
  /// The same as a copy.
  std::vector<std::byte> result(std::span<const std::byte> arena) const;
  /// An element of a dense result that holds NaN poison, and where the kernel must have read it.
  struct Leak {
    std::size_t element;
    std::string from;  ///< "what lay behind the end of input"
  };
  /// The first such element, or nothing.
  std::optional<Leak> leak(std::span<const std::byte> stored) const;
  /// Stored elements as doubles.
  std::vector<double> decode(std::span<const std::byte> stored) const;

 private:
  enum class Content { operand, result, workspace };
  struct Region {
    std::string_view name;
    std::size_t begin;
    std::size_t end;
    Content content;
  };

  std::size_t add(std::size_t size, Content content);
  sandbox::BufferSlot place_unguarded(std::size_t size) const;
  sandbox::BufferSlot place_guarded(std::size_t size, Content content) const;

  /// visit(begin, end, source) for both halves of every zone between the buffers.
  template <class Visit>
  void for_each_zone(Visit&& visit) const;
  template <class Visit>
  decltype(auto) with_shape(const Region& region, Visit&& visit) const;
  /// Its number in sandbox::buffer_names.
  std::size_t number_of(const Region& region) const {
    return static_cast<std::size_t>(&region - regions_.data());
  }
  const std::vector<double>& values_for(const Region& region) const;
  void fill_region(const Region& region, std::byte* memory, bool keep_operands) const;
  template <class Visit>
  void for_each_constant(const Region& region, std::span<const std::byte> arena,
                         Visit&& visit) const;
  template <class Visit>
  void for_each_constant(std::span<const std::byte> arena, Visit&& visit) const;
  std::span<const std::byte> dense(const Region& region, std::span<const std::byte> arena,
                                   std::vector<std::byte>& scratch) const;
  std::string describe(std::size_t offset, std::size_t changed) const;

  Problem problem_;
  std::size_t element_bytes_;
  std::size_t align_bytes_;
  Guarding guarding_;
  std::size_t step_, behind_;  ///< the required alignment and the elements behind, in bytes
  sandbox::Placement placement_;
  std::size_t bytes_ = 0;
  std::vector<Region> regions_;  ///< input, filters, output, workspace
  const datasets::Operands* operands_ = nullptr;
  sandbox::Poison poison_ = sandbox::Poison::nan;
  const std::byte* intact_ = nullptr;  ///< an arena whose operands were found unchanged
};

}  // namespace convict::oracle
