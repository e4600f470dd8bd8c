// SPDX-License-Identifier: Apache-2.0
#include "gpu/cudnn/cudnn_service.hpp"

#include "core/errors.hpp"
#include "gpu/device/device.hpp"

namespace convict::gpu::cudnn {

std::optional<std::string> CudnnService::refuses(const Problem& problem, const Choice& choice) {
  if (auto why = why_not_asked(problem)) return why;
  if (has_empty_tensor(problem)) return std::nullopt;
  const Answer answer = planner_.answer(problem, choice);
  if (answer.plan) return std::nullopt;
  return answer.why;
}

std::shared_ptr<const Plan> CudnnService::planned(const Problem& problem, const Choice& choice) {
  Answer answer = planner_.answer(problem, choice);
  if (!answer.plan) throw NotSupported(answer.why);
  return std::move(answer.plan);
}

std::size_t CudnnService::workspace_bytes(const Problem& problem, const Choice& choice) {
  return has_empty_tensor(problem) ? 0 : planned(problem, choice)->workspace_bytes;
}

std::shared_ptr<void> CudnnService::plan(const Problem& problem, const Choice& choice) {
  if (has_empty_tensor(problem)) return nullptr;
  session_.open();
  return std::const_pointer_cast<Plan>(planned(problem, choice));
}

std::optional<index_t> CudnnService::engine(const Problem& problem, const Choice& choice) {
  if (has_empty_tensor(problem)) return std::nullopt;
  return planned(problem, choice)->engine;
}

void CudnnService::run(const Problem& problem, const Buffers& buffers) {
  if (has_empty_tensor(problem)) return session_.scale_result(problem, buffers);
  if (buffers.plan == nullptr)
    throw KernelError("there is no plan; have one made for the problem and pass it on");
  session_.run(*static_cast<const Plan*>(buffers.plan), buffers);
}

namespace {

int current_device() {
  int id = 0;
  gpu::require(cudaGetDevice(&id), "cudaGetDevice");
  return id;
}

}  // namespace

std::optional<std::string> why_absent() {
  if (auto why = why_no_device()) return why;
  return why_unusable();
}

Service& service() {
  if (const auto why = why_absent()) throw EnvironmentError(*why);
  // Not destroyed: the driver may be gone before the program's last statics are.
  static Session& session = *new Session(api());
  static Planner& planner = *new Planner(api(), device_properties(api(), current_device()),
                                         timed_on(gpu::device(), session));
  static CudnnService service(planner, session);
  return service;
}

std::string device_description() {
  if (const auto why = why_absent()) throw EnvironmentError(*why);
  return device_properties(api(), current_device()).text(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION);
}

std::string version() {
  if (const auto why = why_unusable()) return *why;
  const auto warning = version_warning(api());
  return dotted(api().version()) + (warning ? "; " + *warning : "");
}

}  // namespace convict::gpu::cudnn
