// SPDX-License-Identifier: Apache-2.0
#pragma once

// Plug-ins in C++17 need only this header and plugin.h.
//
//   #include "plugin.hpp"
//
//   static void run(const convict::plugin::Call& call) {
//     const auto x = call.input<const float>();  // x(n, c, i, j, l)
//     ...
//   }
//   extern "C" const convict_plugin* convict_plugin_v1() {
//     static const convict::plugin::Table table{{"mine", run}};
//     return table.get();
//   }

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Relative, as plug-ins are compiled outside the project.
#include "plugin.h"

// Hidden: two plug-ins in one process must not share their tables.
#pragma GCC visibility push(hidden)
namespace convict::plugin {

/// A tensor in the caller's memory. Element (i, j, ...) is data[i strides[0] + j strides[1] + ...].
template <class T, std::size_t Axes>
struct View {
  T* data = nullptr;
  std::array<std::int64_t, Axes> extents{};
  std::array<std::int64_t, Axes> strides{};

  template <class... Index>
  T& operator()(Index... index) const {
    static_assert(sizeof...(Index) == Axes, "one index per axis");
    std::int64_t at = 0;
    std::size_t axis = 0;
    ((at += static_cast<std::int64_t>(index) * strides[axis++]), ...);
    return data[at];
  }
};

/// Bytes of an element: 8 for f64, 4 for f32 and tf32, else 2.
inline std::size_t element_bytes(const convict_problem& problem) {
  if (problem.precision == CONVICT_F64) return 8;
  return problem.precision == CONVICT_F32 || problem.precision == CONVICT_TF32 ? 4 : 2;
}

/// One call of a kernel. The `T` of a view is the type of the stored elements: any type of the
/// right size, such as _Float16, __half or std::uint16_t for CONVICT_F16. A wrong size throws
/// std::logic_error.
struct Call {
  const convict_problem& problem;
  const convict_buffers& buffers;

  /// (N, C, i0, i1, i2)
  template <class T>
  View<T, 5> input() const {
    const convict_problem& p = problem;
    return {typed<T>(buffers.input),
            {p.batch, p.in_channels, p.input[0], p.input[1], p.input[2]},
            strides_of(p.input_strides)};
  }
  /// (K, o0, o1, o2, C/G, f0, f1, f2); the same values at every o unless filters are unshared.
  template <class T>
  View<T, 8> filters() const {
    const convict_problem& p = problem;
    return {typed<T>(buffers.filters),
            {p.out_channels, p.output[0], p.output[1], p.output[2], p.in_channels / p.groups,
             p.filter[0], p.filter[1], p.filter[2]},
            strides_of(p.filter_strides)};
  }
  /// (N, K, o0, o1, o2)
  template <class T>
  View<T, 5> output() const {
    const convict_problem& p = problem;
    return {typed<T>(buffers.output),
            {p.batch, p.out_channels, p.output[0], p.output[1], p.output[2]},
            strides_of(p.output_strides)};
  }
  /// What Row::plan returned for this problem, as its own type.
  template <class Plan>
  Plan& plan() const {
    return *static_cast<Plan*>(planned);
  }

  void* planned = nullptr;

 private:
  template <class T>
  T* typed(void* memory) const {
    if (sizeof(T) != element_bytes(problem))
      throw std::logic_error("a view of elements of " + std::to_string(sizeof(T)) +
                             " bytes on a tensor whose elements have " +
                             std::to_string(element_bytes(problem)));
    return static_cast<T*>(memory);
  }
  template <std::size_t Axes>
  static std::array<std::int64_t, Axes> strides_of(const std::int64_t (&strides)[Axes]) {
    std::array<std::int64_t, Axes> copy{};
    std::copy_n(strides, Axes, copy.begin());
    return copy;
  }
};

/// Thrown by Row::run or Row::plan where the kernel finds out only then that it does not take the
/// problem: the trial is unsupported with this text, not failed (CONVICT_REFUSED).
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A kernel, an entry of a Table. Problems that are not convolutions are refused before `refuses`
/// is called.
struct Row {
  std::string name;
  /// An exception that leaves it makes the call a failure, reported with what(); Refused makes it a
  /// refusal.
  std::function<void(const Call&)> run;
  std::int32_t passes = CONVICT_FORWARD;
  std::int32_t precisions = CONVICT_F32;
  bool any_strides = true;
  /// Without any_strides: the layouts it takes; empty: "nchw". See convict_kernel::layouts.
  std::string layouts{};
  /// With any_strides: CONVICT_ZERO_STRIDES | CONVICT_NEGATIVE_STRIDES.
  std::int32_t special_strides = 0;
  /// Returns why the problem is not taken, or an empty string if it is.
  std::function<std::string(const convict_problem&)> refuses{};
  std::function<std::size_t(const convict_problem&)> workspace_bytes{};
  /// See plan_create. An exception that leaves it makes the next run a failure.
  std::function<std::shared_ptr<void>(const convict_problem&)> plan{};
  /// See convict_kernel. Empty: none.
  std::string example{};
  /// Only its claims are used: the members from `arithmetic` to `over_read`, and from
  /// `transform_axes` on.
  convict_kernel claims{};

