#pragma once

#include <memory>
#include <string>

#include "sandbox/sandbox.hpp"
#include "sandbox/wire/protocol.hpp"
#include "sandbox/wire/shared_arena.hpp"

namespace convict::sandbox {

/// The code under test that a worker hosts. Whatever it does, it does in the worker.
class HostedCode {
 public:
  HostedCode() = default;
  virtual ~HostedCode() = default;
  HostedCode(const HostedCode&) = delete;
  HostedCode& operator=(const HostedCode&) = delete;

  /// Calls into it as the request asks, which is none of load and end. Throws what it throws, and
  /// FileError when the answer makes it unusable.
  virtual void answer(const Request& request, Reply& reply) = 0;
  /// An orderly end: it gives back what it keeps.
  virtual void end() = 0;
};

/// Says which call is under way: before every call into the code under test.
inline void announce(ArenaWindow& window, Call call) {
  window.fault().call = static_cast<std::uint64_t>(call);
}

/// Loads a plug-in. Throws FileError saying why it is none.
std::unique_ptr<HostedCode> hosted_plugin(const std::string& path, ArenaWindow& window);
/// The row of that name; its device is asked for here. Throws FileError when there is no such row,
/// and what the device throws.
std::unique_ptr<HostedCode> hosted_kernel(const std::string& name, const BuiltIns& built_ins,
                                          ArenaWindow& window);

}  // namespace convict::sandbox
