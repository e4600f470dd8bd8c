// SPDX-License-Identifier: Apache-2.0
#include "emulation/cache.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "core/errors.hpp"
#include "core/fnv.hpp"

namespace convict::emulation {
namespace {

namespace fs = std::filesystem;

fs::path cache() {
  const char* const chosen = std::getenv("XDG_CACHE_HOME");
  const char* const home = std::getenv("HOME");
  if (chosen != nullptr && *chosen == '/') return fs::path(chosen) / "convict";
  if (home != nullptr && *home == '/') return fs::path(home) / ".cache/convict";
  return fs::temp_directory_path() / fmt::format("convict-{}", ::getuid());
}

/// Removes what no run has used for 60 days: every version of a source that was ever tried has a
/// folder here.
void remove_old(const fs::path& folder) {
  const auto oldest = fs::file_time_type::clock::now() - std::chrono::hours(60 * 24);
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const auto used = entry.last_write_time(error);
    if (!error && used < oldest) fs::remove_all(entry.path(), error);
  }
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw FileError(fmt::format("cannot read {}", path.string()));
  return std::move(text).str();
}

void write_file(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw EnvironmentError(fmt::format("cannot write {}", path.string()));
}

CachedFolder::CachedFolder(const std::string& name)
    : path_(cache() / name), own_(cache() / fmt::format(".{}-{}", name, ::getpid())) {
  exists_ = fs::exists(path_);
  std::error_code error;
  if (exists_) {
    fs::last_write_time(path_, fs::file_time_type::clock::now(), error);
    return;
  }
  fs::remove_all(own_, error);
  fs::create_directories(own_, error);
  if (error)
    throw EnvironmentError(fmt::format("cannot make {}: {}; XDG_CACHE_HOME names another folder",
                                       own_.string(), error.message()));
  remove_old(cache());
}

CachedFolder::~CachedFolder() {
  std::error_code ignored;
  if (!exists_) fs::remove_all(own_, ignored);
}

void CachedFolder::finish() {
  std::error_code error;
  fs::rename(own_, path_, error);
  if (error && !fs::exists(path_))
    throw EnvironmentError(fmt::format("cannot make {}: {}", path_.string(), error.message()));
  if (error) fs::remove_all(own_, error);  // another run was first
  exists_ = true;
}

ScratchFile::ScratchFile() : path_(cache() / fmt::format(".preprocessed-{}.ii", ::getpid())) {}

ScratchFile::~ScratchFile() {
  std::error_code ignored;
  fs::remove(path_, ignored);
}

fs::path cached_files(std::span<const SourceText> files, const std::string& kind) {
  std::uint64_t hash = fnv_1a("");
  for (const SourceText& file : files) hash = fnv_1a(file.text, fnv_1a(file.path, hash));
  CachedFolder folder(fmt::format("{}-{:016x}", kind, hash));
  if (!folder.exists()) {
    for (const SourceText& file : files) write_file(folder.path() / file.path, file.text);
    folder.finish();
  }
  return folder.path();
}

}  // namespace convict::emulation
