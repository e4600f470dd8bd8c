// SPDX-License-Identifier: Apache-2.0
#include "oracle/judge/buffer_layout.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>

#include "core/errors.hpp"
#include "core/half.hpp"

namespace convict::oracle {
namespace {

constexpr std::size_t guard_bytes = 1024;
constexpr std::size_t most_poisoned = std::size_t{16} << 20;  // bytes of workspace, as a whole
constexpr std::size_t boundary = 64;
constexpr std::size_t workspace_boundary = 16;  // the alignment that malloc guarantees
constexpr std::size_t piece = 1024;  // elements or bytes handled at once: they stay in the L1 cache

template <std::size_t Rank>
bool is_dense(const Shape<Rank>& shape) {
  return shape == row_major(shape.extents);
}

template <class T>
void convert(const double* values, T* elements, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) elements[i] = static_cast<T>(values[i]);
}

/// Writes dense values to their places in a tensor of this shape, whose memory begins at `lowest`
/// (aligned for T).
template <class T, std::size_t Rank>
void scatter(const double* values, const Shape<Rank>& shape, T* lowest) {
  T* const memory = lowest + shape.before_first();
  for_each_run(shape, [&](const ElementRun& run) {
    if (run.stride == 1)
      convert(values + run.dense, memory + run.offset, static_cast<std::size_t>(run.count));
    else
      for (index_t i = 0; i < run.count; ++i)
        memory[run.offset + i * run.stride] = static_cast<T>(values[run.dense + i]);
  });
}

/// Calls move(offset in the dense tensor, offset in the tensor's memory, size), in bytes, for every
/// piece that is contiguous in both.
template <std::size_t Rank, class Move>
void for_each_contiguous(const Shape<Rank>& shape, std::size_t element_bytes, Move&& move) {
  const auto bytes = [&](index_t elements) {
    return static_cast<std::size_t>(elements) * element_bytes;
  };
  const index_t first = shape.before_first();
  for_each_run(shape, [&](const ElementRun& run) {
    if (run.stride == 1) return move(bytes(run.dense), bytes(first + run.offset), bytes(run.count));
    for (index_t i = 0; i < run.count; ++i)
      move(bytes(run.dense + i), bytes(first + run.offset + i * run.stride), element_bytes);
  });
}

std::size_t page_bytes() {
  static const auto bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

std::size_t round_up(std::size_t value, std::size_t step) {
  return (value + step - 1) / step * step;
}

/// More than any machine has, and so little that sums of a few such sizes do not overflow.
constexpr std::size_t most_bytes = std::size_t{1} << 56;

std::size_t checked(std::size_t bytes) {
  if (bytes > most_bytes)
    throw SpecError(
        fmt::format("a buffer of {} bytes: at most {} can be placed", bytes, most_bytes));
  return bytes;
}

std::size_t byte_span(index_t elements, std::size_t element_bytes) {
  index_t bytes = 0;
  if (elements < 0 || !multiply(elements, static_cast<index_t>(element_bytes), bytes))
    throw SpecError(
        fmt::format("a buffer of {} elements of {} bytes: at most {} bytes can be "
                    "placed",
                    elements, element_bytes, most_bytes));
  return checked(static_cast<std::size_t>(bytes));
}

}  // namespace

Guarding guarding_of(const Recipe& recipe, const Claims& claims) {
  return {recipe.guard, claims.required_alignment, claims.over_read};
}

BufferLayout::BufferLayout(const Problem& problem, index_t align, std::size_t workspace_bytes,
                           const Guarding& guarding)
    : problem_(problem),
      element_bytes_(static_cast<std::size_t>(bytes_of(problem.precision))),
      align_bytes_(byte_span(align, element_bytes_)),
      guarding_(guarding),
      step_(byte_span(std::max<index_t>(guarding.required_alignment, 1), element_bytes_)),
      behind_(byte_span(guarding.over_read, element_bytes_)) {
  assert(std::has_single_bit(step_) && step_ <= sandbox::arena_boundary);
  placement_.guarded = guarding.side != Guard::none;
  const auto content = [&](Pass written_by) {
    return problem.pass == written_by ? Content::result : Content::operand;
  };
  const auto place = [&](const auto& shape, Pass written_by) {
    const std::size_t lowest = add(byte_span(shape.span(), element_bytes_), content(written_by));
    return lowest + byte_span(shape.before_first(), element_bytes_);
  };
  const TensorShapes& shapes = problem.shapes;
  placement_.input = place(shapes.input, Pass::grad_input);
  placement_.filters = place(shapes.filters, Pass::grad_weights);
  placement_.output = place(shapes.output, Pass::forward);
  placement_.workspace = add(checked(workspace_bytes), Content::workspace);
  placement_.workspace_bytes = workspace_bytes;
  bytes_ += placement_.guarded ? page_bytes() : guard_bytes + behind_;
}

std::size_t BufferLayout::add(std::size_t size, Content content) {
  sandbox::BufferSlot& slot = placement_.slots[regions_.size()];
  slot = placement_.guarded ? place_guarded(size, content) : place_unguarded(size);
  slot.writable = content != Content::operand;
  bytes_ = slot.pages.end;
  regions_.push_back(
      {sandbox::buffer_names[regions_.size()], slot.buffer.begin, slot.buffer.end, content});
  return slot.buffer.begin;
}

sandbox::BufferSlot BufferLayout::place_unguarded(std::size_t size) const {
  const std::size_t begin =
      round_up(bytes_ + guard_bytes + behind_, std::max(boundary, step_)) + align_bytes_;
  return {.buffer = {begin, begin + size}, .pages = {begin, begin + size}};
}

sandbox::BufferSlot BufferLayout::place_guarded(std::size_t size, Content content) const {
  const std::size_t page = page_bytes();
  const bool scratch = content == Content::workspace;
  const std::size_t step = scratch ? workspace_boundary : step_;
  const std::size_t behind = scratch ? 0 : behind_;
  const std::size_t away = scratch ? 0 : align_bytes_;
  const std::size_t first = round_up(round_up(bytes_, page) + page, std::max(page, step));
  if (guarding_.side == Guard::left) {
    const std::size_t begin = first + away;
    return {.buffer = {begin, begin + size},
            .pages = {first, round_up(begin + size + behind, page)}};
  }
  const std::size_t wanted = round_up(size, step) + behind + away;
  const std::size_t last = first + round_up(wanted, page);
  const std::size_t begin = first + (last - first - behind - away - size) / step * step;
  return {.buffer = {begin, begin + size}, .pages = {first, last}};
}

template <class Visit>
decltype(auto) BufferLayout::with_shape(const Region& region, Visit&& visit) const {
  if (number_of(region) == 1) return visit(problem_.shapes.filters);
  return visit(number_of(region) == 0 ? problem_.shapes.input : problem_.shapes.output);
}

const std::vector<double>& BufferLayout::values_for(const Region& region) const {
  if (region.content == Content::result) return operands_->old_result;
  if (number_of(region) == 1) return operands_->filters;
  return number_of(region) == 0 ? operands_->input : operands_->output;
}

void BufferLayout::fill_region(const Region& region, std::byte* memory, bool keep_operands) const {
  const auto poison = [&] {
    sandbox::fill_with_poison(
        {memory, region.end - region.begin}, region.begin, element_bytes_, poison_,
        region.content == Content::result
            ? sandbox::PoisonSource{}
            : sandbox::PoisonSource::of(number_of(region), sandbox::PoisonSource::Side::inside));
  };
  if (region.content == Content::workspace && region.end - region.begin > most_poisoned)
    return sandbox::poison_sparsely(
        {memory, region.end - region.begin}, region.begin, element_bytes_, poison_,
        sandbox::PoisonSource::of(number_of(region), sandbox::PoisonSource::Side::inside));
  if (region.content == Content::workspace) return poison();
  with_shape(region, [&](const auto& shape) {
    const std::vector<double>& values = values_for(region);
    const bool covered = is_dense(shape) && !values.empty();
    if (covered && keep_operands && region.content == Content::operand) return;
    if (!covered) poison();
    if (!values.empty())
      with_storage_type(problem_.precision, [&](auto type) {
        scatter(values.data(), shape, reinterpret_cast<decltype(type)*>(memory));
      });
  });
}

void BufferLayout::prepare(std::span<std::byte> arena, const datasets::Operands& operands,
                           sandbox::Poison poison) {
  const bool keep_operands = operands_ == &operands && intact_ == arena.data();
  operands_ = &operands;
  poison_ = poison;
  intact_ = nullptr;
  for_each_zone([&](std::size_t begin, std::size_t end, sandbox::PoisonSource source) {
    sandbox::fill_with_poison(arena.subspan(begin, end - begin), begin, element_bytes_, poison,
                              source);
  });
  for (const Region& region : regions_)
    fill_region(region, arena.data() + region.begin, keep_operands);
}

template <class Visit>
void BufferLayout::for_each_zone(Visit&& visit) const {
  // A workspace of 0 bytes is no buffer that a kernel could leave.
  const std::size_t buffers = regions_.size() - (placement_.workspace_bytes == 0 ? 1 : 0);
  std::size_t begin = 0;
  for (std::size_t buffer = 0; buffer <= buffers; ++buffer) {
    const std::size_t end = buffer < buffers ? regions_[buffer].begin : bytes_;
    std::size_t middle = begin + (end - begin) / 2 / element_bytes_ * element_bytes_;
    if (buffer == 0) middle = begin;
    if (buffer == buffers) middle = end;
    if (middle > begin)
      visit(begin, middle,
            sandbox::PoisonSource::of(buffer - 1, sandbox::PoisonSource::Side::behind));
    if (end > middle)
      visit(middle, end, sandbox::PoisonSource::of(buffer, sandbox::PoisonSource::Side::before));
    if (buffer < buffers) begin = regions_[buffer].end;
  }
}

/// Calls visit(offset, expected bytes) for those parts of a region that the kernel must not change.
template <class Visit>
void BufferLayout::for_each_constant(const Region& region, std::span<const std::byte> arena,
                                     Visit&& visit) const {
  if (region.content == Content::workspace || region.begin == region.end) return;
  with_shape(region, [&](const auto& shape) {
    const std::vector<double>& values = values_for(region);
    if (is_dense(shape) && region.content == Content::result) return;
    if (!is_dense(shape)) {
      std::vector<std::byte> image(region.end - region.begin);
      fill_region(region, image.data(), false);
      if (region.content == Content::result)
        for_each_contiguous(
            shape, element_bytes_, [&](std::size_t, std::size_t at, std::size_t size) {
              std::memcpy(image.data() + at, arena.data() + region.begin + at, size);
            });
      return visit(region.begin, std::span<const std::byte>(image));
    }
    with_storage_type(problem_.precision, [&](auto type) {
      std::array<decltype(type), piece> elements;
      for (std::size_t at = 0; at < values.size(); at += piece) {
        const std::size_t count = std::min(piece, values.size() - at);
        convert(values.data() + at, elements.data(), count);
        visit(region.begin + at * element_bytes_, std::as_bytes(std::span(elements).first(count)));
      }
    });
  });
}

template <class Visit>
void BufferLayout::for_each_constant(std::span<const std::byte> arena, Visit&& visit) const {
  for_each_zone([&](std::size_t begin, std::size_t end, sandbox::PoisonSource source) {
    std::array<std::byte, piece> poisoned;
    const std::size_t size = std::min(piece, end - begin);
    sandbox::fill_with_poison(std::span(poisoned).first(size), begin, element_bytes_, poison_,
                              source);
    for (; begin < end; begin += piece)
      visit(begin, std::span<const std::byte>(poisoned).first(std::min(piece, end - begin)));
  });
  for (const Region& region : regions_) for_each_constant(region, arena, visit);
}

std::optional<std::string> BufferLayout::forbidden_write(std::span<const std::byte> arena) {
  std::size_t changed = 0;
  std::size_t first = bytes_;
  for_each_constant(arena, [&](std::size_t offset, std::span<const std::byte> expected) {
    const std::byte* const found = arena.data() + offset;
    if (std::memcmp(found, expected.data(), expected.size()) == 0) return;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (found[i] == expected[i]) continue;
      ++changed;
      first = std::min(first, offset + i);
    }
  });
  if (changed > 0) return describe(first, changed);
  intact_ = arena.data();
  return std::nullopt;
}

