#pragma once

#include <string>
#include <vector>

#include "oracle/custody/custody.hpp"

namespace convict::cli {

/// The kernels that `--kernel` arguments name: a row's name, a glob over the rows here
/// ("optimized.*"), or a plug-in file
/// ("./mine.so", all its rows). None given: every row here. Throws InputError naming what matches
/// nothing, with the nearest names.
std::vector<oracle::Subject> subjects_named(const std::vector<std::string>& names,
                                            const oracle::Limits& limits = {});

/// Exactly one.
oracle::Subject subject_named(const std::string& name);

}  // namespace convict::cli
