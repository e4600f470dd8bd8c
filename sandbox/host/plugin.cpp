// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string_view>
#include <unordered_set>

#include "core/errors.hpp"
#include "sandbox/host/plugin_file.hpp"
#include "sandbox/host/plugin_kernel.hpp"
#include "sandbox/host/worker_sandbox.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::sandbox {
namespace {

Hosted hosted(const PluginFile& file) {
  return {.name = "plug-in " + file.path(), .argument = [file] { return file.path_to_load(); }};
}

/// The reply to a request before the tests begin. A crash or hang means that the file is unusable:
/// throws FileError.
Reply answer_while_loading(RenewableWorker& worker, const PluginFile& file, Request request) {
  const auto answer = worker.ask(request);
  if (answer.end.kind != CallEnd::Kind::returned)
    throw FileError(fmt::format("plug-in {}: {}", file.path(), answer.end.how));
  if (answer.reply.kind == Reply::Kind::unusable)
    throw FileError(fmt::format("plug-in {}: {}", file.path(), answer.reply.text.data()));
  return answer.reply;
}

WorkerKernel described(RenewableWorker& worker, const PluginFile& file, int number) {
  const KernelRecord record =
      answer_while_loading(worker, file, {.ask = Ask::describe, .kernel = number}).kernel;
  try {
    return {kernel_of(record, file.stem()), number,
            record.has_refuses != 0 || record.has_workspace_bytes != 0};
  } catch (const FileError& error) {
    throw FileError(fmt::format("plug-in {}: {}", file.path(), error.what()));
  }
}

void check_distinct(const std::vector<WorkerKernel>& kernels, const PluginFile& file) {
  std::unordered_set<std::string_view> names;
  for (const WorkerKernel& kernel : kernels)
    if (!names.insert(kernel.declared.name).second)
      throw FileError(fmt::format("plug-in {}: two kernels are named '{}'; names must differ",
                                  file.path(), kernel.declared.name));
}

std::vector<WorkerKernel> kernels_of(const PluginFile& file, const Limits& limits) {
  SharedArena arena;
  RenewableWorker worker(hosted(file), limits, arena);
  const int count = answer_while_loading(worker, file, {.ask = Ask::count}).number;
  std::vector<WorkerKernel> kernels;
  for (int number = 0; number < count; ++number) kernels.push_back(described(worker, file, number));
  check_distinct(kernels, file);
  return kernels;
}

}  // namespace

std::vector<Subject> load_plugin(const std::string& path, const Limits& wanted) {
  const PluginFile file(path);
  const Limits limits = with_usual_values(wanted);
  std::vector<Subject> subjects;
  for (const WorkerKernel& kernel : kernels_of(file, limits))
    subjects.push_back({kernel.declared, [file, kernel, limits] {
                          return std::make_unique<WorkerSandbox>(hosted(file), kernel, limits);
                        }});
  return subjects;
}

}  // namespace convict::sandbox
