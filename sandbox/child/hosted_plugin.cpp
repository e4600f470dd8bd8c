// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <vector>

#include "sandbox/child/hosted_code.hpp"
#include "sandbox/child/loaded_plugin.hpp"
#include "sandbox/in_process/disturbance.hpp"
#include "sandbox/wire/plugin_problem.hpp"

namespace convict::sandbox {
namespace {

class HostedPlugin final : public HostedCode {
 public:
  HostedPlugin(const std::string& path, ArenaWindow& window) : window_(window), plugin_(path) {}

  void answer(const Request& request, Reply& reply) override {
    switch (request.ask) {
      case Ask::count: reply.number = plugin_.kernel_count(); break;
      case Ask::describe: describe(request); break;
      case Ask::admit: admit(request, reply); break;
      case Ask::run: run(request, reply); break;
      default: break;
    }
  }

  void end() override { plugin_.destroy_plan(); }

 private:
  void describe(const Request& request) {
    std::vector<KernelRecord> records;
    records.reserve(static_cast<std::size_t>(request.count));
    for (std::int32_t i = 0; i < request.count; ++i)
      records.push_back(plugin_.describe(request.kernel + i));
    std::byte* const base = window_.open(request.arena_bytes, request.used_bytes, {});
    std::memcpy(base, records.data(), records.size() * sizeof(KernelRecord));
    window_.close();
  }

  void admit(const Request& request, Reply& reply) {
    const convict_kernel& kernel = plugin_.kernel(request.kernel);
    const convict_problem problem = plugin_problem(request.problem);
    announce(window_, Call::refuses);
    const char* const reason = kernel.refuses != nullptr ? kernel.refuses(&problem) : nullptr;
    reply.number = reason != nullptr ? 1 : 0;
    if (reason != nullptr) put_text(reply.text, {reason, ::strnlen(reason, reply.text.size())});
    // For an invalid spec only the refusal counts; a kernel may not be able to size a workspace.
    const bool has_size = reason == nullptr && kernel.workspace_bytes != nullptr;
    if (!has_size || why_invalid(request.problem.spec)) return;
    announce(window_, Call::workspace_bytes);
    reply.workspace_bytes = kernel.workspace_bytes(&problem);
  }

  void run(const Request& request, Reply& reply) {
    const convict_problem problem = plugin_problem(request.problem);
    announce(window_, Call::planning);
    if (!plugin_.plan(request.kernel, problem)) {
      reply.kind = Reply::Kind::failed;
      return put_text(reply.text, "plan_create returned null");
    }
    const Placement& at = request.placement;
    std::byte* const base = window_.open(request.arena_bytes, request.used_bytes, at);
    convict_buffers buffers{};
    buffers.size = sizeof(buffers);
    buffers.input = base + at.input;
    buffers.filters = base + at.filters;
    buffers.output = base + at.output;
    buffers.workspace = at.workspace_bytes != 0 ? base + at.workspace : nullptr;
    buffers.workspace_bytes = at.workspace_bytes;
    buffers.message = reply.text.data();
    buffers.message_bytes = reply.text.size();
    buffers.diagnose = request.diagnose;
    announce(window_, Call::run);
    {
      const Disturbance disturbance(request.disturb, Disturbance::Of::all_threads);
      reply.number = plugin_.run(request.kernel, problem, buffers);
    }
    if (reply.number == CONVICT_REFUSED)
      reply.kind = Reply::Kind::refused;
    else if (reply.number != 0)
      reply.kind = Reply::Kind::failed;
    reply.text.back() = '\0';
    // A thread that goes on writing after the call faults.
    window_.close();
  }

  ArenaWindow& window_;
  LoadedPlugin plugin_;
};

}  // namespace

std::unique_ptr<HostedCode> hosted_plugin(const std::string& path, ArenaWindow& window) {
  announce(window, Call::loading);
  return std::make_unique<HostedPlugin>(path, window);
}

}  // namespace convict::sandbox
