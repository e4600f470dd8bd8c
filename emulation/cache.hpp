// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/source_text.hpp"

// The user's cache: $XDG_CACHE_HOME/convict, ~/.cache/convict, or a folder for temporary files.
// What no run has used for 60 days is removed when something new is put there.

namespace convict::emulation {

/// Throws FileError.
std::string read_file(const std::filesystem::path& path);
/// Makes the folder, too. Throws EnvironmentError.
void write_file(const std::filesystem::path& path, std::string_view text);

/// A folder that appears in the cache with all of its files or not at all, whoever else makes it.
class CachedFolder {
 public:
  explicit CachedFolder(const std::string& name);
  ~CachedFolder();
  CachedFolder(const CachedFolder&) = delete;
  CachedFolder& operator=(const CachedFolder&) = delete;

  bool exists() const { return exists_; }
  /// Where the files belong: until `finish`, if the folder did not exist, in another place.
  const std::filesystem::path& path() const { return exists_ ? path_ : own_; }
  void finish();

 private:
  std::filesystem::path path_, own_;
  bool exists_ = false;
};

/// Where a preprocessor writes to; gone with the object.
class ScratchFile {
 public:
  ScratchFile();
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The folder KIND-HASH with these files.
std::filesystem::path cached_files(std::span<const SourceText> files, const std::string& kind);

}  // namespace convict::emulation
