// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace convict::datasets {

/// A file that appears under its name only when it is complete: the bytes go to `PATH.partial`,
/// which is renamed at the end and removed when this object dies first.
/// Every function throws EnvironmentError naming the path when the file cannot be written.
class AtomicFile {
 public:
  /// Creates `PATH.partial`, so that a place that cannot be written is found before the work is
  /// done. An existing PATH must be a regular file; it stays as it is until `commit`.
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Writes `contents`, waits until the disk has it, and renames. Called once.
  void commit(std::span<const std::byte> contents);

 private:
  std::filesystem::path path_;
  std::filesystem::path partial_;
  int descriptor_ = -1;
};

}  // namespace convict::datasets