std::string BufferLayout::describe(std::size_t offset, std::size_t changed) const {
  const std::string total = fmt::format("{} byte{} changed", changed, changed == 1 ? "" : "s");
  for (const Region& region : regions_) {
    if (offset >= region.begin && offset < region.end)
      return region.content == Content::result
                 ? fmt::format("wrote into a gap between the elements of {} ({})", region.name,
                               total)
                 : fmt::format("modified its operand {}, first at element {} ({})", region.name,
                               (offset - region.begin) / element_bytes_, total);
  }
  return fmt::format("wrote outside its buffers: {} ({})",
                     sandbox::place_outside(placement_, offset), total);
}

std::optional<BufferLayout::Leak> BufferLayout::leak(std::span<const std::byte> stored) const {
  for (std::size_t at = 0; at < stored.size(); at += element_bytes_)
    if (const auto source = sandbox::poison_source_of(stored.subspan(at, element_bytes_)))
      return Leak{at / element_bytes_, words_of(*source, problem_.pass)};
  return std::nullopt;
}

std::span<const std::byte> BufferLayout::dense(const Region& region,
                                               std::span<const std::byte> arena,
                                               std::vector<std::byte>& scratch) const {
  const auto stored = arena.subspan(region.begin, region.end - region.begin);
  return with_shape(region, [&](const auto& shape) {
    if (is_dense(shape)) return stored;
    scratch.resize(byte_span(shape.elements(), element_bytes_));
    for_each_contiguous(shape, element_bytes_,
                        [&](std::size_t dense, std::size_t at, std::size_t size) {
                          std::memcpy(scratch.data() + dense, stored.data() + at, size);
                        });
    return std::span<const std::byte>(scratch);
  });
}

