// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "datasets/case_tensors.hpp"
#include "datasets/golden.hpp"
#include "datasets/hdf5/hdf5_store.hpp"
#include "datasets/operand_files.hpp"
#include "datasets/shape_sets.hpp"
#include "tests/datasets/files.hpp"

BOOST_AUTO_TEST_SUITE(cases_test)

using namespace convict;
using namespace convict::datasets;

namespace {

using Extents = std::vector<index_t>;

std::vector<double> counting(const Extents& extents, double first) {
  std::vector<double> values(static_cast<std::size_t>(checked_product(extents, "tensor")));
  std::iota(values.begin(), values.end(), first);
  for (double& value : values) value = std::remainder(value, 128);  // exact in every precision
  return values;
}

GoldenCase golden_of(const std::string& trial_text) {
  GoldenCase golden;
  golden.trial = parse_trial(trial_text);
  const auto& [spec, pass, precision, recipe] = golden.trial;
  for (const OperandSlot& slot : operand_slots(spec, pass, recipe.beta != 0))
    golden.operands.*slot.values = counting(slot.extents, static_cast<double>(slot.name.size()));
  golden.truth = counting(result_shape(spec, pass), 0.25);
  golden.bound = counting(result_shape(spec, pass), 0.0625);
  return golden;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) {
    return (std::isnan(x) && std::isnan(y)) || (x == y && std::signbit(x) == std::signbit(y));
  });
}

bool same_case(const GoldenCase& a, const GoldenCase& b) {
  return a.trial == b.trial && same_bits(a.operands.input, b.operands.input) &&
         same_bits(a.operands.filters, b.operands.filters) &&
         same_bits(a.operands.output, b.operands.output) &&
         same_bits(a.operands.old_result, b.operands.old_result) && same_bits(a.truth, b.truth) &&
         same_bits(a.bound, b.bound);
}

/// Extents of each operand, in order, as text: `input(1, 2) filters(3)`.
std::string slots_text(const std::string& spec, Pass pass, bool beta_nonzero) {
  std::string text;
  for (const OperandSlot& slot : operand_slots(parse_valid_spec(spec), pass, beta_nonzero)) {
    text += (text.empty() ? "" : " ") + slot.name + "(";
    for (const index_t extent : slot.extents)
      text += (text.back() == '(' ? "" : ",") + std::to_string(extent);
    text += ")";
  }
  return text;
}

constexpr const char* small_spec = "n2_c4_i5x6_k6_f3x2_g2";
const Extents small_input = {2, 4, 5, 6};
const Extents small_filters = {6, 2, 3, 2};
const Extents small_output = {2, 6, 3, 5};

struct Stored {
  std::string name;
  Extents extents;
  Precision precision = Precision::f32;
};

void store(const std::filesystem::path& path, const std::vector<Stored>& tensors) {
  Hdf5Writer file(path);
  for (const Stored& tensor : tensors)
    file.write("/" + tensor.name, tensor.extents,
               counting(tensor.extents, static_cast<double>(tensor.name.size())), tensor.precision);
  file.commit();
}

}  // namespace

BOOST_AUTO_TEST_CASE(operands_have_the_names_and_shapes_users_see) {
  BOOST_TEST(slots_text(small_spec, Pass::forward, false) == "input(2,4,5,6) filters(6,2,3,2)");
  BOOST_TEST(slots_text(small_spec, Pass::grad_input, false) ==
             "filters(6,2,3,2) grad_output(2,6,3,5)");
  BOOST_TEST(slots_text(small_spec, Pass::grad_weights, true) ==
             "input(2,4,5,6) grad_output(2,6,3,5) old_result(6,2,3,2)");
  BOOST_TEST(slots_text("c3_i9_k2_f4", Pass::grad_input, true) ==
             "filters(2,3,4) grad_output(1,2,6) old_result(1,3,9)");
  BOOST_TEST(slots_text("c2_i4x5x6_k3_f1x2x3_unshared", Pass::forward, true) ==
             "input(1,2,4,5,6) filters(3,4,4,4,2,1,2,3) old_result(1,3,4,4,4)");
}

BOOST_AUTO_TEST_CASE(golden_cases_of_every_pass_precision_and_edge_shape_survive) {
  const TemporaryFolder folder;
  std::vector<GoldenCase> cases;
  std::size_t turn = 0;
  for (const ConvSpec& spec : shape_set("edge").specs)
    for (const Pass pass : all_passes) {
      const Precision precision = all_precisions[turn++ % all_precisions.size()];
      const Recipe recipe{.seed = turn, .beta = turn % 2 == 0 ? 0.0 : -0.5};
      cases.push_back(golden_of(to_string(Trial{spec, pass, precision, recipe})));
    }

  write_golden(folder / "golden.h5", cases);
  const auto read = read_golden(folder / "golden.h5");

  BOOST_REQUIRE(read.size() == cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i)
    BOOST_TEST(same_case(read[i], cases[i]), to_string(cases[i].trial));
}

