#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "run/observer.hpp"

namespace convict::reports {

/// Which kernels agree with each other and with the truth: groups of equal results, then pairs that
/// differ, the most telling first and `most_rows` at most, then what each of these deserves to be
/// said of. Empty when no two kernels share a trial.
std::string agreement_table(std::span<const run::PairAgreement> pairs, std::size_t most_rows);

/// The same as Markdown.
std::string agreement_markdown(std::span<const run::PairAgreement> pairs, std::size_t most_rows);

/// What a person should look at in this pair: equal wrong results, errors that are far apart.
/// Empty: nothing.
std::string agreement_note(const run::PairAgreement& pair);

}  // namespace convict::reports
