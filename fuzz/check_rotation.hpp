#pragma once

#include <cstddef>
#include <string>

namespace convict::fuzz {

/// The check of trial `number`: about every fifth takes its turn of those rows of oracle::checks()
/// that ask something else of a valid problem than the judge does.
std::string check_at(std::size_t number);

}  // namespace convict::fuzz
