// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "core/kernel.hpp"
#include "core/plugin.h"
#include "sandbox/sandbox.hpp"

/// The messages between the host and a worker: plain records over a SOCK_SEQPACKET pair, one Reply
/// for every Request, matched by serial number. Both ends run the same program file, so the records
/// need no version.
namespace convict::sandbox {

/// Descriptors of the child besides stdin, stdout and stderr. In the fork server `worker_socket` is
/// its connection to the host, in a worker the worker's own.
inline constexpr int worker_socket = 3;
inline constexpr int worker_arena = 4;

/// Exit status of a worker whose connection failed: the code under test closed descriptors.
inline constexpr int lost_connection_status = 97;

/// What a worker hosts is named by the absolute path of a plug-in, or by this prefix and the name
/// of a built-in kernel.
inline constexpr std::string_view kernel_prefix = "kernel:";

enum class Ask : std::int32_t { load, count, describe, admit, run, end };

/// A call to the code under test. A request may make several. The worker writes the current one to
/// the shared memory, so that the host can name it when the worker crashes, and time each on its
/// own.
enum class Call : std::uint64_t { none, loading, refuses, workspace_bytes, planning, run, ending };

constexpr std::string_view name_of(Call call) {
  constexpr std::array<std::string_view, 7> names = {
      "work", "loading", "refuses", "workspace_bytes", "planning", "run", "ending"};
  return names[static_cast<std::size_t>(call)];
}

/// The first and the last call that a request may make.
struct CallRange {
  Call first, last;
};
constexpr CallRange calls_of(Ask ask) {
  switch (ask) {
    case Ask::admit: return {Call::refuses, Call::workspace_bytes};
    case Ask::run: return {Call::planning, Call::run};
    case Ask::end: return {Call::ending, Call::ending};
    default: return {Call::loading, Call::loading};
  }
}

struct Request {
  std::uint64_t serial = 0;
  Ask ask = Ask::load;
  std::int32_t kernel = 0;        ///< number of a plug-in's kernel: describe, admit, run
  std::int32_t count = 0;         ///< describe: so many kernels, from `kernel` on
  std::uint64_t arena_bytes = 0;  ///< length of the arena file: describe, run
  std::uint64_t used_bytes = 0;   ///< how much of it the call may access: describe, run
  std::uint32_t disturb = 0;      ///< seed of a disturbed schedule: run
  std::int32_t diagnose = 0;      ///< convict_buffers::diagnose: run
  Problem problem{};              ///< admit, run
  Placement placement{};          ///< run
};

/// One kernel as its plug-in describes it. The answer to `describe` is such records at the start of
/// the arena: tables may have very many kernels, and a message has little room.
struct KernelRecord {
  std::array<char, 128> name{};
  std::array<char, 256> example{};  ///< empty: none
  std::array<char, 512> layouts{};  ///< convict_kernel::layouts; empty if null
  std::int32_t has_refuses = 0;
  std::int32_t has_workspace_bytes = 0;
  convict_kernel kernel{};  ///< with null pointers: addresses of the child mean nothing here
};

struct Reply {
  enum class Kind : std::int32_t {
    answered,
    unusable,    ///< load, describe: `text` says why it cannot be hosted
    failed,      ///< run: `number` is the status, if not 0; `text` says more
    refused,     ///< run: the kernel does not take the problem; `text` may say why
    crashed,     ///< `text` says how: "threw std::bad_alloc"
    environment  ///< `text` says what failed outside the code under test
  };
  std::uint64_t serial = 0;
  Kind kind = Kind::answered;
  std::int32_t number = 0;  ///< count: how many kernels; admit: 1 when refused
  std::uint64_t workspace_bytes = 0;
  std::array<char, 512> text{};  ///< admit: the reason of a refusal; else as `kind` says
};

static_assert(std::is_trivially_copyable_v<Request> && std::is_trivially_copyable_v<Reply> &&
              std::is_trivially_copyable_v<KernelRecord>);

/// Copies as much of `text` as fits, with a terminating zero.
template <std::size_t N>
void put_text(std::array<char, N>& to, std::string_view text) {
  const std::size_t length = std::min(text.size(), N - 1);
  std::copy_n(text.data(), length, to.data());
  to[length] = '\0';
}

}  // namespace convict::sandbox
