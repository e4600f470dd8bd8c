// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace convict::cli {

/// Installs handlers: the first SIGINT, SIGTERM, SIGHUP (unless it is ignored, as nohup has it) or
/// SIGXFSZ asks for an orderly end, a second one of the first three exits at once; when a built-in
/// kernel crashes this process, the trials in flight are printed first. SIGPIPE is ignored, so that
/// the write fails instead.
void handle_signals();

/// True once an end was asked for.
const std::atomic<bool>& stop_requested();

/// Asks for the same orderly end for another reason, such as a time limit.
void request_stop();

/// True when the end was asked for by a signal.
bool interrupted_by_user();

}  // namespace convict::cli
