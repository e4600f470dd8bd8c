#pragma once

#include <optional>
#include <string>

#include "core/trial.hpp"

namespace convict::oracle {

/// What is done over and over must be cheap once.
bool too_much_work(const ConvSpec& spec);

/// Why a problem derived from another is none, or too much, or nothing. What zeros stuff may be ten
/// times the work.
std::optional<std::string> unbearable(const ConvSpec& derived);

/// Why a problem is empty or too large to be carried out over and over, or nothing.
std::optional<std::string> workable_size(const ConvSpec& spec);

/// Why relations and gradient checks cannot do with a trial, or nothing. They need products to meet
/// somewhere, a bearable amount of work, and a fill that is exact or flat.
std::optional<std::string> workable(const Trial& trial);

/// Why calls of a trial cannot be compared by their bits, or nothing. They need some elements, a
/// bearable amount of work, and numbers.
std::optional<std::string> repeatable(const Trial& trial);

}  // namespace convict::oracle
