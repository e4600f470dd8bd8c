#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "core/errors.hpp"
#include "oracle/custody/custody.hpp"
#include "oracle/custody/plugin_problem.hpp"
#include "oracle/custody/plugin_row.hpp"
#include "oracle/custody/plugin_worker.hpp"
#include "oracle/custody/shared_arena.hpp"

namespace convict::oracle {
namespace {

std::size_t physical_memory() {
  return static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// A row and what its plug-in has to say about problems.
struct PluginRow {
  Kernel kernel;
  int number = 0;
  bool has_refuses = false;
  bool has_workspace_bytes = false;
  bool has_plan = false;
};

class PluginCustody final : public Custody {
 public:
  PluginCustody(const PluginFile& file, const PluginRow& row, const Limits& limits)
      : row_(row), worker_(file, limits, arena_) {}

  Admission admit(const Problem& problem) override {
    Admission admission;
    admission.refusal = refusal(row_.kernel, problem);
    if (!admission.refusal && row_.has_refuses) ask_refuses(problem, admission);
    const bool taken = !admission.refusal && admission.end.kind == CallEnd::Kind::returned;
    // Whoever takes what is no convolution has said enough.
    if (taken && row_.has_workspace_bytes && !why_invalid(problem.spec))
      ask_workspace_bytes(problem, admission);
    return admission;
  }

  std::span<std::byte> arena(std::size_t bytes) override { return arena_.reserve(bytes); }

  CallEnd run(const Problem& problem, const Placement& placement) override {
    if (row_.has_plan)
      if (const CallEnd end = plan(problem); end.kind != CallEnd::Kind::returned) return end;
    Request request = about(problem, Ask::run);
    request.arena_bytes = arena_.bytes();
    request.placement = placement;
    const auto answer = worker_.ask(request);
    if (answer.end.kind != CallEnd::Kind::returned) return answer.end;
    if (answer.reply.number == 0) return {};
    const std::string_view said = answer.reply.text.data();
    return {CallEnd::Kind::failed,
            fmt::format("status {}{}{}", answer.reply.number, said.empty() ? "" : ": ", said)};
  }

 private:
  Request about(const Problem& problem, Ask ask) const {
    return {.serial = 0,
            .ask = ask,
            .row = row_.number,
            .arena_bytes = 0,
            .problem = plugin_problem(problem),
            .placement = {}};
  }

  /// A request of its own, so that it has a time of its own and its failures a name.
  CallEnd plan(const Problem& problem) {
    const auto answer = worker_.ask(about(problem, Ask::plan));
    if (answer.end.kind != CallEnd::Kind::returned || answer.reply.number != 0) return answer.end;
    return {CallEnd::Kind::failed, "plan_create returned null"};
  }

  void ask_refuses(const Problem& problem, Admission& admission) {
    const auto answer = worker_.ask(about(problem, Ask::refuses));
    admission.end = answer.end;
    if (answer.end.kind == CallEnd::Kind::returned && answer.reply.number != 0)
      admission.refusal = answer.reply.text.data();
  }

  void ask_workspace_bytes(const Problem& problem, Admission& admission) {
    const auto answer = worker_.ask(about(problem, Ask::workspace_bytes));
    admission.end = answer.end;
    if (answer.end.kind != CallEnd::Kind::returned) return;
    admission.workspace_bytes = answer.reply.workspace_bytes;
    const std::size_t memory = physical_memory();
    if (admission.workspace_bytes > memory)
      admission.end = {CallEnd::Kind::failed,
                       fmt::format("asks for {} bytes of workspace; this machine has {}",
                                   admission.workspace_bytes, memory)};
  }

  PluginRow row_;
  SharedArena arena_;
  PluginWorker worker_;
};

/// A question put to the plug-in before it is on trial: a bad end is a useless file.
Reply answer_while_loading(PluginWorker& worker, const PluginFile& file, Request request) {
  const auto answer = worker.ask(request);
  if (answer.end.kind != CallEnd::Kind::returned)
    throw FileError(fmt::format("plug-in {}: {}", file.path(), answer.end.how));
  if (answer.reply.kind == Reply::Kind::unusable)
    throw FileError(fmt::format("plug-in {}: {}", file.path(), answer.reply.text.data()));
  return answer.reply;
}

PluginRow described(PluginWorker& worker, const PluginFile& file, int number) {
  Request request{};
  request.ask = Ask::describe;
  request.row = number;
  const RowRecord record = answer_while_loading(worker, file, request).row;
  try {
    return {row_of(record, file.stem()), number, record.has_refuses != 0,
            record.has_workspace_bytes != 0, record.has_plan != 0};
  } catch (const FileError& error) {
    throw FileError(fmt::format("plug-in {}: {}", file.path(), error.what()));
  }
}

void check_distinct(const std::vector<PluginRow>& rows, const PluginFile& file) {
  for (auto row = rows.begin(); row != rows.end(); ++row)
    if (std::any_of(rows.begin(), row,
                    [&](const PluginRow& other) { return other.kernel.name == row->kernel.name; }))
      throw FileError(fmt::format("plug-in {}: two kernels are named '{}'; names must differ",
                                  file.path(), row->kernel.name));
}

std::vector<PluginRow> rows_of(const PluginFile& file, const Limits& limits) {
  SharedArena arena;
  PluginWorker worker(file, limits, arena);
  const int count = answer_while_loading(worker, file, {.ask = Ask::count}).number;
  std::vector<PluginRow> rows;
  for (int number = 0; number < count; ++number) rows.push_back(described(worker, file, number));
  check_distinct(rows, file);
  return rows;
}

Limits with_usual_values(Limits limits) {
  if (limits.memory_bytes == 0)
    limits.memory_bytes = std::min(physical_memory() / 2, std::size_t{4} << 30);
  return limits;
}

}  // namespace

std::vector<Subject> load_plugin(const std::string& path, const Limits& wanted) {
  const PluginFile file(path);
  const Limits limits = with_usual_values(wanted);
  std::vector<Subject> subjects;
  for (const PluginRow& row : rows_of(file, limits))
    subjects.push_back({row.kernel, [file, row, limits] {
                          return std::make_unique<PluginCustody>(file, row, limits);
                        }});
  return subjects;
}

}  // namespace convict::oracle
