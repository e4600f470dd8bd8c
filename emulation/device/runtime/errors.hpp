// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "convict_device/api.hpp"

namespace convict_device {

/// Keeps the error for cudaGetLastError, with what it was about, and returns it. Success changes
/// nothing.
cudaError_t set_error(cudaError_t error, const std::string& about);
/// The error that every call returns after a kernel had a fault.
void set_sticky_error(cudaError_t error);
cudaError_t sticky_error();
void forget_errors();
/// What the error was about that nobody asked for with cudaGetLastError, or empty.
std::string unseen_error();

}  // namespace convict_device
