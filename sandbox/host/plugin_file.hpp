#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "sandbox/system/descriptor.hpp"

namespace convict::sandbox {

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

}  // namespace convict::sandbox
