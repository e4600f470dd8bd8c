#include <fmt/format.h>

#include <algorithm>
#include <memory>

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

/// A question put to the plug-in before it is on trial: a bad end is a useless file.
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
    return {row_of(record, file.stem()), number,
            record.has_refuses != 0 || record.has_workspace_bytes != 0};
  } catch (const FileError& error) {
    throw FileError(fmt::format("plug-in {}: {}", file.path(), error.what()));
  }
}

void check_distinct(const std::vector<WorkerKernel>& rows, const PluginFile& file) {
  for (auto row = rows.begin(); row != rows.end(); ++row)
    if (std::any_of(rows.begin(), row, [&](const WorkerKernel& other) {
          return other.declared.name == row->declared.name;
        }))
      throw FileError(fmt::format("plug-in {}: two kernels are named '{}'; names must differ",
                                  file.path(), row->declared.name));
}

std::vector<WorkerKernel> rows_of(const PluginFile& file, const Limits& limits) {
  SharedArena arena;
  RenewableWorker worker(hosted(file), limits, arena);
  const int count = answer_while_loading(worker, file, {.ask = Ask::count}).number;
  std::vector<WorkerKernel> rows;
  for (int number = 0; number < count; ++number) rows.push_back(described(worker, file, number));
  check_distinct(rows, file);
  return rows;
}

}  // namespace

std::vector<Subject> load_plugin(const std::string& path, const Limits& wanted) {
  const PluginFile file(path);
  const Limits limits = with_usual_values(wanted);
  std::vector<Subject> subjects;
  for (const WorkerKernel& row : rows_of(file, limits))
    subjects.push_back({row.declared, [file, row, limits] {
                          return std::make_unique<WorkerSandbox>(hosted(file), row, limits);
                        }});
  return subjects;
}

}  // namespace convict::sandbox
