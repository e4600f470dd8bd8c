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

/// Failures are told by exceptions; HDF5 is not to print its stack of them.
void silence_hdf5();

/// The object a complaint is about.
struct Place {
  const std::string& path;
  const std::string& object;

  /// Throws FileError.
  [[noreturn]] void fail(std::string_view problem) const;
  /// For a call that HDF5 refuses although the object is there: adds HDF5's reason.
  [[noreturn]] void fail_damaged() const;
};

/// What the last failed call complains of at the bottom of its stack, where the cause is.
std::string innermost_error();

/// The type in files we write: little-endian, also in memory when it has 16 bits.
Handle file_type(Precision precision);

}  // namespace convict::datasets
