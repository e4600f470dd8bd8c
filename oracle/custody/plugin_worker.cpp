#include "oracle/custody/plugin_worker.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/errors.hpp"

namespace convict::oracle {

PluginFile::PluginFile(const std::string& path)
    // The loader searches the system's folders for a name without a slash.
    : path_(std::filesystem::absolute(path).lexically_normal().string()) {
  const auto state = look();
  if (!state) throw FileError(fmt::format("plug-in {}: {}", path_, std::strerror(ENOENT)));
  state_ = *state;
  file_ = std::make_shared<const Descriptor>(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
}

std::string PluginFile::stem() const { return std::filesystem::path(path_).stem().string(); }

std::optional<PluginFile::State> PluginFile::look() const {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::nullopt;
    throw FileError(fmt::format("plug-in {}: {}", path_, std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode))
    throw FileError(fmt::format(
        "plug-in {}: not a file; it must be a shared object or a script in Python", path_));
  return State{status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
               status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

std::string PluginFile::path_to_load() const {
  const auto state = look();
  if (!state) return fmt::format("/proc/{}/fd/{}", ::getpid(), file_->get());
  if (*state != state_)
    throw FileError(fmt::format("plug-in {}: changed while it was on trial; start again", path_));
  return path_;
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
  const std::string path = file_.path_to_load();
  // The system ends a server with the thread that started it.
  if (!server_ || server_->ended() || loads_ != path) server_.emplace(path, arena_.descriptor());
  loads_ = path;
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
