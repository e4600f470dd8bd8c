// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "run/observer.hpp"

namespace convict::reports {

/// Which kernels agree with each other and with the truth: groups with equal results; a table of at
/// most `most_rows` pairs that differ, in the order of differing_pairs; what its columns mean; the
/// notes on its pairs. Empty when no two kernels share a trial.
std::string agreement_table(std::span<const run::PairAgreement> pairs, std::size_t most_rows);

/// The same as Markdown.
std::string agreement_markdown(std::span<const run::PairAgreement> pairs, std::size_t most_rows);

/// One line about a pair that has equal wrong results or errors far apart; empty for other pairs.
std::string agreement_note(const run::PairAgreement& pair);

}  // namespace convict::reports
