// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

#include "core/errors.hpp"
#include "core/half.hpp"
#include "datasets/hdf5/hdf5_store.hpp"
#include "tests/datasets/files.hpp"

BOOST_AUTO_TEST_SUITE(hdf5_test)

using namespace convict;
using namespace convict::datasets;

namespace {

using Extents = std::vector<index_t>;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

bool same_value(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b && std::signbit(a) == std::signbit(b);
}

bool same_values(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_value);
}

void store(const std::filesystem::path& path, const Extents& extents,
           const std::vector<double>& values, Precision precision) {
  Hdf5Writer file(path);
  file.write("/x", extents, values, precision);
  file.commit();
}

std::vector<double> stored_and_read(const std::vector<double>& values, Precision precision) {
  const TemporaryFolder folder;
  store(folder / "x.h5", {static_cast<index_t>(values.size())}, values, precision);
  return Hdf5Reader(folder / "x.h5").read("/x").values;
}

/// Every pattern of a 16-bit type, as doubles.
template <class Half>
std::vector<double> all_values() {
  std::vector<double> values;
  for (unsigned pattern = 0; pattern < 0x10000U; ++pattern) {
    Half half;
    half.bits = static_cast<std::uint16_t>(pattern);
    values.push_back(static_cast<double>(half));
  }
  return values;
}

std::vector<double> edge_values(Precision precision) {
  const double tiny = smallest_subnormal(precision);
  const double normal = smallest_normal(precision);
  const double large = largest_finite(precision);
  return {0,        -0.0,          1,         -1,     tiny,
          -tiny,    normal - tiny, normal,    -large, large,
          infinity, -infinity,     nan_value, 1.5,    2 - 2 * unit_roundoff(precision)};
}

/// A file with one f64 dataset small enough to lie uncompressed, 8 values that are easy to find.
std::string small_file(const TemporaryFolder& folder, const std::vector<double>& values) {
  store(folder / "small.h5", {static_cast<index_t>(values.size())}, values, Precision::f64);
  return bytes_of_file(folder / "small.h5");
}

std::string text_of(const std::vector<double>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)};
}

/// While it lives, no file of this process may grow beyond `bytes`, as if the disk were full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_limit_);
    const rlimit limit{bytes, old_limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  void (*old_handler_)(int);
  rlimit old_limit_{};
};

}  // namespace

BOOST_AUTO_TEST_CASE(every_precision_returns_its_edge_values) {
  for (const Precision precision : all_precisions) {
    const auto values = edge_values(precision);

    const auto read = stored_and_read(values, precision);

    BOOST_TEST(same_values(read, values), name_of(precision));
  }
}

BOOST_AUTO_TEST_CASE(every_sixteen_bit_pattern_survives) {
  const auto halves = all_values<f16>();
  const auto brains = all_values<bf16>();

  BOOST_TEST(same_values(stored_and_read(halves, Precision::f16), halves));
  BOOST_TEST(same_values(stored_and_read(brains, Precision::bf16), brains));
}

BOOST_AUTO_TEST_CASE(values_between_two_numbers_are_rounded_once_to_nearest_even) {
  const std::vector<double> ties = {1 + 0x1p-11, 1 + 3 * 0x1p-11, 1 + 0x1p-11 + 0x1p-40, 65520};

  BOOST_TEST(
      same_values(stored_and_read(ties, Precision::f16), {1, 1 + 0x1p-9, 1 + 0x1p-10, infinity}));
  BOOST_TEST(
      same_values(stored_and_read({1 + 0x1p-8, 1 + 3 * 0x1p-8}, Precision::bf16), {1, 1 + 0x1p-6}));
  BOOST_TEST(
      same_values(stored_and_read({1 + 0x1p-24, 1 + 0x1p-23}, Precision::f32), {1, 1 + 0x1p-23}));
}

