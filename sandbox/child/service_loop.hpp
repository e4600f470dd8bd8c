// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sandbox/sandbox.hpp"

namespace convict::sandbox {

/// The code that a worker hosts.
struct Hosting {
  std::string name;  ///< a plug-in's path or a built-in kernel's name, as protocol.hpp defines it
  BuiltIns built_ins;
};

/// The worker's part of the protocol: answers the requests that arrive at worker_socket until the
/// host closes its end. Returns the exit status of the worker.
int serve_requests(const Hosting& hosting);

}  // namespace convict::sandbox