std::span<const std::byte> BufferLayout::dense_result(std::span<const std::byte> arena,
                                                      std::vector<std::byte>& scratch) const {
  return dense(*std::ranges::find(regions_, Content::result, &Region::content), arena, scratch);
}

BufferLayout::DenseOperands BufferLayout::dense_operands(std::span<const std::byte> arena) const {
  DenseOperands operands;
  const std::array tensors = {&operands.input, &operands.filters, &operands.output};
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (regions_[i].content == Content::operand)
      *tensors[i] = dense(regions_[i], arena, operands.scratch[i]);
  const std::vector<double>& old = operands_->old_result;
  std::vector<std::byte>& memory = operands.scratch[3];
  memory.resize(old.size() * element_bytes_);
  with_storage_type(problem_.precision, [&](auto type) {
    convert(old.data(), reinterpret_cast<decltype(type)*>(memory.data()), old.size());
  });
  operands.old_result = memory;
  return operands;
}

std::vector<std::byte> BufferLayout::result(std::span<const std::byte> arena) const {
  std::vector<std::byte> scratch;
  const auto stored = dense_result(arena, scratch);
  if (!scratch.empty()) return scratch;
  return {stored.begin(), stored.end()};
}

std::vector<double> BufferLayout::decode(std::span<const std::byte> stored) const {
  std::vector<double> values(stored.size() / element_bytes_);
  with_storage_type(problem_.precision, [&](auto type) {
    using T = decltype(type);
    const auto* const elements = reinterpret_cast<const T*>(stored.data());
    for (std::size_t at = 0; at < values.size(); ++at)
      values[at] = static_cast<double>(elements[at]);
  });
  return values;
}

}  // namespace convict::oracle