BOOST_AUTO_TEST_CASE(a_dataset_tells_its_precision_and_extents) {
  const TemporaryFolder folder;
  for (const Precision precision : all_precisions) {
    store(folder / "x.h5", {1, 2, 1, 3}, {1, 2, 3, 4, 5, 6}, precision);

    const DatasetInfo info = Hdf5Reader(folder / "x.h5").info("/x");

    BOOST_TEST(info.extents == (Extents{1, 2, 1, 3}));
    BOOST_TEST((info.precision == storage_of(precision)), name_of(precision));
  }
}

BOOST_AUTO_TEST_CASE(tensors_of_rank_nought_to_eight_and_empty_ones_survive) {
  const TemporaryFolder folder;
  for (const Extents& extents :
       {Extents{}, Extents{0}, Extents{3}, Extents{2, 0, 4}, Extents{2, 1, 3, 1, 2, 1, 2, 3}}) {
    std::vector<double> values(static_cast<std::size_t>(checked_product(extents, "x")));
    std::iota(values.begin(), values.end(), 1);
    store(folder / "x.h5", extents, values, Precision::f32);

    const DenseTensor read = Hdf5Reader(folder / "x.h5").read("/x");

    BOOST_TEST(read.extents == extents);
    BOOST_TEST(read.values == values);
  }
}

BOOST_AUTO_TEST_CASE(tensors_of_many_chunks_survive) {
  const TemporaryFolder folder;
  for (const Extents& extents :
       {Extents{300001}, Extents{1, 3, 517, 211}, Extents{2, 131, 1031}, Extents{1, 1, 299999}}) {
    std::vector<double> values(static_cast<std::size_t>(checked_product(extents, "x")));
    std::iota(values.begin(), values.end(), -1000.5);
    store(folder / "x.h5", extents, values, Precision::f64);

    BOOST_TEST((Hdf5Reader(folder / "x.h5").read("/x", extents) == values));
  }
}

BOOST_AUTO_TEST_CASE(groups_and_attributes_survive) {
  const TemporaryFolder folder;
  Hdf5Writer writer(folder / "x.h5");
  writer.create_group("/a/b");
  writer.write("/a/x", Extents{1}, std::vector<double>{1}, Precision::f64);
  writer.write_attribute("/", "text", "grüße, 'quoted' \n and long " + std::string(5000, 'x'));
  writer.write_attribute("/a/b", "empty", "");
  writer.write_attribute("/a/x", "count", index_t{-9223372036854775807});
  writer.commit();

  const Hdf5Reader reader(folder / "x.h5");

  BOOST_TEST((reader.names_in("/a") == std::vector<std::string>{"b", "x"}));
  BOOST_TEST(reader.text_attribute("/", "text") ==
             "grüße, 'quoted' \n and long " + std::string(5000, 'x'));
  BOOST_TEST(reader.text_attribute("/a/b", "empty").empty());
  BOOST_TEST(reader.integer_attribute("/a/x", "count") == -9223372036854775807);
  BOOST_TEST(reader.contains("/a/b"));
  BOOST_TEST(!reader.contains("/a/c"));
  BOOST_TEST(!reader.contains("/a/x/c"));
  BOOST_TEST(!reader.has_attribute("/", "count"));
}

BOOST_AUTO_TEST_CASE(the_same_calls_give_the_same_bytes) {
  const TemporaryFolder folder;
  const std::vector<double> values(1000, 0.1);

  store(folder / "a.h5", {1000}, values, Precision::f32);
  store(folder / "b.h5", {1000}, values, Precision::f32);

  BOOST_TEST(bytes_of_file(folder / "a.h5") == bytes_of_file(folder / "b.h5"));
}

BOOST_AUTO_TEST_CASE(the_error_for_a_file_that_cannot_be_read_names_it_and_the_reason) {
  const TemporaryFolder folder;
  write_bytes(folder / "empty.h5", "");
  write_bytes(folder / "text.h5", "not an HDF5 file, whatever its name says");
  const auto complaint = [&](const std::filesystem::path& path) {
    return complaint_of<FileError>([&] { Hdf5Reader file(path); });
  };

  BOOST_TEST(mentions(complaint(folder / "absent.h5"), {"absent.h5", "No such file"}));
  BOOST_TEST(mentions(complaint(folder / ""), {"is a directory"}));
  BOOST_TEST(mentions(complaint(folder / "empty.h5"), {"empty.h5", "is empty"}));
  BOOST_TEST(mentions(complaint(folder / "text.h5"), {"text.h5", "not an HDF5 file"}));
}

