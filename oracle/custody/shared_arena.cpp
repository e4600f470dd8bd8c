#include "oracle/custody/shared_arena.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <limits>

#include "core/errors.hpp"

namespace convict::oracle {
namespace {

/// A multiple of every page size in use.
constexpr std::size_t granule = std::size_t{64} * 1024;
constexpr std::size_t fence_bytes = std::size_t{1024} * 1024;

[[noreturn]] void fail(const char* what, std::size_t bytes, int error) {
  throw EnvironmentError(
      fmt::format("cannot {} shared memory of {} bytes: {}", what, bytes, std::strerror(error)));
}

/// Gives the file its pages now: a full memory shows as an error here and not as a SIGBUS later.
void extend(int file, std::size_t from, std::size_t to) {
  if (::ftruncate(file, static_cast<off_t>(to)) != 0) fail("extend", to, errno);
  const int error =
      ::posix_fallocate(file, static_cast<off_t>(from), static_cast<off_t>(to - from));
  if (error != 0) fail("fill", to, error);
}

}  // namespace

SharedArena::SharedArena()
    : file_(::memfd_create("convict-arena", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
  // A kernel that truncates the file must not kill the process that reads it.
  if (file_.get() < 0 || ::fcntl(file_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    fail("create", 0, errno);
}

SharedArena::~SharedArena() {
  if (data_ != nullptr) ::munmap(data_, bytes_);
}

std::span<std::byte> SharedArena::reserve(std::size_t bytes) {
  if (bytes <= bytes_ && data_ != nullptr) return {data_, bytes};
  constexpr auto most = static_cast<std::size_t>(std::numeric_limits<off_t>::max()) - granule;
  if (bytes > most) fail("extend", bytes, ENOMEM);
  const std::size_t longer = (bytes / granule + 1) * granule;
  extend(file_.get(), bytes_, longer);
  void* const memory = ::mmap(nullptr, longer, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
  if (memory == MAP_FAILED) fail("map", longer, errno);
  if (data_ != nullptr) ::munmap(data_, bytes_);
  data_ = static_cast<std::byte*>(memory);
  bytes_ = longer;
  return {data_, bytes};
}

std::byte* ArenaWindow::map(std::size_t bytes) {
  if (fence_ != nullptr && bytes == bytes_) return fence_ + fence_bytes;
  if (fence_ != nullptr) ::munmap(fence_, bytes_ + 2 * fence_bytes);
  void* const fence = ::mmap(nullptr, bytes + 2 * fence_bytes, PROT_NONE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (fence == MAP_FAILED) fail("reserve", bytes, errno);
  fence_ = static_cast<std::byte*>(fence);
  bytes_ = bytes;
  std::byte* const start = fence_ + fence_bytes;
  if (::mmap(start, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file_, 0) == MAP_FAILED)
    fail("map", bytes, errno);
  return start;
}

}  // namespace convict::oracle
