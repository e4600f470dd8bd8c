// SPDX-License-Identifier: Apache-2.0
#include "tests/ops/operations_page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "ops/candidates.hpp"
#include "ops/operations/operations.hpp"

namespace convict::ops::test {
namespace {

BOOST_AUTO_TEST_SUITE(operations_page_test)

const std::string& page() {
  static const std::string text = [] {
    std::ifstream file(OPERATIONS_PAGE);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  return text;
}

std::string parameter_text(const Parameter& parameter) {
  if (parameter.required) return parameter.name;
  return parameter.name + "=" + (parameter.default_text.empty() ? "None" : parameter.default_text);
}

/// The row that the page must have for an operation.
std::vector<std::string> expected_row(const Operation& operation) {
  std::vector<std::string> parameters;
  for (const Parameter& parameter : operation.parameters)
    parameters.push_back(parameter_text(parameter));
  return {"`" + operation.name + "`", fmt::format("{}", fmt::join(operation.operands, ", ")),
          fmt::format("{}", fmt::join(parameters, ", "))};
}

BOOST_AUTO_TEST_CASE(the_page_has_a_row_for_every_operation_and_no_other) {
  const auto rows = table_under(page(), "Operations that can be called by name");
  const auto all = operations();

  BOOST_TEST_REQUIRE(rows.size() == all.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto expected = expected_row(all[i]);
    BOOST_TEST_REQUIRE(rows[i].size() == 4);
    for (std::size_t cell = 0; cell < expected.size(); ++cell)
      BOOST_TEST(rows[i][cell] == expected[cell]);
    BOOST_TEST(!rows[i][3].empty());
  }
}

BOOST_AUTO_TEST_CASE(the_page_has_a_row_for_every_flag_and_no_other) {
  std::vector<std::string> listed;
  for (const auto& row : table_under(page(), "Flags")) listed.push_back(quoted_names(row[0]).at(0));

  const std::vector<std::string> known = flag_names();
  BOOST_TEST(listed == known, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_page_lists_the_candidates_in_their_order) {
  std::vector<std::string> listed;
  for (const auto& row : table_under(page(), "Selection"))
    for (const std::string& name : quoted_names(row[0])) listed.push_back(name);

  std::vector<std::string> known;
  for (const Candidate& candidate : candidates()) known.push_back(candidate.name);
  BOOST_TEST(listed == known, boost::test_tools::per_element());
}

/// The names that Theano and Aesara document or export for convolution.
const std::set<std::string> original_names = {"nnet.conv2d",
                                              "nnet.conv3d",
                                              "abstract_conv.conv2d",
                                              "abstract_conv2d",
                                              "conv2d_grad_wrt_inputs",
                                              "conv3d_grad_wrt_inputs",
                                              "conv2d_grad_wrt_weights",
                                              "conv3d_grad_wrt_weights",
                                              "conv2d_transpose",
                                              "separable_conv2d",
                                              "separable_conv3d",
                                              "causal_conv1d",
                                              "bilinear_kernel_1D",
                                              "bilinear_kernel_2D",
                                              "bilinear_upsampling",
                                              "frac_bilinear_upsampling",
                                              "conv3d2d.conv3d",
                                              "DiagonalSubtensor",
                                              "IncDiagonalSubtensor",
                                              "conv.conv2d",
                                              "ConvOp",
                                              "get_conv_output_shape",
                                              "get_conv_shape_1axis",
                                              "get_conv_gradweights_shape",
                                              "get_conv_gradweights_shape_1axis",
                                              "get_conv_gradinputs_shape",
                                              "get_conv_gradinputs_shape_1axis",
                                              "check_conv_gradinputs_shape",
                                              "border_mode_to_pad",
                                              "assert_conv_shape",
                                              "assert_shape",
                                              "BaseAbstractConv",
                                              "AbstractConv",
                                              "AbstractConv2d",
                                              "AbstractConv3d",
                                              "AbstractConv_gradWeights",
                                              "AbstractConv2d_gradWeights",
                                              "AbstractConv3d_gradWeights",
                                              "AbstractConv_gradInputs",
                                              "AbstractConv2d_gradInputs",
                                              "AbstractConv3d_gradInputs",
                                              "grad",
                                              "R_op",
                                              "connection_pattern",
                                              "infer_shape",
                                              "flops",
                                              "perform",
                                              "do_constant_folding",
                                              "conv",
                                              "unshared2d",
                                              "BaseCorrMM",
                                              "CorrMM",
                                              "CorrMM_gradWeights",
                                              "CorrMM_gradInputs",
                                              "BaseCorr3dMM",
                                              "Corr3dMM",
                                              "Corr3dMM_gradWeights",
                                              "Corr3dMM_gradInputs",
                                              "Corr3dMMGradWeights",
                                              "Corr3dMMGradInputs",
                                              "GpuCorrMM",
                                              "GpuCorrMM_gradWeights",
                                              "GpuCorrMM_gradInputs",
                                              "GpuCorr3dMM",
                                              "GpuCorr3dMM_gradWeights",
                                              "GpuCorr3dMM_gradInputs",
                                              "dnn_conv",
                                              "dnn_conv3d",
                                              "dnn_gradweight",
                                              "dnn_gradweight3d",
                                              "dnn_gradinput",
                                              "dnn_gradinput3d",
                                              "ConvMetaOptimizer",
                                              "signal.conv2d"};

BOOST_AUTO_TEST_CASE(every_name_of_theano_and_aesara_has_its_place_on_the_page) {
  std::set<std::string> listed;
  for (const auto& row : table_under(page(), "Names of Theano and Aesara and where they are")) {
    for (const std::string& name : quoted_names(row[0])) listed.insert(name);
    BOOST_TEST_REQUIRE(row.size() == 3);
    BOOST_TEST(!row[1].empty());
    BOOST_TEST(!row[2].empty(), row[0] << " does not say whether it differs");
  }

  BOOST_TEST(listed == original_names, boost::test_tools::per_element());
}

/// The test cases that pin the rows of a table of differences.
std::set<std::string> pinned_tests() {
  std::ifstream file(DIFFERENCES_TEST);
  std::set<std::string> names;
  const std::string opening = "BOOST_AUTO_TEST_CASE(";
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(opening))
      names.insert(line.substr(opening.size(), line.find(')') - opening.size()));
  return names;
}

BOOST_AUTO_TEST_CASE(every_difference_on_the_page_is_pinned_by_a_test_and_the_reverse) {
  std::set<std::string> listed;
  for (const char* title :
       {"Where documents and code of Theano and Aesara disagree", "Mistakes not copied"})
    for (const auto& row : table_under(page(), title))
      listed.insert(quoted_names(row.back()).at(0));

  const std::set<std::string> pinned = pinned_tests();
  BOOST_TEST(listed == pinned, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::ops::test
