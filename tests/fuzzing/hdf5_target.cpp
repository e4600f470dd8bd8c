// SPDX-License-Identifier: Apache-2.0
// HDF5 files, read as a golden file, as evidence, as operands and object by object. The cases of a
// golden file are written, and read again to the same.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <vector>

#include "core/spec_text.hpp"
#include "datasets/golden.hpp"
#include "datasets/hdf5/hdf5_store.hpp"
#include "datasets/operand_files.hpp"
#include "fuzz/evidence.hpp"
#include "tests/fuzzing/memory_file.hpp"
#include "tests/fuzzing/target.hpp"

namespace convict::fuzzing {
namespace {

bool same_values(const std::vector<double>& a, const std::vector<double>& b) {
  const auto same = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

bool same_case(const datasets::GoldenCase& a, const datasets::GoldenCase& b) {
  return a.trial == b.trial && same_values(a.operands.input, b.operands.input) &&
         same_values(a.operands.filters, b.operands.filters) &&
         same_values(a.operands.output, b.operands.output) &&
         same_values(a.operands.old_result, b.operands.old_result) &&
         same_values(a.truth, b.truth) && same_values(a.bound, b.bound);
}

void check_golden(const std::filesystem::path& path) {
  const auto cases = parsed([&] { return datasets::read_golden(path); });
  if (!cases) return;
  const std::string copy = fmt::format("/dev/shm/convict-fuzzed-{}.h5", ::getpid());
  // A file of another program may hold values that its trial's precision does not have.
  if (!parsed([&] { return datasets::write_golden(copy, *cases), true; })) return;
  const auto again = datasets::read_golden(copy);
  std::filesystem::remove(copy);
  if (!std::equal(again.begin(), again.end(), cases->begin(), cases->end(), same_case))
    fail("a golden file that was written again holds something else");
}

/// The numbers of every object in the root, and in groups of it.
void read_all(const datasets::Hdf5Reader& file, const std::string& group, int depth) {
  for (const std::string& name : file.names_in(group)) {
    const std::string object = (group == "/" ? group : group + "/") + name;
    const auto tensor = parsed([&] { return file.read(object); });
    if (tensor &&
        static_cast<std::size_t>(checked_product(tensor->extents, object)) != tensor->values.size())
      fail("a tensor's extents are not its values'");
    if (!tensor && depth > 0) parsed([&] { return read_all(file, object, depth - 1), true; });
  }
}

}  // namespace
}  // namespace convict::fuzzing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace convict;
  static const fuzzing::MemoryFile file;
  static const ConvSpec spec = parse_spec("c2_i4_k3_f2");
  const std::string_view contents = fuzzing::text_of(data, size);
  const auto says = [&](std::string_view words) { return contents.find(words) < size; };
  file.hold(contents);
  const std::filesystem::path path = file.path();
  // To open a file takes most of the time: each gets the reader that it looks made for.
  try {
    if (says("convict-golden"))
      fuzzing::check_golden(path);
    else if (says("convict-evidence"))
      fuzzing::parsed([&] { return fuzz::read_evidence(path); });
    else if (says("filters"))
      fuzzing::parsed([&] { return datasets::read_operands(path, spec, Pass::forward, false); });
    fuzzing::parsed([&] { return fuzzing::read_all(datasets::Hdf5Reader(path), "/", 2), true; });
  } catch (const std::bad_alloc&) {
    // A file may say that it holds more than there is memory: "out of memory", exit code 3.
  }
  return 0;
}