BOOST_AUTO_TEST_CASE(the_error_for_a_missing_object_names_it_and_the_existing_ones) {
  const TemporaryFolder folder;
  Hdf5Writer writer(folder / "x.h5");
  writer.write("/case/input", Extents{2, 3}, std::vector<double>(6), Precision::f32);
  writer.write("/case/filters", Extents{1}, std::vector<double>(1), Precision::f32);
  writer.create_group("/none");
  writer.write_attribute("/case", "trial", "text");
  writer.commit();
  const Hdf5Reader file(folder / "x.h5");
  const auto complaint = [&](const std::string& name) {
    return complaint_of<FileError>([&] { file.read(name); });
  };

  BOOST_TEST(mentions(complaint("/case/truth"), {"x.h5", "'/case/truth'", "filters, input"}));
  BOOST_TEST(mentions(complaint("/other/truth"), {"'/other'", "case, none"}));
  BOOST_TEST(mentions(complaint("/none/x"), {"'/none' is empty"}));
  BOOST_TEST(mentions(complaint("/case/input/x"), {"'/case/input' is not a group"}));
  BOOST_TEST(mentions(complaint("/case"), {"not a dataset"}));
  BOOST_TEST(mentions(complaint_of<FileError>([&] {
                        file.read("/case/input", Extents{3, 2});
                      }),
                      {"'/case/input'", "shape is (2, 3)", "must be (3, 2)"}));
  BOOST_TEST(mentions(complaint_of<FileError>([&] { file.read("/case/input", Extents{6}); }),
                      {"shape is (2, 3)", "must be (6)"}));
  BOOST_TEST(mentions(complaint_of<FileError>([&] { file.integer_attribute("/case", "trial"); }),
                      {"'trial'", "not one integer"}));
  BOOST_TEST(mentions(complaint_of<FileError>([&] { file.text_attribute("/case", "spec"); }),
                      {"no attribute 'spec'"}));
}

BOOST_AUTO_TEST_CASE(a_file_truncated_anywhere_is_refused) {
  const TemporaryFolder folder;
  const std::string whole = small_file(folder, std::vector<double>(200, 0.3));

  for (std::size_t length = 0; length < whole.size(); length += length < 64 ? 1 : 37) {
    write_bytes(folder / "cut.h5", whole.substr(0, length));

    const auto complaint =
        complaint_of<FileError>([&] { Hdf5Reader(folder / "cut.h5").read("/x"); });

    BOOST_TEST(mentions(complaint, {"cut.h5"}), "cut to " << length << " of " << whole.size());
  }
}

BOOST_AUTO_TEST_CASE(a_flipped_byte_of_the_data_fails_the_checksum) {
  const TemporaryFolder folder;
  const std::vector<double> values = {1, -2.5, 3, 1e300, -5e-300, 6, 7, 8};
  const std::string whole = small_file(folder, values);
  const std::size_t start = whole.find(text_of(values));
  BOOST_REQUIRE(start != std::string::npos);

  for (std::size_t offset = 0; offset < values.size() * sizeof(double); ++offset) {
    std::string damaged = whole;
    damaged[start + offset] = static_cast<char>(damaged[start + offset] ^ 0x10);
    write_bytes(folder / "damaged.h5", damaged);

    const auto complaint =
        complaint_of<FileError>([&] { Hdf5Reader(folder / "damaged.h5").read("/x"); });

    BOOST_TEST(mentions(complaint, {"damaged.h5", "'/x'", "checksum failure"}), complaint);
  }
}

