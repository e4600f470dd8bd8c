#include "oracle/custody/plugin_worker.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/errors.hpp"

namespace convict::oracle {

PluginFile::PluginFile(const std::string& path)
    // The loader searches the system's folders for a name without a slash.
    : path_(std::filesystem::absolute(path).lexically_normal().string()), state_(look()) {}

std::string PluginFile::stem() const { return std::filesystem::path(path_).stem().string(); }

PluginFile::State PluginFile::look() const {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0)
    throw FileError(fmt::format("plug-in {}: {}", path_, std::strerror(errno)));
  if (!S_ISREG(status.st_mode))
    throw FileError(fmt::format(
        "plug-in {}: not a file; it must be a shared object or a script in Python", path_));
  return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
          status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

void PluginFile::check_unchanged() const {
  if (look() != state_)
    throw FileError(fmt::format("plug-in {}: changed while it was on trial; start again", path_));
}

PluginWorker::PluginWorker(PluginFile file, const Limits& limits, SharedArena& arena)
    : file_(std::move(file)), limits_(limits), arena_(arena) {}

WorkerHandle::Answer PluginWorker::ask(const Request& request) {
  WorkerHandle::Answer answer = ask_running(request);
  // The system kills a child when the thread that started it ends; that is nobody's fault.
  if (answer.killed_before_asked) answer = ask_running(request);
  return answer;
}

WorkerHandle::Answer PluginWorker::ask_running(const Request& request) {
  if (!worker_)
    if (auto failure = start()) return *failure;
  WorkerHandle::Answer answer = worker_->ask(request, limits_.time_s);
  if (answer.end.kind != CallEnd::Kind::returned) worker_.reset();
  return answer;
}

std::optional<WorkerHandle::Answer> PluginWorker::start() {
  file_.check_unchanged();
  // The system ends a server with the thread that started it.
  if (!server_ || server_->ended()) server_.emplace(file_.path(), arena_.descriptor());
  worker_.emplace(*server_, arena_, limits_.memory_bytes);
  WorkerHandle::Answer loaded = worker_->ask(Request{.ask = Ask::load}, limits_.time_s);
  if (loaded.end.kind != CallEnd::Kind::returned) {
    worker_.reset();
    return loaded;
  }
  if (loaded.reply.kind == Reply::Kind::unusable)
    throw FileError(fmt::format("plug-in {}: {}", file_.path(), loaded.reply.text.data()));
  return std::nullopt;
}

}  // namespace convict::oracle
