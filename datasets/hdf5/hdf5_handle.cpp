// SPDX-License-Identifier: Apache-2.0
#include "datasets/hdf5/hdf5_handle.hpp"

#include <fmt/format.h>

#include <bit>
#include <new>

#include "core/errors.hpp"

#if defined(__has_feature)  // clang's word for it
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
/// HDF5 1.10 leaks about 400 bytes whenever it fails to open a damaged file.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5"; }
#endif

namespace convict::datasets {
namespace {

/// The library's codes for memory that it did not get.
herr_t note_lack_of_memory(unsigned, const H5E_error2_t* error, void* lacks) {
  const bool is_lack = error->maj_num == H5E_RESOURCE &&
                       (error->min_num == H5E_NOSPACE || error->min_num == H5E_CANTALLOC);
  if (is_lack) *static_cast<bool*>(lacks) = true;
  return 0;
}
bool lacked_memory() {
  bool lacks = false;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, note_lack_of_memory, &lacks);
  return lacks;
}

herr_t keep_first(unsigned, const H5E_error2_t* error, void* text) {
  if (error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
  return 1;
}

/// An IEEE-like type: sign, exponent with the customary bias, mantissa with a hidden bit.
Handle float_type(std::size_t bytes, std::size_t exponent_bits, std::size_t mantissa_bits) {
  Handle type(H5Tcopy(H5T_IEEE_F32LE), H5Tclose);
  H5Tset_fields(type.get(), 8 * bytes - 1, mantissa_bits, exponent_bits, 0, mantissa_bits);
  H5Tset_ebias(type.get(), (std::size_t{1} << (exponent_bits - 1)) - 1);
  H5Tset_precision(type.get(), 8 * bytes);
  H5Tset_size(type.get(), bytes);
  return type;
}

}  // namespace

static_assert(std::endian::native == std::endian::little,
              "16-bit types pass through HDF5 as they lie in memory");

void Place::fail(std::string_view problem) const {
  throw FileError(fmt::format("cannot read '{}' of '{}': {}", object, path, problem));
}

void Place::fail_damaged() const {
  const std::string reason = innermost_error();
  if (lacked_memory()) throw std::bad_alloc();
  const bool checksum = reason.find("hecksum") != std::string::npos;
  fail(fmt::format("{} ({})",
                   checksum ? "checksum failure, the file is damaged" : "the file is damaged",
                   reason));
}

void silence_hdf5() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

std::string innermost_error() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &text);
  return text.empty() ? "no reason given" : text;
}

Handle file_type(Precision precision) {
  switch (storage_of(precision)) {
    case Precision::f64: return {H5Tcopy(H5T_IEEE_F64LE), H5Tclose};
    case Precision::f32: return {H5Tcopy(H5T_IEEE_F32LE), H5Tclose};
    case Precision::bf16: return float_type(2, 8, 7);
    default: return float_type(2, 5, 10);
  }
}

}  // namespace convict::datasets
