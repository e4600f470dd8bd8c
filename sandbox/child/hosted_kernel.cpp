// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "core/errors.hpp"
#include "sandbox/child/hosted_code.hpp"
#include "sandbox/in_process/disturbance.hpp"
#include "sandbox/in_process/kernel_runner.hpp"

namespace convict::sandbox {
namespace {

Reply::Kind kind_of(CallEnd::Kind end) {
  switch (end) {
    case CallEnd::Kind::returned: return Reply::Kind::answered;
    case CallEnd::Kind::failed: return Reply::Kind::failed;
    case CallEnd::Kind::refused: return Reply::Kind::refused;
    default: return Reply::Kind::crashed;
  }
}

void put_end(const CallEnd& end, Reply& reply) {
  reply.kind = kind_of(end.kind);
  put_text(reply.text, end.how);
}

class HostedKernel final : public HostedCode {
 public:
  HostedKernel(const Kernel& kernel, Device& device, ArenaWindow& window)
      : window_(window),
        is_host_(&device == &host_device()),
        runner_(kernel, device, [&window](Call call) { announce(window, call); }) {}

  void answer(const Request& request, Reply& reply) override {
    try {
      if (request.ask == Ask::admit)
        admit(request, reply);
      else
        run(request, reply);
    } catch (const EnvironmentError& error) {
      // Exceptions of the kernel's own calls are caught by the runner; this one is the device's.
      reply.kind = Reply::Kind::environment;
      put_text(reply.text, error.what());
    }
  }

  void end() override { runner_.forget_plan(); }

 private:
  void admit(const Request& request, Reply& reply) {
    const Admission admission = runner_.admit(request.problem);
    put_end(admission.end, reply);
    reply.workspace_bytes = admission.workspace_bytes;
    reply.number = admission.refusal ? 1 : 0;
    if (admission.refusal) put_text(reply.text, *admission.refusal);
  }

  void run(const Request& request, Reply& reply) {
    Placement rights = request.placement;
    // A device gets a copy of the whole arena, so all of it must be accessible here.
    rights.guarded = rights.guarded && is_host_;
    std::byte* const base = window_.open(request.arena_bytes, request.used_bytes, rights);
    const Placement& at = request.placement;
    const Disturbance disturbance(request.disturb, Disturbance::Of::all_threads);
    put_end(is_host_ ? runner_.run_at(base, request.problem, at)
                     : runner_.run_on_copy({base, request.used_bytes}, request.problem, at),
            reply);
    window_.close();
  }

  ArenaWindow& window_;
  bool is_host_;
  KernelRunner runner_;
};

}  // namespace

std::unique_ptr<HostedCode> hosted_kernel(const std::string& name, const BuiltIns& built_ins,
                                          ArenaWindow& window) {
  announce(window, Call::loading);
  const auto kernel = std::ranges::find(built_ins.kernels, name, &Kernel::name);
  if (kernel == built_ins.kernels.end())
    throw FileError("not among the kernels that its program gives worker_main");
  Device& device = built_ins.device_of != nullptr ? built_ins.device_of(*kernel) : host_device();
  return std::make_unique<HostedKernel>(*kernel, device, window);
}

}  // namespace convict::sandbox
