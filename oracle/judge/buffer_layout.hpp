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

/// How tensors lie against forbidden memory, and what the row they are for may ask of that.
struct Guarding {
  Guard side = Guard::none;
  index_t required_alignment = 1;  ///< in elements
  index_t over_read = 0;           ///< elements behind a buffer that stay within reach
};
Guarding guarding_of(const Recipe& recipe, const Claims& claims);

/// Three tensors and a workspace in one arena, each between guard zones:
///   guard | input | guard | filters | guard | output | guard | workspace | guard
/// With a Guarding, every buffer has pages of its own, and guard zones hold a whole page at least
/// that a worker process may not touch. No copy of the arena is kept: what must be in it is worked
/// out again from the operands.
class BufferLayout {
 public:
  /// Tensors start `align` elements behind a 64-byte boundary; guarded ones lie `align` elements
  /// from the forbidden page, or less than the required alignment further (a workspace, less than
  /// 16 bytes). Throws SpecError when the sizes overflow.
  BufferLayout(const Problem& problem, index_t align, std::size_t workspace_bytes,
               const Guarding& guarding = {});

  std::size_t bytes() const { return bytes_; }
  const sandbox::Placement& placement() const { return placement_; }

  /// Poisons everything, then puts the operands (and the old result, when given) in place. The
  /// operands must live until the last `forbidden_write`.
  void prepare(std::span<std::byte> arena, const datasets::Operands& operands,
               sandbox::Poison poison);

  /// The operands as stored, dense and row-major; like dense_result. `old_result` is made anew, the
  /// kernel has written over it. What the pass does not read is empty.
  struct DenseOperands {
    std::span<const std::byte> input, filters, output, old_result;
    std::array<std::vector<std::byte>, 4> scratch;
  };
  DenseOperands dense_operands(std::span<const std::byte> arena) const;

  /// What changed since `prepare` that the kernel had no business to change, or nothing: inputs,
  /// guards, gaps between rows.
  std::optional<std::string> forbidden_write(std::span<const std::byte> arena);

  /// The result's elements in logical order, as stored: the arena's own where they lie so, else
  /// gathered into `scratch`.
  std::span<const std::byte> dense_result(std::span<const std::byte> arena,
                                          std::vector<std::byte>& scratch) const;
  /// The same in memory of its own.
  std::vector<std::byte> result(std::span<const std::byte> arena) const;
  /// Which element of a dense result holds poison that was a NaN, and where it must come from.
  struct Leak {
    std::size_t element;
    std::string from;  ///< "what lay behind the end of input"
  };
  std::optional<Leak> leak(std::span<const std::byte> stored) const;
  /// Stored elements, decoded.
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
  sandbox::BufferSlot place_freely(std::size_t size) const;
  sandbox::BufferSlot place_guarded(std::size_t size, Content content) const;

  /// visit(begin, end, source) for all that lies between the buffers, half a zone at a time.
  template <class Visit>
  void for_each_zone(Visit&& visit) const;
  template <class Visit>
  decltype(auto) with_shape(const Region& region, Visit&& visit) const;
  const std::vector<double>& values_for(const Region& region) const;
  void fill_region(const Region& region, std::byte* memory, bool keep_operands) const;
  template <class Visit>
  void for_each_kept(const Region& region, std::span<const std::byte> arena, Visit&& visit) const;
  template <class Visit>
  void for_each_kept(std::span<const std::byte> arena, Visit&& visit) const;
  std::span<const std::byte> dense(const Region& region, std::span<const std::byte> arena,
                                   std::vector<std::byte>& scratch) const;
  std::string describe(std::size_t offset, std::size_t changed) const;

  Problem problem_;
  std::size_t element_bytes_;
  std::size_t align_bytes_;
  Guarding guarding_;
  sandbox::Placement placement_;
  std::size_t bytes_ = 0;
  std::vector<Region> regions_;  ///< input, filters, output, workspace
  const datasets::Operands* operands_ = nullptr;
  sandbox::Poison poison_ = sandbox::Poison::nan;
  const std::byte* intact_ = nullptr;  ///< an arena whose operands were found as they should be
};

}  // namespace convict::oracle
