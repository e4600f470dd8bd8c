#pragma once

#include <string>

#include "core/kernel.hpp"
#include "oracle/truth/case.hpp"

namespace convict::cli {

/// Throws SpecError when the trial's tensors alone make more text than export_program writes.
/// Cheap, unlike a case.
void check_exportable(const Trial& trial);

/// A program in C99 that carries out `known` by the kernel `row` of a plug-in and exits with 1 when
/// the result is wrong. Throws SpecError when it would have more than 1 MiB, or when the case has
/// no exact data. `title` is what the program calls it.
std::string export_program(const oracle::Case& known, const Kernel& kernel, const std::string& row,
                           const std::string& title);

}  // namespace convict::cli
