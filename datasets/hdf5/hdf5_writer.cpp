// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "core/errors.hpp"
#include "core/half.hpp"
#include "datasets/files/atomic_file.hpp"
#include "datasets/hdf5/hdf5_handle.hpp"
#include "datasets/hdf5/hdf5_store.hpp"

namespace convict::datasets {
namespace {

constexpr hsize_t largest_chunk_bytes = 1 << 20;  // HDF5's default chunk cache
constexpr index_t least_bytes_to_deflate = 1024;  // for less, headers take more than deflate saves
constexpr unsigned deflate_level = 1;

template <class T>
std::vector<T> converted(std::span<const double> values) {
  std::vector<T> result;
  result.reserve(values.size());
  for (const double value : values) result.push_back(static_cast<T>(value));
  return result;
}

/// Shortens the slowest axes until a chunk fits the cache.
std::vector<hsize_t> chunk_of(std::vector<hsize_t> extents, hsize_t element_bytes) {
  hsize_t bytes = element_bytes;
  for (const hsize_t extent : extents) bytes *= extent;
  for (hsize_t& extent : extents) {
    bytes /= extent;
    const hsize_t pieces_that_fit = std::max<hsize_t>(1, largest_chunk_bytes / bytes);
    extent = std::min(extent, pieces_that_fit);
    bytes *= extent;
    if (bytes <= largest_chunk_bytes) break;
  }
  return extents;
}

/// The memory HDF5 builds a file in; it outlives the HDF5 file, which is complete only once closed
/// (H5Fget_file_image of HDF5 1.10 leaves a superblock whose checksum is wrong).
struct Image {
  std::byte* memory = nullptr;
  std::size_t capacity = 0;

  Image() = default;
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
  ~Image() { std::free(memory); }  // NOLINT: HDF5 needs memory from malloc

