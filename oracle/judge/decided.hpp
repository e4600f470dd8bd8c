// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/verdict.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::oracle {

/// A verdict that needed no comparison of elements.
Verdict decided(Outcome outcome, std::string_view layer, std::string reason);
Verdict unsupported(std::string_view layer, std::string reason);

/// The verdict on a call that did not return, or nothing.
std::optional<Verdict> verdict_on(const sandbox::CallEnd& end);

/// The verdict when the kernel is not to be called: it refused, did not answer, or asked for more
/// workspace than there is for it here. Else nothing.
std::optional<Verdict> verdict_on(const sandbox::Admission& admission);

}  // namespace convict::oracle
