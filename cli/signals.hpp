#pragma once

#include <atomic>

namespace convict::cli {

/// Ctrl-C (and SIGTERM) ask for an orderly end, a second one ends at once; when one of our own
/// kernels brings the process down, the trials in flight are named before it goes. SIGPIPE is an
/// error of the write, not a death.
void handle_signals();

/// True once an end was asked for.
const std::atomic<bool>& stop_requested();

/// Asks for the same orderly end for another reason, such as a time limit.
void request_stop();

/// True when the end was asked for by a signal.
bool interrupted_by_user();

}  // namespace convict::cli
