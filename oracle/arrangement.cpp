#include "oracle/arrangement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/errors.hpp"
#include "core/half.hpp"

namespace convict::oracle {
namespace {

constexpr std::size_t guard_bytes = 1024;
constexpr std::size_t boundary = 64;

template <std::size_t Rank>
std::vector<std::size_t> offsets_of(const Shape<Rank>& shape, std::size_t element_bytes) {
  std::vector<std::size_t> offsets;
  offsets.reserve(static_cast<std::size_t>(shape.elements()));
  for_each_index(shape, [&](const std::array<index_t, Rank>& index) {
    offsets.push_back(static_cast<std::size_t>(shape.offset(index)) * element_bytes);
  });
  return offsets;
}

/// Writes dense logical values to where the shape has them.
template <std::size_t Rank>
void scatter(std::span<const double> values, const Shape<Rank>& shape, Precision precision,
             std::byte* memory) {
  with_storage_type(precision, [&](auto type) {
    using T = decltype(type);
    const double* next = values.data();
    for_each_index(shape, [&](const std::array<index_t, Rank>& index) {
      const T value = static_cast<T>(*next++);
      std::memcpy(memory + static_cast<std::size_t>(shape.offset(index)) * sizeof(T), &value,
                  sizeof(T));
    });
  });
}

std::size_t byte_span(index_t elements, std::size_t element_bytes) {
  return static_cast<std::size_t>(elements) * element_bytes;
}

std::vector<std::size_t> result_offsets(const Problem& problem, std::size_t element_bytes) {
  switch (problem.pass) {
    case Pass::forward: return offsets_of(problem.shapes.output, element_bytes);
    case Pass::grad_input: return offsets_of(problem.shapes.input, element_bytes);
    case Pass::grad_weights: return offsets_of(problem.shapes.filters, element_bytes);
  }
  return {};
}

}  // namespace

Arrangement::Arrangement(const Problem& problem, index_t align, std::size_t workspace_bytes)
    : problem_(problem),
      element_bytes_(static_cast<std::size_t>(bytes_of(problem.precision))),
      result_offsets_(result_offsets(problem, element_bytes_)) {
  const std::size_t shift = static_cast<std::size_t>(align) * element_bytes_;
  const auto place = [&](const char* name, std::size_t size) {
    const std::size_t begin = (bytes_ + guard_bytes + boundary - 1) / boundary * boundary + shift;
    regions_.push_back({name, begin, begin + size});
    bytes_ = begin + size;
    return begin;
  };
  placement_.input = place("input", byte_span(problem.shapes.input.span(), element_bytes_));
  placement_.filters = place("filters", byte_span(problem.shapes.filters.span(), element_bytes_));
  placement_.output = place("output", byte_span(problem.shapes.output.span(), element_bytes_));
  placement_.workspace = place("workspace", workspace_bytes);
  placement_.workspace_bytes = workspace_bytes;
  bytes_ += guard_bytes;
}

std::size_t Arrangement::result_begin() const {
  switch (problem_.pass) {
    case Pass::forward: return placement_.output;
    case Pass::grad_input: return placement_.input;
    case Pass::grad_weights: return placement_.filters;
  }
  return 0;
}

void Arrangement::prepare(std::span<std::byte> arena, const datasets::Operands& operands,
                          Poison poison) {
  std::memset(arena.data(), static_cast<int>(poison), bytes_);
  const auto put = [&](const auto& shape, std::size_t begin, const std::vector<double>& values,
                       Pass written_by) {
    const auto& source = problem_.pass == written_by ? operands.old_result : values;
    if (!source.empty()) scatter(source, shape, problem_.precision, arena.data() + begin);
  };
  put(problem_.shapes.input, placement_.input, operands.input, Pass::grad_input);
  put(problem_.shapes.filters, placement_.filters, operands.filters, Pass::grad_weights);
  put(problem_.shapes.output, placement_.output, operands.output, Pass::forward);
  before_.assign(arena.begin(), arena.begin() + static_cast<std::ptrdiff_t>(bytes_));
}

std::optional<std::string> Arrangement::trespass(std::span<const std::byte> arena) const {
  std::vector<std::byte> after(arena.begin(), arena.begin() + static_cast<std::ptrdiff_t>(bytes_));
  put_result_back(after);
  std::memcpy(after.data() + placement_.workspace, before_.data() + placement_.workspace,
              placement_.workspace_bytes);
  if (after == before_) return std::nullopt;
  const auto [changed, original] = std::ranges::mismatch(after, before_);
  std::size_t count = 0;
  for (std::size_t i = 0; i < bytes_; ++i) count += after[i] != before_[i] ? 1U : 0U;
  return describe(static_cast<std::size_t>(changed - after.begin()), count);
}

void Arrangement::put_result_back(std::span<std::byte> arena) const {
  const std::size_t begin = result_begin();
  for (const std::size_t offset : result_offsets_)
    std::memcpy(arena.data() + begin + offset, before_.data() + begin + offset, element_bytes_);
}

std::string Arrangement::describe(std::size_t offset, std::size_t changed) const {
  const std::string total = fmt::format("{} byte{} changed", changed, changed == 1 ? "" : "s");
  for (const Region& region : regions_) {
    const bool written = region.begin == result_begin();
    if (offset >= region.begin && offset < region.end)
      return written ? fmt::format("wrote into the gap between rows of {} ({})", region.name, total)
                     : fmt::format("modified its operand {}, first at element {} ({})", region.name,
                                   (offset - region.begin) / element_bytes_, total);
  }
  // In a guard zone: measured from the nearer end of a buffer.
  const Region* nearest = &regions_.front();
  std::size_t distance = bytes_;
  bool behind = false;
  for (const Region& region : regions_) {
    if (offset >= region.end && offset - region.end < distance) {
      nearest = &region;
      distance = offset - region.end;
      behind = true;
    }
    if (offset < region.begin && region.begin - offset < distance) {
      nearest = &region;
      distance = region.begin - offset;
      behind = false;
    }
  }
  return fmt::format("wrote outside its buffers: {} bytes {} {} ({})", distance,
                     behind ? "behind the end of" : "before the start of", nearest->name, total);
}

std::vector<std::byte> Arrangement::result(std::span<const std::byte> arena) const {
  std::vector<std::byte> stored(result_offsets_.size() * element_bytes_);
  const std::byte* const begin = arena.data() + result_begin();
  for (std::size_t at = 0; at < result_offsets_.size(); ++at)
    std::memcpy(stored.data() + at * element_bytes_, begin + result_offsets_[at], element_bytes_);
  return stored;
}

std::vector<double> Arrangement::decode(std::span<const std::byte> stored) const {
  std::vector<double> values(stored.size() / element_bytes_);
  with_storage_type(problem_.precision, [&](auto type) {
    using T = decltype(type);
    for (std::size_t at = 0; at < values.size(); ++at) {
      T value{};
      std::memcpy(&value, stored.data() + at * sizeof(T), sizeof(T));
      values[at] = static_cast<double>(value);
    }
  });
  return values;
}

}  // namespace convict::oracle
