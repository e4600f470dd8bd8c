#pragma once

#include <cstddef>

#include "core/trial.hpp"

namespace convict::fuzz {

/// About every fifth trial asks something else of its problem than the judge does: one of the
/// checks that apply to it. The others, and those to which none applies, stay as they are.
Trial with_check(const Trial& trial, std::size_t number);

}  // namespace convict::fuzz
