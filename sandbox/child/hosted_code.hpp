// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "sandbox/sandbox.hpp"
#include "sandbox/wire/protocol.hpp"
#include "sandbox/wire/shared_arena.hpp"

namespace convict::sandbox {

/// The code under test, loaded in a worker.
class HostedCode {
 public:
  HostedCode() = default;
  virtual ~HostedCode() = default;
  HostedCode(const HostedCode&) = delete;
  HostedCode& operator=(const HostedCode&) = delete;

  /// Makes the calls of a request other than load and end. Passes on exceptions of the code, and
  /// throws FileError when its answer makes it unusable.
  virtual void answer(const Request& request, Reply& reply) = 0;
  /// Releases the plan that it keeps.
  virtual void end() = 0;
};

/// Notes the current call in the shared memory; made before every call to the code under test.
inline void announce(ArenaWindow& window, Call call) {
  window.fault().call = static_cast<std::uint64_t>(call);
}

/// Loads a plug-in. Throws FileError saying why the file is none.
std::unique_ptr<HostedCode> hosted_plugin(const std::string& path, ArenaWindow& window);
/// The built-in kernel of that name, on the device that `built_ins` gives. Throws FileError when
/// there is no such kernel, and what the device throws.
std::unique_ptr<HostedCode> hosted_kernel(const std::string& name, const BuiltIns& built_ins,
                                          ArenaWindow& window);

}  // namespace convict::sandbox
