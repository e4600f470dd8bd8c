#pragma once

#include "sandbox/host/renewable_worker.hpp"
#include "sandbox/wire/shared_arena.hpp"

namespace convict::sandbox {

/// A row whose code runs in a worker only.
struct WorkerKernel {
  Kernel declared{};  ///< what it takes as far as that is known without its code
  int number = 0;     ///< in its plug-in
  bool asks = false;  ///< its code has something to say of problems
};

/// A row on trial in a child process.
class WorkerSandbox final : public Sandbox {
 public:
  WorkerSandbox(Hosted hosted, WorkerKernel row, const Limits& limits);

  Admission admit(const Problem& problem) override;
  std::span<std::byte> arena(std::size_t bytes) override;
  CallEnd run(const Problem& problem, const Placement& placement) override;

 private:
  WorkerKernel kernel_;
  SharedArena arena_;
  std::size_t used_bytes_ = 0;
  RenewableWorker worker_;
};

/// Limits with numbers in place of what stands for the usual.
Limits with_usual_values(Limits limits);

}  // namespace convict::sandbox