  Row(std::string row_name, std::function<void(const Call&)> row_run)
      : name(std::move(row_name)), run(std::move(row_run)) {}
};

/// The kernels of this plug-in as C structs. A plug-in has one Table, which lives as long as the
/// plug-in is loaded.
class Table {
 public:
  static constexpr std::size_t most_rows = 32;

  /// Throws std::length_error for more than most_rows.
  Table(std::initializer_list<Row> rows) : Table(std::vector<Row>(rows)) {}
  explicit Table(std::vector<Row> rows) {
    if (rows.size() > most_rows) throw std::length_error("a table holds 32 kernels at most");
    installed() = std::move(rows);
    add_rows(std::make_index_sequence<most_rows>());
    for (const convict_kernel& kernel : kernels_) pointers_.push_back(&kernel);
    plugin_ = {sizeof(convict_plugin), CONVICT_PLUGIN_ABI,
               static_cast<std::int32_t>(pointers_.size()), pointers_.data()};
  }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  const convict_plugin* get() const { return &plugin_; }

 private:
  /// What plan_create returns. It cannot report an error, so the next run reports `failure`.
  struct Plan {
    std::shared_ptr<void> made;
    std::string failure;
    bool refused = false;
  };

  static std::vector<Row>& installed() {
    static std::vector<Row> rows;
    return rows;
  }

  static std::string words_of_current_exception() {
    try {
      throw;
    } catch (const std::exception& error) {
      return error.what();
    } catch (...) {
      return "threw something that is not a std::exception";
    }
  }

  static int failed(const convict_buffers& buffers, std::string_view words, int status = 1) {
    const bool has_room = buffers.size >= sizeof(convict_buffers) && buffers.message_bytes > 0;
    if (has_room) {
      const std::size_t length = std::min(words.size(), buffers.message_bytes - 1);
      std::memcpy(buffers.message, words.data(), length);
      buffers.message[length] = '\0';
    }
    return status;
  }

  // C function pointers carry no state, so every kernel gets functions of its own, by its number.
  template <std::size_t Number>
  static const char* refuses(const convict_problem* problem) {
    static thread_local std::string reason;
    const Row& row = installed()[Number];
    if (problem->output[0] <= 0)
      reason = "not a convolution";
    else
      reason = row.refuses ? row.refuses(*problem) : "";
    return reason.empty() ? nullptr : reason.c_str();
  }
  template <std::size_t Number>
  static std::size_t workspace_bytes(const convict_problem* problem) {
    return installed()[Number].workspace_bytes(*problem);
  }
  template <std::size_t Number>
  static void* plan_create(const convict_problem* problem) {
    auto plan = std::make_unique<Plan>();
    try {
      plan->made = installed()[Number].plan(*problem);
    } catch (const Refused& refusal) {
      plan->failure = refusal.what();
      plan->refused = true;
    } catch (...) {
      plan->failure = "planning: " + words_of_current_exception();
    }
    return plan.release();
  }
  static void plan_destroy(void* plan) { delete static_cast<Plan*>(plan); }

  template <std::size_t Number>
  static int run(const convict_problem* problem, const convict_buffers* buffers) {
    try {
      Call call{*problem, *buffers};
      if (installed()[Number].plan) {
        if (buffers->size < sizeof(convict_buffers))
          return failed(*buffers, "this caller makes no plans");
        const Plan& plan = *static_cast<const Plan*>(buffers->plan);
        if (plan.refused) return failed(*buffers, plan.failure, CONVICT_REFUSED);
        if (!plan.failure.empty()) return failed(*buffers, plan.failure);
        call.planned = plan.made.get();
      }
      installed()[Number].run(call);
      return 0;
    } catch (const Refused& refusal) {
      return failed(*buffers, refusal.what(), CONVICT_REFUSED);
    } catch (...) {
      return failed(*buffers, words_of_current_exception());
    }
  }

  template <std::size_t... Number>
  void add_rows(std::index_sequence<Number...>) {
    kernels_.reserve(installed().size());
    ((Number < installed().size() ? add_row<Number>() : void()), ...);
  }
  template <std::size_t Number>
  void add_row() {
    const Row& row = installed()[Number];
    convict_kernel kernel = row.claims;
    kernel.size = sizeof(convict_kernel);
    kernel.name = row.name.c_str();
    kernel.passes = row.passes;
    kernel.precisions = row.precisions;
    kernel.any_strides = row.any_strides ? 1 : 0;
    kernel.layouts = row.layouts.empty() ? nullptr : row.layouts.c_str();
    kernel.special_strides = row.special_strides;
    kernel.refuses = refuses<Number>;
    kernel.workspace_bytes = row.workspace_bytes ? workspace_bytes<Number> : nullptr;
    kernel.run = row.run ? run<Number> : nullptr;
    kernel.plan_create = row.plan ? plan_create<Number> : nullptr;
    kernel.plan_destroy = row.plan ? plan_destroy : nullptr;
    kernel.example = row.example.empty() ? nullptr : row.example.c_str();
    kernels_.push_back(kernel);
  }

  std::vector<convict_kernel> kernels_;
  std::vector<const convict_kernel*> pointers_;
  convict_plugin plugin_{};
};

}  // namespace convict::plugin
#pragma GCC visibility pop
