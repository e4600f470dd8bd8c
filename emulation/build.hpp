// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>

#include "core/source_text.hpp"

namespace convict::emulation {

/// The plug-in for the emulated device that is built of a CUDA source: a shared object named after
/// it in the user's cache ($XDG_CACHE_HOME/convict, ~/.cache/convict), made once for each content,
/// flags and compiler. Options for nvcc in NVCC_APPEND_FLAGS are understood where they mean
/// something here (-I, -D, -U, -std, -include, -fmad, --use_fast_math). Throws InputError with the
/// compiler's words when the source is wrong or has what the emulated device has not,
/// EnvironmentError when no compiler or no folder for the cache is there.
std::string built_for_emulated_device(const std::string& source);

/// The same for a source among `files` that are part of this program, in C++20; it can include the
/// others. Options for nvcc do not count.
std::string built_for_emulated_device(std::span<const SourceText> files, const std::string& source);

/// Why nothing can be built for the emulated device on this machine (no C++ compiler), or nothing.
std::optional<std::string> why_no_emulated_device();

/// The plug-in that nvcc builds of the source, with NVCC_APPEND_FLAGS, kept in the same way.
std::string built_for_gpu(const std::string& source);

/// Whether this machine has nvcc and a GPU of NVIDIA.
bool has_gpu_and_nvcc();

}  // namespace convict::emulation