BOOST_AUTO_TEST_CASE(special_values_survive_in_golden_cases) {
  const TemporaryFolder folder;
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan_value = std::numeric_limits<double>::quiet_NaN();
  auto golden = golden_of("c1_i2x2_k1_f1x1/forward/f16/fill=specials,seed=3");
  golden.operands.input = {nan_value, -infinity, -0.0, 0x1p-24};
  golden.truth = {nan_value, infinity, -0.0, 0x1p-1074};
  golden.bound = {0, 0, infinity, 0x1p-1074};

  write_golden(folder / "golden.h5", std::span(&golden, 1));
  const auto read = read_golden(folder / "golden.h5");

  BOOST_REQUIRE(read.size() == 1U);
  BOOST_TEST(same_case(read[0], golden));
}

BOOST_AUTO_TEST_CASE(golden_cases_that_contradict_their_trial_are_not_stored) {
  const TemporaryFolder folder;
  const auto complaint = [&](const GoldenCase& golden) {
    return complaint_of<InputError>(
        [&] { write_golden(folder / "golden.h5", std::span(&golden, 1)); });
  };
  const std::string trial = "c1_i4_k1_f2/forward/f16";
  auto short_truth = golden_of(trial);
  short_truth.truth.pop_back();
  auto no_filters = golden_of(trial);
  no_filters.operands.filters.clear();
  auto too_precise = golden_of(trial);
  too_precise.operands.input[1] = 1 + 0x1p-11;
  auto invalid = golden_of(trial);
  invalid.trial.spec.stride[0] = 0;

  BOOST_TEST(
      mentions(complaint(short_truth), {"/case_0000", trial, "'truth'", "2 values", "needs 3"}));
  BOOST_TEST(mentions(complaint(no_filters), {"'filters'", "0 values", "needs 2"}));
  BOOST_TEST(mentions(complaint(too_precise), {"'input'", "1.00048828125", "f16"}));
  BOOST_TEST(mentions(complaint(invalid), {"stride of axis 0 is 0"}));
  BOOST_TEST(folder.files() == 0U);
}

BOOST_AUTO_TEST_CASE(golden_files_of_another_kind_are_refused) {
  const TemporaryFolder folder;
  const auto path = folder / "golden.h5";
  const auto complaint_when = [&](const std::string& format, index_t version, index_t cases,
                                  const std::string& trial) {
    Hdf5Writer file(path);
    if (!format.empty()) file.write_attribute("/", "format", format);
    file.write_attribute("/", "version", version);
    file.write_attribute("/", "cases", cases);
    file.create_group("/case_0000");
    file.write_attribute("/case_0000", "trial", trial);
    file.write("/case_0000/input", Extents{1, 1, 3}, std::vector<double>(3), Precision::f32);
    file.commit();
    return complaint_of<FileError>([&] { read_golden(path); });
  };
  const std::string golden = "convict-golden";
  const std::string trial = "c1_i4_k1_f2/forward/f32";

  BOOST_TEST(mentions(complaint_when("", 1, 1, trial), {"golden.h5", "no attribute 'format'"}));
  BOOST_TEST(mentions(complaint_when("other", 1, 1, trial), {"'other'", "'convict-golden'"}));
  BOOST_TEST(mentions(complaint_when(golden, 2, 1, trial), {"version is 2", "version 1"}));
  BOOST_TEST(mentions(complaint_when(golden, 1, -1, trial), {"'cases' is -1"}));
  BOOST_TEST(mentions(complaint_when(golden, 1, 1, "c1_i4"), {"/case_0000", "bad trial 'c1_i4'"}));
  BOOST_TEST(mentions(complaint_when(golden, 1, 1, "c1_i4_k1_f5/forward/f32"),
                      {"/case_0000", "must be at least 1"}));
  BOOST_TEST(mentions(complaint_when(golden, 1, 1, trial),
                      {"'/case_0000/input'", "(1, 1, 3)", "(1, 1, 4)"}));
  BOOST_TEST(mentions(complaint_when(golden, 1, 1, "c1_i3_k1_f2/forward/f32"),
                      {"'/case_0000/filters'", "'/case_0000' holds: input"}));
  BOOST_TEST(mentions(complaint_when(golden, 0, 1, trial), {"version is 0"}));
}

