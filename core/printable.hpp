// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace convict {

/// `text` with control characters, and bytes that are no UTF-8, written as \xNN. Names and messages
/// of plug-ins, suite files and journals may hold anything: printed like this they cannot control a
/// terminal, start a new line, turn the direction of writing, or break a document. Text that holds
/// no such characters is returned as it is, so that it does no harm to call this twice.
std::string printable(std::string_view text);

/// The same characters of a JSON text as \uNNNN: it says the same, and may be shown in a terminal.
/// `json` must be UTF-8.
std::string printable_json(std::string_view json);

}  // namespace convict
