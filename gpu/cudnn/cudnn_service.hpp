// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/cudnn/service.hpp"
#include "gpu/cudnn/session.hpp"

namespace convict::gpu::cudnn {

/// cuDNN on one device.
class CudnnService final : public Service {
 public:
  CudnnService(Planner& planner, Session& session) : planner_(planner), session_(session) {}

  /// The reason of why_not_asked or of cuDNN, or nothing.
  std::optional<std::string> refuses(const Problem& problem, const Choice& choice) override;
  std::size_t workspace_bytes(const Problem& problem, const Choice& choice) override;
  /// Also creates the cuDNN handle. Throws NotSupported for a problem that `refuses` refuses.
  std::shared_ptr<void> plan(const Problem& problem, const Choice& choice) override;
  /// Executes the plan in `buffers`. There must be a plan unless a tensor is empty.
  void run(const Problem& problem, const Buffers& buffers) override;
  std::optional<index_t> engine(const Problem& problem, const Choice& choice) override;

 private:
  std::shared_ptr<const Plan> planned(const Problem& problem, const Choice& choice);

  Planner& planner_;
  Session& session_;
};

}  // namespace convict::gpu::cudnn
