// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/kernel.hpp"
#include "oracle/truth/case.hpp"

namespace convict::cli {

/// Throws SpecError when the trial's tensors alone make more text than export_program writes. Makes
/// no data, unlike make_case.
void check_exportable(const Trial& trial);

/// A program in C99 that carries out `known` by `kernel`, which is called `name` in its plug-in,
/// and exits with 1 when the result is wrong. `title` stands in its first comment. Throws SpecError
/// when it would have more than 1 MiB, or when exact data cannot be made for the case.
std::string export_program(const oracle::Case& known, const Kernel& kernel, const std::string& name,
                           const std::string& title);

}  // namespace convict::cli
