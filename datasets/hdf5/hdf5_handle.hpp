// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hdf5.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "core/precision.hpp"

namespace convict::datasets {

/// Owns an HDF5 identifier.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Handle() { reset(); }

  herr_t reset() { return id_ < 0 ? 0 : close_(std::exchange(id_, -1)); }
  explicit operator bool() const { return id_ >= 0; }
  hid_t get() const { return id_; }

 private:
  hid_t id_;
  Close close_;
};

/// Keeps HDF5 from printing its error stack; failures are reported by exceptions.
void silence_hdf5();

/// The object that an error message is about.
struct Place {
  const std::string& path;
  const std::string& object;

  /// Throws FileError.
  [[noreturn]] void fail(std::string_view problem) const;
  /// The same for a call that fails although the object exists; adds HDF5's reason.
  [[noreturn]] void fail_damaged() const;
};

/// The innermost message of HDF5's error stack for the last failed call, which names the cause.
std::string innermost_error();

/// The element type in files that are written here: little-endian. 16-bit types have it in memory,
/// too.
Handle file_type(Precision precision);

}  // namespace convict::datasets
