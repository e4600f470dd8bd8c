// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "core/errors.hpp"
#include "sandbox/host/plugin_file.hpp"
#include "sandbox/host/plugin_kernel.hpp"
#include "sandbox/host/worker_sandbox.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::sandbox {
namespace {

constexpr int most_described = 256;  ///< kernels by one request

Hosted hosted(const PluginFile& file, LeftRunning left_running = {}) {
  return {.name = "plug-in " + file.path(),
          .argument = [file] { return file.path_to_load(); },
          .left_running = std::move(left_running)};
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

/// The record at `memory`, which the plug-in may write to at any time.
KernelRecord record_at(const std::byte* memory) {
  KernelRecord record;
  std::memcpy(&record, memory, sizeof record);
  record.name.back() = record.example.back() = record.layouts.back() = '\0';
  return record;
}

WorkerKernel described(const KernelRecord& record, const PluginFile& file, int number) {
  try {
    return {kernel_of(record, file.stem()), number,
            record.has_refuses != 0 || record.has_workspace_bytes != 0,
            record.kernel.diagnoses != 0};
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
  for (int first = 0; first < count; first += most_described) {
    const int described_now = std::min(most_described, count - first);
    const auto memory =
        arena.reserve(static_cast<std::size_t>(described_now) * sizeof(KernelRecord));
    answer_while_loading(worker, file,
                         {.ask = Ask::describe,
                          .kernel = first,
                          .count = described_now,
                          .arena_bytes = arena.bytes(),
                          .used_bytes = memory.size()});
    for (int i = 0; i < described_now; ++i)
      kernels.push_back(
          described(record_at(memory.data() + static_cast<std::size_t>(i) * sizeof(KernelRecord)),
                    file, first + i));
  }
  check_distinct(kernels, file);
  return kernels;
}

}  // namespace

std::vector<Subject> load_plugin(const std::string& path, const Limits& wanted) {
  const PluginFile file(path);
  const Limits limits = with_usual_values(wanted);
  std::vector<Subject> subjects;
  for (const WorkerKernel& kernel : kernels_of(file, limits)) {
    const auto left = std::make_shared<std::atomic<std::size_t>>(0);
    const auto open = [file, kernel, limits, left] {
      return std::make_unique<WorkerSandbox>(hosted(file, left), kernel, limits);
    };
    subjects.push_back({kernel.declared, open, left});
  }
  return subjects;
}

}  // namespace convict::sandbox
