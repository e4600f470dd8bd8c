// SPDX-License-Identifier: Apache-2.0
// Tables of plug-ins: an input is the table's numbers and texts. A kernel that is taken from one
// has the passes, precisions and layouts that the table names, and claims within their limits.
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <deque>
#include <vector>

#include "core/layout.hpp"
#include "core/spec_text.hpp"
#include "sandbox/child/loaded_plugin.hpp"
#include "sandbox/host/plugin_kernel.hpp"
#include "sandbox/wire/plugin_problem.hpp"
#include "tests/fuzzing/target.hpp"

namespace convict::fuzzing {
namespace {

/// Takes values from the front of an input; zeros when it is used up.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  template <class Value>
  Value take() {
    Value value{};
    const std::size_t count = std::min(sizeof value, size_);
    std::memcpy(&value, data_, count);
    skip(count);
    return value;
  }
  /// Up to the next zero byte.
  std::string take_text() {
    const auto* const end = std::find(data_, data_ + size_, std::uint8_t{0});
    std::string text(data_, end);
    skip(std::min(text.size() + 1, size_));
    return text;
  }

 private:
  void skip(std::size_t count) {
    data_ += count;
    size_ -= count;
  }

  const std::uint8_t* data_;
  std::size_t size_;
};

int run_nothing(const convict_problem*, const convict_buffers*) { return 0; }

/// A table and what it points to. Pointers are null or right: wrong ones crash a worker, as tests
/// of the sandbox show.
class Table {
 public:
  explicit Table(Bytes input) {
    constexpr int most_kernels = 4;
    table_.size = input.take<std::uint8_t>() != 1 ? sizeof table_ : input.take<std::size_t>();
    table_.abi = input.take<std::uint8_t>() != 1 ? CONVICT_PLUGIN_ABI : input.take<int>();
    const int count = input.take<std::int8_t>();
    for (int i = 0; i < std::clamp(count, 0, most_kernels); ++i) add_kernel(input);
    table_.kernel_count = count == most_kernels + 1 ? input.take<int>() : count;
    constexpr int most_read = 1'000'000;  // a table that says more is refused unread
    if (table_.kernel_count > 0 && table_.kernel_count <= most_read)
      table_.kernel_count = std::min(table_.kernel_count, static_cast<int>(list_.size()));
    table_.kernels = list_.empty() ? nullptr : list_.data();
  }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  const convict_plugin* get() const { return &table_; }

 private:
  void add_kernel(Bytes& input) {
    const auto choice = input.take<std::uint8_t>();
    if (choice == 1) return list_.push_back(nullptr);
    auto kernel = input.take<convict_kernel>();
    kernel.name = text_or_null(input, choice & 2U);
    kernel.example = text_or_null(input, choice & 4U);
    kernel.layouts = text_or_null(input, choice & 8U);
    kernel.run = (choice & 16U) != 0 ? nullptr : run_nothing;
    kernel.refuses = nullptr;
    kernel.workspace_bytes = nullptr;
    kernel.plan_create = nullptr;
    kernel.plan_destroy = nullptr;
    if ((choice & 32U) == 0) kernel.size = sizeof kernel;
    if ((choice & 64U) != 0) kernel.size = offsetof(convict_kernel, transform_axes);
    kernels_.push_back(kernel);
    list_.push_back(&kernels_.back());
  }
  const char* text_or_null(Bytes& input, unsigned is_null) {
    return is_null != 0 ? nullptr : texts_.emplace_back(input.take_text()).c_str();
  }

  convict_plugin table_{};
  std::deque<convict_kernel> kernels_;
  std::deque<std::string> texts_;
  std::vector<const convict_kernel*> list_;
};

template <class Values>
std::int32_t bits_of(const Values& values) {
  std::int32_t bits = 0;
  for (const auto value : values) bits |= sandbox::plugin_bit(value);
  return bits;
}

void check_claims(const Claims& claims) {
  const auto within = [](index_t value, index_t least, index_t most, std::string_view what) {
    if (value < least || value > most) fail(fmt::format("{} {}", what, value));
  };
  within(claims.required_alignment, 1, claim_limits::required_alignment, "required_alignment");
  if (!std::has_single_bit(static_cast<std::uint64_t>(claims.required_alignment)))
    fail("an alignment that is no power of two");
  within(claims.over_read, 0, claim_limits::over_read, "over_read");
  within(claims.accumulation_depth, 0, claim_limits::products, "accumulation_depth");
  within(claims.truncation_block, 1, claim_limits::products, "truncation_block");
  const bool is_winograd = claims.arithmetic.kind == Arithmetic::Class::winograd;
  within(claims.arithmetic.tile, is_winograd ? 1 : 0, is_winograd ? claim_limits::winograd : 0,
         "tile");
  within(claims.arithmetic.taps, is_winograd ? 1 : 0, is_winograd ? claim_limits::winograd : 0,
         "taps");
}

void check_kernel(const Kernel& kernel, const sandbox::KernelRecord& record) {
  require_same(kernel.name, "fuzzed." + std::string(record.name.data()), "a name");
  require_same(printable(kernel.name), kernel.name, "a name that is printed");
  require_same(bits_of(kernel.passes), record.kernel.passes, "passes");
  require_same(bits_of(kernel.precisions), record.kernel.precisions, "precisions");
  if (kernel.layouts.empty()) fail("a kernel without layouts");
  for (const Layout& layout : kernel.layouts)
    require_same(parse_layout(to_string(layout)), layout, "a layout and its text");
  if (kernel.example && why_invalid(*kernel.example)) fail("an example that is no convolution");
  check_claims(kernel.claims);
}

/// The place of the table in the plug-in.
const convict_plugin** table_of(const char* path) {
  void* const library = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) fail(::dlerror());
  return static_cast<const convict_plugin**>(::dlsym(library, "convict_fuzzed_table"));
}

void check_table(const std::string& path) {
  const auto plugin = parsed([&] { return sandbox::LoadedPlugin(path); });
  for (int i = 0; plugin && i < plugin->kernel_count(); ++i) {
    const auto record = parsed([&] { return plugin->describe(i); });
    if (!record) continue;
    const auto kernel = parsed([&] { return sandbox::kernel_of(*record, "fuzzed"); });
    if (kernel) check_kernel(*kernel, *record);
  }
}

}  // namespace
}  // namespace convict::fuzzing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace convict::fuzzing;
  static const convict_plugin** const place = table_of(CONVICT_TABLE_PLUGIN);
  const Table table(Bytes(data, size));
  *place = table.get();
  check_table(CONVICT_TABLE_PLUGIN);
  return 0;
}
