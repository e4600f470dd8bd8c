// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace convict::sandbox {

/// Type and message of the exception being handled, e.g. "std::bad_alloc" or "std::runtime_error:
/// no plan". Call it inside a catch clause.
std::string words_of_current_exception();

}  // namespace convict::sandbox