BOOST_AUTO_TEST_CASE(a_flipped_byte_anywhere_never_changes_what_is_read) {
  const TemporaryFolder folder;
  const std::vector<double> values(200, 0.25);  // above 1 KiB: shuffled and deflated
  const std::string whole = small_file(folder, values);
  std::size_t refused = 0;

  for (std::size_t offset = 0; offset < whole.size(); ++offset) {
    std::string damaged = whole;
    damaged[offset] = static_cast<char>(damaged[offset] ^ (offset % 2 == 0 ? 0x01 : 0xFF));
    write_bytes(folder / "damaged.h5", damaged);

    std::vector<double> read = values;
    const auto complaint = complaint_of<FileError>(
        [&] { read = Hdf5Reader(folder / "damaged.h5").read("/x", Extents{200}); });

    BOOST_TEST((read == values), "byte " << offset << " of " << whole.size());
    if (!complaint.empty()) ++refused;
  }

  BOOST_TEST(refused > values.size());  // the rest lies in gaps of the file
}

BOOST_AUTO_TEST_CASE(a_file_appears_only_when_it_is_complete) {
  const TemporaryFolder folder;
  store(folder / "x.h5", {1}, {1}, Precision::f64);
  const std::string before = bytes_of_file(folder / "x.h5");
  {
    Hdf5Writer abandoned(folder / "x.h5");
    abandoned.write("/y", Extents{1}, std::vector<double>{2}, Precision::f64);

    BOOST_TEST(std::filesystem::exists(folder / "x.h5.partial"));
    BOOST_TEST(bytes_of_file(folder / "x.h5") == before);
  }

  BOOST_TEST(bytes_of_file(folder / "x.h5") == before);
  BOOST_TEST(folder.files() == 1U);
}

BOOST_AUTO_TEST_CASE(a_place_that_cannot_be_written_is_named_at_once) {
  const TemporaryFolder folder;
  write_bytes(folder / "file", "");
  std::filesystem::create_directory(folder / "folder");
  const auto complaint = [&](const std::filesystem::path& path) {
    return complaint_of<EnvironmentError>([&] { Hdf5Writer file(path); });
  };

  BOOST_TEST(mentions(complaint(folder / "absent/x.h5"), {"absent/x.h5", "No such file"}));
  BOOST_TEST(mentions(complaint(folder / "file/x.h5"), {"file/x.h5", "Not a directory"}));
  BOOST_TEST(mentions(complaint(folder / "folder"), {"folder", "not a regular file"}));
  BOOST_TEST(mentions(complaint("/dev/full"), {"/dev/full", "not a regular file"}));
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_reported_and_leaves_nothing_behind) {
  const TemporaryFolder folder;
  std::vector<double> values(100000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<double>(i));
  std::string complaint;
  {
    const FullDisk full(20000);
    complaint = complaint_of<EnvironmentError>(
        [&] { store(folder / "x.h5", {100000}, values, Precision::f64); });
  }

  BOOST_TEST(mentions(complaint, {"x.h5", "File too large"}), complaint);
  BOOST_TEST(folder.files() == 0U);
  store(folder / "x.h5", {100000}, values, Precision::f64);  // and the library still works
  BOOST_TEST((Hdf5Reader(folder / "x.h5").read("/x").values == values));
}

BOOST_AUTO_TEST_CASE(a_writer_names_the_object_it_cannot_make) {
  const TemporaryFolder folder;
  Hdf5Writer file(folder / "x.h5");
  file.write("/x", Extents{1}, std::vector<double>{1}, Precision::f64);

  BOOST_TEST(mentions(complaint_of<EnvironmentError>([&] {
                        file.write("/x", Extents{1}, std::vector<double>{1}, Precision::f64);
                      }),
                      {"'/x'", "x.h5", "exists"}));
  BOOST_TEST(
      mentions(complaint_of<EnvironmentError>([&] { file.write_attribute("/y", "name", "text"); }),
               {"'/y'", "x.h5"}));
  BOOST_CHECK_THROW(file.write("/z", Extents{2}, std::vector<double>{1}, Precision::f64),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
