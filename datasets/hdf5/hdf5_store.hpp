// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/index.hpp"
#include "core/precision.hpp"

namespace convict::datasets {

/// A dense tensor of any rank; `values` are row-major.
struct DenseTensor {
  std::vector<index_t> extents;
  std::vector<double> values;
};

/// Extents and precision of a stored dataset.
struct DatasetInfo {
  std::vector<index_t> extents;
  /// f64, f32, bf16 or f16: the narrowest that holds every value of the stored float type. Nothing
  /// for integers, which have no precision of their own.
  std::optional<Precision> precision;
};

/// Writes one HDF5 file. Objects are named by their full path, `/case_0000/input`; groups on the
/// way are created as needed. The file is built in memory, which takes as many bytes as the file,
/// and appears under its name only by `commit`, complete or not at all (see AtomicFile). Every
/// tensor that has elements and a rank carries a Fletcher32 checksum; from 1 KiB on, numbers that
/// are short for their format (small integers, f32 in f64) are shuffled and deflated before. The
/// same calls give the same bytes. Every failure is an EnvironmentError naming the path. HDF5 is
/// not thread-safe: use readers and writers from one thread at a time.
class Hdf5Writer {
 public:
  explicit Hdf5Writer(const std::filesystem::path& path);
  ~Hdf5Writer();
  Hdf5Writer(Hdf5Writer&&) noexcept;
  Hdf5Writer& operator=(Hdf5Writer&&) noexcept;

  void create_group(const std::string& name);
  /// `object` is a group or dataset, "/" the file itself. Text is stored as a fixed-length UTF-8
  /// string, which lies under the object's own checksum (variable-length strings do not).
  void write_attribute(const std::string& object, const std::string& name, std::string_view text);
  void write_attribute(const std::string& object, const std::string& name, index_t value);
  /// Stores row-major `values` in `storage_of(precision)`, rounding once, to nearest even. f16 is
  /// IEEE binary16; bf16 is a float type with sign 1, exponent 8, mantissa 7, bias 127.
  void write(const std::string& name, std::span<const index_t> extents,
             std::span<const double> values, Precision precision);
  void commit();

 private:
  struct File;
  std::unique_ptr<File> file_;
};

/// Reads HDF5 files, whatever program wrote them. Accepted element types: IEEE floats of either
/// byte order up to binary64, other float types when every value is exact in f64, bf16 as the float
/// type above or as 16-bit unsigned integers with the attribute dtype = "bfloat16", and integers
/// when every value is exact in f64. Every failure is one FileError naming file, object and what is
/// wrong with it.
class Hdf5Reader {
 public:
  explicit Hdf5Reader(const std::filesystem::path& path);
  ~Hdf5Reader();
  Hdf5Reader(Hdf5Reader&&) noexcept;
  Hdf5Reader& operator=(Hdf5Reader&&) noexcept;

  bool contains(const std::string& object) const;
  /// Names of what lies in a group, in alphabetic order.
  std::vector<std::string> names_in(const std::string& group) const;

  bool has_attribute(const std::string& object, const std::string& name) const;
  std::string text_attribute(const std::string& object, const std::string& name) const;
  index_t integer_attribute(const std::string& object, const std::string& name) const;

  DatasetInfo info(const std::string& name) const;
  DenseTensor read(const std::string& name) const;
  /// The values of a dataset that must have exactly these extents.
  std::vector<double> read(const std::string& name, std::span<const index_t> extents) const;

 private:
  struct File;
  std::unique_ptr<File> file_;
};

}  // namespace convict::datasets