BOOST_AUTO_TEST_CASE(operands_of_each_pass_are_found_by_name) {
  const TemporaryFolder folder;
  const ConvSpec spec = parse_valid_spec(small_spec);
  for (const Precision precision :
       {Precision::f64, Precision::f32, Precision::bf16, Precision::f16}) {
    store(folder / "x.h5", {{"input", small_input, precision},
                            {"filters", small_filters, precision},
                            {"grad_output", small_output, precision},
                            {"unrelated", {3}, Precision::f64}});

    const auto forward = read_operands(folder / "x.h5", spec, Pass::forward, false);
    const auto grad_input = read_operands(folder / "x.h5", spec, Pass::grad_input, false);
    const auto grad_weights = read_operands(folder / "x.h5", spec, Pass::grad_weights, false);

    BOOST_TEST((forward.precision == precision));
    BOOST_TEST((forward.tensors.input == counting(small_input, 5)));
    BOOST_TEST((forward.tensors.filters == counting(small_filters, 7)));
    BOOST_TEST(forward.tensors.output.empty());
    BOOST_TEST((grad_input.tensors.filters == counting(small_filters, 7)));
    BOOST_TEST((grad_input.tensors.output == counting(small_output, 11)));
    BOOST_TEST(grad_input.tensors.input.empty());
    BOOST_TEST((grad_weights.tensors.input == counting(small_input, 5)));
    BOOST_TEST((grad_weights.tensors.output == counting(small_output, 11)));
    BOOST_TEST(grad_weights.tensors.old_result.empty());
  }
}

BOOST_AUTO_TEST_CASE(the_old_result_is_read_when_beta_asks_for_it) {
  const TemporaryFolder folder;
  const ConvSpec spec = parse_valid_spec(small_spec);
  store(folder / "x.h5", {{"input", small_input}, {"filters", small_filters}});
  store(folder / "y.h5",
        {{"input", small_input}, {"filters", small_filters}, {"old_result", small_output}});

  const auto complaint =
      complaint_of<FileError>([&] { read_operands(folder / "x.h5", spec, Pass::forward, true); });
  const auto operands = read_operands(folder / "y.h5", spec, Pass::forward, true);

  BOOST_TEST(mentions(complaint, {"'/old_result'", "filters, input"}));
  BOOST_TEST((operands.tensors.old_result == counting(small_output, 10)));
}

BOOST_AUTO_TEST_CASE(operands_that_do_not_fit_together_are_refused) {
  const TemporaryFolder folder;
  const auto path = folder / "x.h5";
  const auto complaint = [&](const std::string& spec) {
    return complaint_of<InputError>(
        [&] { read_operands(path, parse_spec(spec), Pass::forward, false); });
  };
  store(path, {{"input", small_input, Precision::f32}, {"filters", small_filters, Precision::f64}});
  BOOST_TEST(mentions(complaint(small_spec), {"x.h5", "'input' is f32 but 'filters' is f64"}));

  store(path, {{"input", small_input}, {"filters", {6, 4, 3, 2}}});
  BOOST_TEST(mentions(complaint(small_spec), {"'/filters'", "(6, 4, 3, 2)", "(6, 2, 3, 2)"}));

  BOOST_TEST(mentions(complaint("c1_i4_k1_f9"), {"must be at least 1"}));
}

BOOST_AUTO_TEST_CASE(a_result_is_written_under_the_name_of_its_pass) {
  const TemporaryFolder folder;
  for (const auto& [pass, name] : {std::pair{Pass::forward, "output"},
                                   {Pass::grad_input, "grad_input"},
                                   {Pass::grad_weights, "grad_weights"}}) {
    const auto path = folder / name;

    write_result(path, {.name = result_name(pass),
                        .extents = {2, 2},
                        .values = {1, 2, 3, 4.5},
                        .precision = Precision::bf16,
                        .attributes = {{"spec", small_spec}, {"kernel", "reference.direct"}}});

    const Hdf5Reader file(path);
    BOOST_TEST((file.names_in("/") == std::vector<std::string>{name}));
    BOOST_TEST((file.read(name).values == std::vector<double>{1, 2, 3, 4.5}));
    BOOST_TEST((file.info(name).precision == Precision::bf16));
    BOOST_TEST(file.text_attribute("/", "spec") == small_spec);
    BOOST_TEST(file.text_attribute("/", "kernel") == "reference.direct");
  }
}

BOOST_AUTO_TEST_SUITE_END()
