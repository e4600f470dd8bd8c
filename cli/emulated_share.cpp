// SPDX-License-Identifier: Apache-2.0
#include "cli/emulated_share.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/errors.hpp"
#include "datasets/random.hpp"
#include "emulation/build.hpp"
#include "gpu/emulated/rows.hpp"
#include "reports/words.hpp"

namespace convict::cli {
namespace {

constexpr std::uint64_t one_in = 20;
constexpr std::size_t fewest = 50;
constexpr double most_flops = 2e5;

bool can_run_here() {
  return std::ranges::any_of(gpu::own_kernels(),
                             [](const Kernel& kernel) { return !absence(kernel); });
}

/// A profile makes hundreds of calls.
bool is_small(const Trial& trial) {
  return trial.recipe.check != "profile" && !why_invalid(trial.spec) &&
         static_cast<double>(flops(trial.spec)) <= most_flops;
}

}  // namespace

EmulatedShare::EmulatedShare(std::span<const Trial> suite, const sandbox::Limits& limits) {
  if (can_run_here()) return;
  std::uint64_t place = 0;
  for (const Trial& trial : suite)
    if (datasets::scramble(place++) % one_in == 0 && is_small(trial)) trials_.push_back(trial);
  if (trials_.size() < fewest) {
    trials_.clear();
    return;
  }
  why_not_ = emulation::why_no_emulated_device();
  if (!why_not_) subjects_ = subjects_named({"*@emulated"}, limits);
}

void EmulatedShare::carry_out(run::Observer& observer, const run::RunOptions& options,
                              run::RunEnd& end) const {
  if (trials_.empty() || options.stop->load()) return;
  if (const auto why = why_not_ ? why_not_ : why_not_built()) {
    end.notes.push_back(
        fmt::format("our kernels for a GPU were not tried on the emulated device: {}", *why));
    return;
  }
  end.notes.push_back(
      fmt::format("our kernels for a GPU were tried on the emulated device, each on {} of the "
                  "suite (one in {}, small problems only)",
                  reports::counted(trials_.size(), "trial"), one_in));
  end += run::run_suite(trials_, subjects_, observer, options);
}

std::optional<std::string> EmulatedShare::why_not_built() const {
  try {
    static_cast<void>(subjects_.front().open());
    return std::nullopt;
  } catch (const InputError& error) {  // the compiler does not take the sources
    return error.what();
  } catch (const EnvironmentError& error) {
    return error.what();
  }
}

}  // namespace convict::cli
