// SPDX-License-Identifier: Apache-2.0
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
  /// The path that a worker started now has to load. It works even if the file has been deleted.
  /// Throws FileError when the file was replaced or changed, because verdicts on two versions would
  /// be mixed.
  std::string path_to_load() const;

 private:
  struct State {
    std::uint64_t device, inode, size;
    std::int64_t changed_s, changed_ns;
    bool operator==(const State&) const = default;
  };
  /// The file's state now; nothing when it does not exist. Throws FileError when it is no regular
  /// file.
  std::optional<State> look() const;

  std::string path_;
  std::shared_ptr<const Descriptor> file_;
  State state_{};
};

}  // namespace convict::sandbox
