// SPDX-License-Identifier: Apache-2.0
#include "sandbox/wire/shared_arena.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "core/errors.hpp"

namespace convict::sandbox {
namespace {

/// A multiple of every page size in use.
constexpr std::size_t granule = std::size_t{64} * 1024;
constexpr std::size_t fence_bytes = std::size_t{1024} * 1024;
static_assert(fence_bytes % arena_boundary == 0);

[[noreturn]] void fail(const char* what, std::size_t bytes, int error) {
  throw EnvironmentError(
      fmt::format("cannot {} shared memory of {} bytes: {}", what, bytes, std::strerror(error)));
}

/// An arena keeps so much memory between trials, and gets so much at once.
constexpr std::size_t kept_bytes = std::size_t{16} << 20;

/// Allocates the file's pages now, so that lack of memory is an error here and not a SIGBUS later;
/// not of large pieces, of which a kernel may use little (the budget has to see to these).
void extend(int file, std::size_t from, std::size_t to) {
  if (::ftruncate(file, static_cast<off_t>(to)) != 0) fail("extend", to, errno);
  if (to - from > 2 * kept_bytes) return;
  const int error =
      ::posix_fallocate(file, static_cast<off_t>(from), static_cast<off_t>(to - from));
  if (error != 0) fail("fill", to, error);
}

std::size_t whole_pages(std::size_t bytes) {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

}  // namespace

SharedArena::SharedArena()
    : file_(::memfd_create("convict-arena", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
  // A kernel that truncates the file must not kill the process that reads it.
  if (file_.get() < 0 || ::fcntl(file_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    fail("create", 0, errno);
  grow(0);
}

SharedArena::~SharedArena() {
  if (file_data_ != nullptr) ::munmap(file_data_, granule + bytes_);
}

std::span<std::byte> SharedArena::reserve(std::size_t bytes) {
  share_.resize(bytes);
  if (bytes > bytes_) grow(bytes);
  if (const std::size_t kept = whole_pages(std::max(bytes, kept_bytes)); kept < reserved_) {
    ::fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                static_cast<off_t>(granule + kept), static_cast<off_t>(reserved_ - kept));
    reserved_ = kept;
  }
  reserved_ = std::max(reserved_, bytes);
  return {file_data_ + granule, bytes};
}

std::size_t SharedArena::used_bytes() const {
  struct stat file {};
  constexpr std::size_t block_bytes = 512;
  return ::fstat(file_.get(), &file) == 0 ? static_cast<std::size_t>(file.st_blocks) * block_bytes
                                          : 0;
}

void SharedArena::grow(std::size_t bytes) {
  constexpr auto most = static_cast<std::size_t>(std::numeric_limits<off_t>::max()) - 2 * granule;
  if (bytes > most) fail("extend", bytes, ENOMEM);
  const std::size_t shorter = file_data_ != nullptr ? granule + bytes_ : 0;
  const std::size_t longer = (bytes / granule + 2) * granule;
  extend(file_.get(), shorter, longer);
  void* const memory = ::mmap(nullptr, longer, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
  if (memory == MAP_FAILED) fail("map", longer, errno);
  if (file_data_ != nullptr) ::munmap(file_data_, shorter);
  file_data_ = static_cast<std::byte*>(memory);
  bytes_ = longer - granule;
}

volatile FaultRecord& SharedArena::fault() { return *reinterpret_cast<FaultRecord*>(file_data_); }

ArenaWindow::ArenaWindow(int file) : file_(file) {
  void* const memory =
      ::mmap(nullptr, sizeof(FaultRecord), PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  if (memory == MAP_FAILED) fail("map", sizeof(FaultRecord), errno);
  fault_ = static_cast<FaultRecord*>(memory);
}

std::byte* ArenaWindow::open(std::size_t bytes, std::size_t used, const Placement& placement) {
  std::byte* const start = map(bytes);
  fault().arena = reinterpret_cast<std::uintptr_t>(start);
  opened_ = {0, std::min(bytes, whole_pages(used))};
  if (!placement.guarded) allow(opened_, PROT_READ | PROT_WRITE);
  if (placement.guarded)
    for (const BufferSlot& slot : placement.slots)
      allow(slot.pages, slot.writable ? PROT_READ | PROT_WRITE : PROT_READ);
  return start;
}

void ArenaWindow::close() { allow(std::exchange(opened_, {}), PROT_NONE); }

void ArenaWindow::allow(const ByteRange& range, int rights) {
  if (range.begin == range.end) return;
  std::byte* const start = start_ + range.begin;
  const std::size_t bytes = range.end - range.begin;
  if (::mprotect(start, bytes, rights) != 0) fail("protect", bytes, errno);
}

std::byte* ArenaWindow::map(std::size_t bytes) {
  constexpr std::size_t around = 2 * fence_bytes + arena_boundary;
  if (fence_ != nullptr && bytes == bytes_) return start_;
  if (fence_ != nullptr) ::munmap(fence_, bytes_ + around);
  void* const fence = ::mmap(nullptr, bytes + around, PROT_NONE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (fence == MAP_FAILED) fail("reserve", bytes, errno);
  fence_ = static_cast<std::byte*>(fence);
  bytes_ = bytes;
  const std::size_t past = reinterpret_cast<std::uintptr_t>(fence_) % arena_boundary;
  start_ = fence_ + fence_bytes + (past == 0 ? 0 : arena_boundary - past);
  if (::mmap(start_, bytes, PROT_NONE, MAP_SHARED | MAP_FIXED, file_, granule) == MAP_FAILED)
    fail("map", bytes, errno);
  return start_;
}

}  // namespace convict::sandbox
