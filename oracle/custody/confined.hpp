#pragma once

#include "oracle/custody/renewable_worker.hpp"
#include "oracle/custody/shared_arena.hpp"

namespace convict::oracle {

/// A row whose code runs in a worker only.
struct ConfinedRow {
  Kernel declared{};  ///< what it takes as far as that is known without its code
  int number = 0;     ///< in its plug-in
  bool asks = false;  ///< its code has something to say of problems
};

/// A row on trial in a child process.
class Confined final : public Custody {
 public:
  Confined(Hosted hosted, ConfinedRow row, const Limits& limits);

  Admission admit(const Problem& problem) override;
  std::span<std::byte> arena(std::size_t bytes) override;
  CallEnd run(const Problem& problem, const Placement& placement) override;

 private:
  ConfinedRow row_;
  SharedArena arena_;
  std::size_t used_bytes_ = 0;
  RenewableWorker worker_;
};

/// Limits with numbers in place of what stands for the usual.
Limits with_usual_values(Limits limits);

}  // namespace convict::oracle
