// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "core/precision.hpp"
#include "datasets/hdf5/hdf5_handle.hpp"

namespace convict::datasets {

/// How the elements of a dataset are to be fetched, and the precision they have.
struct ElementType {
  enum class Fetch {
    as_double,       ///< HDF5's conversion to double is exact
    as_long_double,  ///< wider than double: every value is checked
    as_half_bits,    ///< 16-bit floats, decoded by core/half.hpp
    as_raw_bits,     ///< bfloat16 kept in unsigned integers
    as_signed,
    as_unsigned
  };
  Fetch fetch;
  std::optional<Precision> precision;  ///< nothing for integers
};

/// Throws FileError when the elements are not numbers that can be read.
ElementType element_type_of(hid_t dataset, const Place& place);

/// All elements, as doubles. Throws FileError for damaged data and for values no double holds.
std::vector<double> read_elements(hid_t dataset, ElementType type, std::size_t count,
                                  const Place& place);

}  // namespace convict::datasets
