// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <new>
#include <stdexcept>
#include <system_error>

#include "core/errors.hpp"
#include "datasets/hdf5/hdf5_attribute.hpp"
#include "datasets/hdf5/hdf5_elements.hpp"
#include "datasets/hdf5/hdf5_handle.hpp"
#include "datasets/hdf5/hdf5_store.hpp"

namespace convict::datasets {
namespace {

[[noreturn]] void fail(const std::string& path, std::string_view problem) {
  throw FileError(fmt::format("cannot read '{}': {}", path, problem));
}

/// Opens the file once by a system call, so that the user gets the system's error message.
void require_readable(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) fail(path, "it is a directory");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path, std::generic_category().message(errno));
  if (file.peek() == std::ifstream::traits_type::eof()) fail(path, "it is empty");
}

Handle open_file(const std::string& path) {
  require_readable(path);
  silence_hdf5();
  if (H5Fis_hdf5(path.c_str()) <= 0) fail(path, "it is not an HDF5 file");
  Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!file)
    fail(path, fmt::format("the HDF5 file is truncated or damaged ({})", innermost_error()));
  return file;
}

std::string shape_text(std::span<const index_t> extents) {
  return fmt::format("({})", fmt::join(extents, ", "));
}

std::vector<index_t> extents_of(hid_t dataset, const Place& place) {
  const Handle space(H5Dget_space(dataset), H5Sclose);
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0) place.fail_damaged();
  if (H5Sget_simple_extent_type(space.get()) == H5S_NULL) place.fail("it has no values at all");
  std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr);
  return {sizes.begin(), sizes.end()};
}

std::vector<std::string> link_names(hid_t group, const Place& place) {
  H5G_info_t info{};
  if (H5Gget_info(group, &info) < 0) place.fail_damaged();
  std::vector<std::string> names;
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    const auto fetch = [&](char* text, std::size_t size) {
      return H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, text, size, H5P_DEFAULT);
    };
    const ssize_t length = fetch(nullptr, 0);
    if (length < 0) place.fail_damaged();
    std::string& name = names.emplace_back(static_cast<std::size_t>(length), '\0');
    fetch(name.data(), name.size() + 1);
  }
  return names;
}

}  // namespace

struct Hdf5Reader::File {
  std::string path;
  Handle handle;

  explicit File(const std::filesystem::path& where)
      : path(where.string()), handle(open_file(path)) {}

  Place place(const std::string& object) const { return {path, object}; }

  /// H5Lexists answers only for the last component of a path, so every component is checked.
  bool contains(const std::string& object) const {
    for (std::size_t end = object.find('/', 1);; end = object.find('/', end + 1)) {
      const std::string step = object.substr(0, end);
      if (step != "/" && H5Lexists(handle.get(), step.c_str(), H5P_DEFAULT) <= 0) return false;
      if (end == std::string::npos) return true;
    }
  }

  [[noreturn]] void fail_missing(const std::string& object) const {
    const std::size_t slash = object.rfind('/');
    const std::string parent =
        slash == 0 || slash == std::string::npos ? "/" : object.substr(0, slash);
    if (!contains(parent)) fail_missing(parent);
    const Handle group(H5Gopen2(handle.get(), parent.c_str(), H5P_DEFAULT), H5Gclose);
    if (!group) place(object).fail(fmt::format("'{}' is not a group", parent));
    const auto names = link_names(group.get(), place(parent));
    place(object).fail(names.empty()
                           ? fmt::format("there is nothing of that name; '{}' is empty", parent)
                           : fmt::format("there is nothing of that name; '{}' holds: {}", parent,
                                         fmt::join(names, ", ")));
  }

  template <class Open>
  Handle open(const std::string& object, Open open_by_name, Handle::Close close) const {
    if (!contains(object)) fail_missing(object);
    if (object != "/" && H5Oexists_by_name(handle.get(), object.c_str(), H5P_DEFAULT) == 0)
      place(object).fail("it is a link that leads nowhere");
    Handle result(open_by_name(handle.get(), object.c_str(), H5P_DEFAULT), close);
    if (!result) place(object).fail_damaged();
    return result;
  }
  Handle object(const std::string& name) const { return open(name, H5Oopen, H5Oclose); }
  Handle dataset(const std::string& name) const {
    if (H5Iget_type(object(name).get()) != H5I_DATASET) place(name).fail("it is not a dataset");
    return open(name, H5Dopen2, H5Dclose);
  }

  DenseTensor read(const std::string& name, const Handle& dataset) const {
    DenseTensor tensor{extents_of(dataset.get(), place(name)), {}};
    const ElementType type = element_type_of(dataset.get(), place(name));
    try {
      const index_t count = checked_product(tensor.extents, "its number of elements");
      tensor.values =
          read_elements(dataset.get(), type, static_cast<std::size_t>(count), place(name));
    } catch (const SpecError& too_large) {
      place(name).fail(too_large.what());
    } catch (const std::length_error&) {
      place(name).fail("its values do not fit in memory");
    } catch (const std::bad_alloc&) {
      place(name).fail("its values do not fit in memory");
    }
    return tensor;
  }
};

Hdf5Reader::Hdf5Reader(const std::filesystem::path& path) : file_(std::make_unique<File>(path)) {}
Hdf5Reader::~Hdf5Reader() = default;
Hdf5Reader::Hdf5Reader(Hdf5Reader&&) noexcept = default;
Hdf5Reader& Hdf5Reader::operator=(Hdf5Reader&&) noexcept = default;

bool Hdf5Reader::contains(const std::string& object) const { return file_->contains(object); }

std::vector<std::string> Hdf5Reader::names_in(const std::string& group) const {
  const Handle handle = file_->object(group);
  if (H5Iget_type(handle.get()) != H5I_GROUP) file_->place(group).fail("it is not a group");
  return link_names(handle.get(), file_->place(group));
}

bool Hdf5Reader::has_attribute(const std::string& object, const std::string& name) const {
  return datasets::has_attribute(file_->object(object).get(), name);
}

std::string Hdf5Reader::text_attribute(const std::string& object, const std::string& name) const {
  return datasets::text_attribute(file_->object(object).get(), name, file_->place(object));
}

index_t Hdf5Reader::integer_attribute(const std::string& object, const std::string& name) const {
  return datasets::integer_attribute(file_->object(object).get(), name, file_->place(object));
}

DatasetInfo Hdf5Reader::info(const std::string& name) const {
  const Handle dataset = file_->dataset(name);
  return {extents_of(dataset.get(), file_->place(name)),
          element_type_of(dataset.get(), file_->place(name)).precision};
}

DenseTensor Hdf5Reader::read(const std::string& name) const {
  return file_->read(name, file_->dataset(name));
}

std::vector<double> Hdf5Reader::read(const std::string& name,
                                     std::span<const index_t> extents) const {
  const Handle dataset = file_->dataset(name);
  const auto present = extents_of(dataset.get(), file_->place(name));
  if (!std::ranges::equal(present, extents))
    file_->place(name).fail(
        fmt::format("its shape is {} but must be {}", shape_text(present), shape_text(extents)));
  return file_->read(name, dataset).values;
}

}  // namespace convict::datasets