  void* grow(std::size_t bytes) {
    if (bytes <= capacity) return memory;
    const std::size_t wanted = std::max(bytes, 2 * capacity);
    void* const larger = std::realloc(memory, wanted);  // NOLINT
    if (larger == nullptr) return nullptr;
    memory = static_cast<std::byte*>(larger);
    capacity = wanted;
    return larger;
  }
  /// The bytes up to the end-of-file address of the superblock (HDF5 File Format Specification
  /// 3.0, II.A: at offset 28 in versions 2 and 3).
  std::span<const std::byte> contents() const {
    std::uint64_t end = 0;
    std::memcpy(&end, memory + 28, sizeof end);
    return {memory, static_cast<std::size_t>(end)};
  }
};

void* image_malloc(std::size_t bytes, H5FD_file_image_op_t, void* image) {
  return static_cast<Image*>(image)->grow(bytes);
}
void* image_realloc(void*, std::size_t bytes, H5FD_file_image_op_t, void* image) {
  return static_cast<Image*>(image)->grow(bytes);
}
herr_t image_free(void*, H5FD_file_image_op_t, void*) { return 0; }
void* same_image(void* image) { return image; }
herr_t keep_image(void*) { return 0; }

/// A file in memory. Not the file system: when a disk fills up, HDF5 1.10 cannot close its file and
/// crashes the process at exit.
Handle create_in(Image& image) {
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_fapl_core(access.get(), 1 << 16, false);
  // The format of 1.10 has a checksum over all metadata, the oldest format has none.
  H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_V110);
  H5FD_file_image_callbacks_t callbacks{image_malloc, nullptr,    image_realloc, image_free,
                                        same_image,   keep_image, &image};
  H5Pset_file_image_callbacks(access.get(), &callbacks);
  H5Pset_obj_track_times(creation.get(), false);
  return {H5Fcreate("convict", H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose};
}

Handle link_creation() {
  Handle list(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(list.get(), 1);
  return list;
}

/// Deflate removes the trailing zeros of numbers that are short for their format. Random numbers of
/// full length would shrink by a seventh and take eight times as long (measured: f32, f64).
bool worth_deflating(std::span<const double> values, Precision precision) {
  constexpr std::size_t sample_size = 1024;
  if (static_cast<index_t>(values.size()) * bytes_of(precision) < least_bytes_to_deflate)
    return false;
  FloatFormat shorter = format_of(storage_of(precision));
  shorter.digits -= shorter.digits / 4;
  const std::size_t step = std::max<std::size_t>(1, values.size() / sample_size);
  std::size_t seen = 0;
  std::size_t is_short = 0;
  for (std::size_t i = 0; i < values.size(); i += step, ++seen)
    if (std::isnan(values[i]) || round_to(shorter, values[i]) == values[i]) ++is_short;
  return 2 * is_short > seen && H5Zfilter_avail(H5Z_FILTER_DEFLATE) > 0;
}

Handle dataset_creation(const std::vector<hsize_t>& extents, std::span<const double> values,
                        Precision precision) {
  Handle list(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(list.get(), false);
  if (values.empty() || extents.empty()) return list;  // HDF5 has no chunks of these
  const std::vector<hsize_t> chunk = chunk_of(extents, static_cast<hsize_t>(bytes_of(precision)));
  H5Pset_chunk(list.get(), static_cast<int>(chunk.size()), chunk.data());
  if (worth_deflating(values, precision)) {
    H5Pset_shuffle(list.get());
    H5Pset_deflate(list.get(), deflate_level);
  }
  H5Pset_fletcher32(list.get());
  return list;
}

herr_t write_values(hid_t dataset, std::span<const double> values, Precision precision) {
  const auto put = [&](hid_t type, const void* data) {
    return H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
  };
  switch (storage_of(precision)) {
    case Precision::f64: return put(H5T_NATIVE_DOUBLE, values.data());
    case Precision::f32: return put(H5T_NATIVE_FLOAT, converted<float>(values).data());
    // The type is the same in memory as in the file: HDF5 copies the bits from core/half.hpp.
    case Precision::bf16: return put(file_type(precision).get(), converted<bf16>(values).data());
    default: return put(file_type(precision).get(), converted<f16>(values).data());
  }
}

}  // namespace

struct Hdf5Writer::File {
  AtomicFile target;
  Image image;
  Handle handle;

  explicit File(const std::filesystem::path& path) : target(path), handle(-1, H5Fclose) {
    silence_hdf5();
    handle = create_in(image);
    require(static_cast<bool>(handle), "/");
  }

  void require(bool done, const std::string& object) const {
    if (!done)
      throw EnvironmentError(fmt::format("cannot write '{}' to '{}': {}", object,
                                         target.path().string(), innermost_error()));
  }

  void write_attribute(const std::string& object, const std::string& name, hid_t type,
                       const void* value) const {
    const Handle owner(H5Oopen(handle.get(), object.c_str(), H5P_DEFAULT), H5Oclose);
    require(static_cast<bool>(owner), object);
    const Handle scalar(H5Screate(H5S_SCALAR), H5Sclose);
    const Handle attribute(
        H5Acreate2(owner.get(), name.c_str(), type, scalar.get(), H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose);
    require(attribute && H5Awrite(attribute.get(), type, value) >= 0, object + "@" + name);
  }
};

Hdf5Writer::Hdf5Writer(const std::filesystem::path& path) : file_(std::make_unique<File>(path)) {}
Hdf5Writer::~Hdf5Writer() = default;
Hdf5Writer::Hdf5Writer(Hdf5Writer&&) noexcept = default;
Hdf5Writer& Hdf5Writer::operator=(Hdf5Writer&&) noexcept = default;

void Hdf5Writer::create_group(const std::string& name) {
  const Handle links = link_creation();
  const Handle group(
      H5Gcreate2(file_->handle.get(), name.c_str(), links.get(), H5P_DEFAULT, H5P_DEFAULT),
      H5Gclose);
  file_->require(static_cast<bool>(group), name);
}

void Hdf5Writer::write_attribute(const std::string& object, const std::string& name,
                                 std::string_view text) {
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), std::max<std::size_t>(1, text.size()));
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  file_->write_attribute(object, name, type.get(), std::string(text).c_str());
}

void Hdf5Writer::write_attribute(const std::string& object, const std::string& name,
                                 index_t value) {
  const Handle type(H5Tcopy(H5T_STD_I64LE), H5Tclose);
  file_->write_attribute(object, name, type.get(), &value);
}

void Hdf5Writer::write(const std::string& name, std::span<const index_t> extents,
                       std::span<const double> values, Precision precision) {
  if (static_cast<std::size_t>(checked_product(extents, name)) != values.size())
    throw std::invalid_argument(fmt::format("'{}' has shape ({}) but {} values", name,
                                            fmt::join(extents, ", "), values.size()));
  const std::vector<hsize_t> sizes(extents.begin(), extents.end());
  const Handle space(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr),
                     H5Sclose);
  const Handle type = file_type(precision);
  const Handle links = link_creation();
  const Handle layout = dataset_creation(sizes, values, precision);
  const Handle dataset(H5Dcreate2(file_->handle.get(), name.c_str(), type.get(), space.get(),
                                  links.get(), layout.get(), H5P_DEFAULT),
                       H5Dclose);
  file_->require(dataset && write_values(dataset.get(), values, precision) >= 0, name);
}

void Hdf5Writer::commit() {
  file_->require(file_->handle.reset() >= 0, "/");
  file_->target.commit(file_->image.contents());
}

}  // namespace convict::datasets
