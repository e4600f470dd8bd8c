// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>

#include "sandbox/host/renewable_worker.hpp"
#include "sandbox/wire/shared_arena.hpp"

namespace convict::sandbox {

/// A kernel whose functions are called only in a worker.
struct WorkerKernel {
  Kernel declared{};       ///< name, passes, precisions, strides, claims; no functions
  int number = 0;          ///< in its plug-in
  bool asks = false;       ///< has `refuses` or `workspace_bytes`, which the worker must call
  bool diagnoses = false;  ///< convict_kernel::diagnoses
};

/// The sandbox of a kernel that runs in a worker process.
class WorkerSandbox final : public Sandbox {
 public:
  WorkerSandbox(Hosted hosted, WorkerKernel kernel, const Limits& limits);

  Admission admit(const Problem& problem) override;
  std::span<std::byte> arena(std::size_t bytes) override;
  CallEnd run(const Problem& problem, const Placement& placement) override;
  void limit_run(double seconds) override { worker_.limit_run(seconds); }
  std::optional<double> time_limit() const override { return worker_.time_limit(); }
  std::optional<std::size_t> memory() const override { return worker_.memory(); }
  void renew() override { worker_.renew(); }
  void disturb(std::uint32_t seed) override { disturbed_by_ = seed; }
  std::string diagnose() override;

 private:
  WorkerHandle::Answer call(const Problem& problem, const Placement& placement, bool diagnose);

  WorkerKernel kernel_;
  SharedArena arena_;
  std::size_t used_bytes_ = 0;
  std::uint32_t disturbed_by_ = 0;
  std::optional<std::pair<Problem, Placement>> latest_;  ///< run of a kernel that diagnoses
  RenewableWorker worker_;
};

/// The limits with default values in place of zeros.
Limits with_usual_values(Limits limits);

}  // namespace convict::sandbox
