// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "shadow.hpp"

// What instrumented code calls (instrumented.cpp). `caller` is the address that the call returns
// to.
namespace convict_device::watch {

std::uint32_t place_of_caller(const void* caller);
void access(const volatile void* address, std::size_t bytes, Kind kind, std::uint32_t place);
/// Of a type whose size is its alignment. Does nothing outside of kernels.
void aligned_access(const volatile void* address, std::size_t bytes, Kind kind, const void* caller);
void volatile_access(const volatile void* address, std::size_t bytes, const void* caller);

}  // namespace convict_device::watch
