// SPDX-License-Identifier: Apache-2.0
#include "oracle/checks/neighbours.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <utility>

namespace convict::oracle {
namespace {

class Found {
 public:
  explicit Found(const ConvSpec& spec) : spec_(spec) {}

  /// Adds those specs that are valid after `parameter`, a reference into the spec, is set to one of
  /// `values`.
  template <class Parameter, class Value>
  void vary(std::string name, Parameter parameter, std::initializer_list<Value> values) {
    Neighbours neighbours{std::move(name), {}};
    for (const Value& value : values) {
      ConvSpec other = spec_;
      parameter(other) = value;
      if (other != spec_ && !why_invalid(other)) neighbours.specs.push_back(other);
    }
    if (!neighbours.specs.empty()) all.push_back(std::move(neighbours));
  }
  /// The same for the values one step `by` above and below, but none below `least`.
  template <class Parameter>
  void step(std::string name, Parameter parameter, index_t by = 1, index_t least = 1) {
    ConvSpec copy = spec_;
    const index_t value = parameter(copy);
    vary(std::move(name), parameter, {value + by, value - by >= least ? value - by : value});
  }

  std::vector<Neighbours> all;

 private:
  ConvSpec spec_;
};

void vary_axis(Found& found, const ConvSpec& spec, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  const auto named = [&](const char* what) { return fmt::format("{} of axis {}", what, axis); };
  found.step(named("input"), [a](ConvSpec& s) -> index_t& { return s.input[a]; });
  found.step(named("filter"), [a](ConvSpec& s) -> index_t& { return s.filter[a]; });
  found.step(named("stride"), [a](ConvSpec& s) -> index_t& { return s.stride[a]; });
  found.step(named("dilation"), [a](ConvSpec& s) -> index_t& { return s.dilation[a]; });
  if (spec.border != BorderMode::none) return;
  found.step(
      named("padding before"), [a](ConvSpec& s) -> index_t& { return s.padding[a].before; }, 1, 0);
  found.step(
      named("padding after"), [a](ConvSpec& s) -> index_t& { return s.padding[a].after; }, 1, 0);
}

}  // namespace

std::vector<Neighbours> neighbours_of(const ConvSpec& spec) {
  Found found(spec);
  found.step("batch", [](ConvSpec& s) -> index_t& { return s.batch; });
  found.step(
      "in_channels", [](ConvSpec& s) -> index_t& { return s.in_channels; }, spec.groups);
  found.step(
      "out_channels", [](ConvSpec& s) -> index_t& { return s.out_channels; }, spec.groups);
  found.vary(
      "groups", [](ConvSpec& s) -> index_t& { return s.groups; },
      std::initializer_list<index_t>{1, 2, 3});
  for (int axis = 0; axis < spec.rank; ++axis) vary_axis(found, spec, axis);
  if (spec.border != BorderMode::none)
    found.vary("border", [](ConvSpec& s) -> BorderMode& { return s.border; },
               {BorderMode::valid, BorderMode::half, BorderMode::full});
  found.vary("flip", [](ConvSpec& s) -> bool& { return s.flip; }, {!spec.flip});
  found.vary("unshared", [](ConvSpec& s) -> bool& { return s.unshared; }, {!spec.unshared});
  return std::move(found.all);
}

}  // namespace convict::oracle
