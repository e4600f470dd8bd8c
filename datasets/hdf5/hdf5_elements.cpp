// SPDX-License-Identifier: Apache-2.0
#include "datasets/hdf5/hdf5_elements.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "core/half.hpp"
#include "datasets/hdf5/hdf5_attribute.hpp"

namespace convict::datasets {
namespace {

constexpr std::size_t long_double_digits = 64;  // x87; also below binary128's 113
constexpr std::size_t long_double_exponent_bits = 15;

struct FloatFields {
  std::size_t exponent_bits = 0;
  std::size_t mantissa_bits = 0;
};

FloatFields fields_of(hid_t type) {
  FloatFields fields;
  std::size_t ignored = 0;
  H5Tget_fields(type, &ignored, &ignored, &fields.exponent_bits, &ignored, &fields.mantissa_bits);
  return fields;
}

FloatFormat format_of_type(hid_t type) {
  const auto [exponent_bits, mantissa_bits] = fields_of(type);
  const int bias = static_cast<int>(H5Tget_ebias(type));
  const int hidden = H5Tget_norm(type) == H5T_NORM_IMPLIED ? 1 : 0;
  return {static_cast<int>(mantissa_bits) + hidden, 1 - bias, (1 << exponent_bits) - 1 - bias};
}

bool holds(Precision precision, FloatFormat format) {
  const FloatFormat ours = format_of(precision);
  return format.digits <= ours.digits && format.min_exponent >= ours.min_exponent &&
         format.max_exponent <= ours.max_exponent;
}

ElementType float_element(hid_t type, const Place& place) {
  using enum ElementType::Fetch;
  const auto [exponent_bits, mantissa_bits] = fields_of(type);
  if (exponent_bits > long_double_exponent_bits || mantissa_bits > long_double_digits)
    place.fail(
        fmt::format("its floats have {} exponent and {} mantissa bits; at most {} and {} "
                    "can be read",
                    exponent_bits, mantissa_bits, long_double_exponent_bits, long_double_digits));
  for (const Precision precision : {Precision::f16, Precision::bf16})
    if (H5Tget_size(type) == 2 && holds(precision, format_of_type(type)))
      return {as_half_bits, precision};
  for (const Precision precision :
       {Precision::f16, Precision::bf16, Precision::f32, Precision::f64})
    if (holds(precision, format_of_type(type))) return {as_double, precision};
  return {as_long_double, Precision::f64};
}

ElementType integer_element(hid_t dataset, hid_t type, const Place& place) {
  using enum ElementType::Fetch;
  const std::size_t bytes = H5Tget_size(type);
  if (bytes > sizeof(std::int64_t))
    place.fail(fmt::format("its integers have {} bytes; at most 8 can be read", bytes));
  const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
  if (!is_signed && bytes == 2 && has_attribute(dataset, "dtype") &&
      text_attribute(dataset, "dtype", place) == "bfloat16")
    return {as_raw_bits, Precision::bf16};
  return {is_signed ? as_signed : as_unsigned, std::nullopt};
}

std::string_view class_name(H5T_class_t type_class) {
  switch (type_class) {
    case H5T_STRING: return "strings";
    case H5T_COMPOUND: return "compound values (complex numbers are such)";
    case H5T_ENUM: return "enumerated values (booleans are such)";
    case H5T_VLEN: return "lists of varying length";
    case H5T_ARRAY: return "arrays as elements";
    default: return "no numbers";
  }
}

template <class T>
std::vector<T> read_as(hid_t dataset, hid_t memory_type, std::size_t count, const Place& place) {
  std::vector<T> values(count);
  if (H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0)
    place.fail_damaged();
  return values;
}

template <class Half>
std::vector<double> decoded(const std::vector<std::uint16_t>& bits) {
  std::vector<double> values;
  values.reserve(bits.size());
  for (const std::uint16_t pattern : bits) {
    Half half;
    half.bits = pattern;
    values.push_back(static_cast<double>(half));
  }
  return values;
}

/// A long double of 64 or more digits represents every double, float and integer of up to 64 bits.
template <class T>
std::vector<double> exactly_converted(const std::vector<T>& values, const Place& place) {
  std::vector<double> result;
  result.reserve(values.size());
  for (const T value : values) {
    const auto wide = static_cast<long double>(value);
    const auto narrow = static_cast<double>(wide);
    if (wide == wide && static_cast<long double>(narrow) != wide)
      place.fail(fmt::format("it holds {}, which double precision cannot represent", value));
    result.push_back(narrow);
  }
  return result;
}

}  // namespace

ElementType element_type_of(hid_t dataset, const Place& place) {
  const Handle type(H5Dget_type(dataset), H5Tclose);
  if (!type) place.fail_damaged();
  switch (const H5T_class_t type_class = H5Tget_class(type.get())) {
    case H5T_FLOAT: return float_element(type.get(), place);
    case H5T_INTEGER: return integer_element(dataset, type.get(), place);
    default:
      place.fail(fmt::format("it holds {}; floating-point numbers or integers are needed",
                             class_name(type_class)));
  }
}

std::vector<double> read_elements(hid_t dataset, ElementType type, std::size_t count,
                                  const Place& place) {
  using enum ElementType::Fetch;
  const auto bits = [&](hid_t memory_type) {
    const auto patterns = read_as<std::uint16_t>(dataset, memory_type, count, place);
    return type.precision == Precision::bf16 ? decoded<bf16>(patterns) : decoded<f16>(patterns);
  };
  switch (type.fetch) {
    case as_double: return read_as<double>(dataset, H5T_NATIVE_DOUBLE, count, place);
    case as_long_double:
      return exactly_converted(read_as<long double>(dataset, H5T_NATIVE_LDOUBLE, count, place),
                               place);
    case as_half_bits: return bits(file_type(*type.precision).get());
    case as_raw_bits: return bits(H5T_NATIVE_UINT16);
    case as_signed:
      return exactly_converted(read_as<std::int64_t>(dataset, H5T_NATIVE_INT64, count, place),
                               place);
    case as_unsigned:
      return exactly_converted(read_as<std::uint64_t>(dataset, H5T_NATIVE_UINT64, count, place),
                               place);
  }
  return {};
}

}  // namespace convict::datasets
