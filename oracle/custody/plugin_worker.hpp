#pragma once

#include <memory>
#include <optional>
#include <string>

#include "oracle/custody/custody.hpp"
#include "oracle/custody/descriptor.hpp"
#include "oracle/custody/worker_handle.hpp"

namespace convict::oracle {

/// A plug-in file and the state it was in when it was first opened.
class PluginFile {
 public:
  /// Throws FileError when there is no such regular file.
  explicit PluginFile(const std::string& path);

  const std::string& path() const { return path_; }  ///< absolute
  std::string stem() const;
  /// What a child started now is to load: the file, which stays within reach when it is deleted.
  /// Throws FileError when it was replaced or changed since: its verdicts would be mixed.
  std::string path_to_load() const;

 private:
  struct State {
    std::uint64_t device, inode, size;
    std::int64_t changed_s, changed_ns;
    bool operator==(const State&) const = default;
  };
  /// Throws FileError when it is no regular file; nothing when it is not there.
  std::optional<State> look() const;

  std::string path_;
  std::shared_ptr<const Descriptor> file_;
  State state_{};
};

/// Calls into a plug-in, each in a child that is fresh or has behaved so far.
class PluginWorker {
 public:
  PluginWorker(PluginFile file, const Limits& limits, SharedArena& arena);

  /// Starts a child and loads the plug-in first where there is none. Throws FileError when the
  /// plug-in cannot be loaded or changed on disk, EnvironmentError when no child can be had.
  WorkerHandle::Answer ask(const Request& request);

 private:
  std::optional<WorkerHandle::Answer> start();
  WorkerHandle::Answer ask_running(const Request& request);

  PluginFile file_;
  Limits limits_;
  SharedArena& arena_;
  std::string loads_;  ///< what server_ was started for
  std::optional<ForkServer> server_;
  std::optional<WorkerHandle> worker_;
};

}  // namespace convict::oracle
