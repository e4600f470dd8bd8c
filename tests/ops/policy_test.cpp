// SPDX-License-Identifier: Apache-2.0
#include "ops/policy.hpp"

#include <boost/test/unit_test.hpp>

#include "core/errors.hpp"

namespace convict::ops::test {
namespace {

BOOST_AUTO_TEST_SUITE(policy_test)

using Names = Policy::Names;

void refuse(const std::string& flags, const std::vector<std::string>& words) {
  BOOST_CHECK_EXCEPTION(parse_flags(flags), UsageError, [&](const UsageError& error) {
    const std::string message = error.what();
    for (const std::string& word : words)
      if (message.find(word) == std::string::npos) {
        BOOST_TEST_MESSAGE("'" << word << "' is not in: " << message);
        return false;
      }
    return true;
  });
}

BOOST_AUTO_TEST_CASE(no_flags_are_the_defaults) { BOOST_TEST((parse_flags("") == Policy{})); }

BOOST_AUTO_TEST_CASE(every_flag_sets_its_field) {
  BOOST_TEST((parse_flags("optimizer=None") == Policy{.optimizer = Policy::Optimizer::none}));
  BOOST_TEST((parse_flags("optimizer=fast_compile") == Policy{}));
  BOOST_TEST((parse_flags("optimizer_excluding=conv_gemm:conv_dnn") ==
              Policy{.optimizer_excluding = {"conv_gemm", "conv_dnn"}}));
  BOOST_TEST((parse_flags("optimizer_including=conv_meta") ==
              Policy{.optimizer_including = {"conv_meta"}}));
  BOOST_TEST((parse_flags("openmp=True") == Policy{.openmp = true}));
  BOOST_TEST((parse_flags("conv.assert_shape=True") == Policy{.conv_assert_shape = true}));
  BOOST_TEST(
      (parse_flags("dnn.enabled=no_check") == Policy{.dnn_enabled = Policy::Enabled::no_check}));
  BOOST_TEST((parse_flags("dnn.enabled=True").dnn_enabled == Policy::Enabled::yes));
  BOOST_TEST((parse_flags("dnn.enabled=auto") == Policy{}));
  BOOST_TEST((parse_flags("dnn.conv.algo_fwd=fft_tiling,dnn.conv.algo_bwd_data=winograd,"
                          "dnn.conv.algo_bwd_filter=small,dnn.conv.precision=float64") ==
              Policy{.dnn_conv_algo_fwd = "fft_tiling",
                     .dnn_conv_algo_bwd_data = "winograd",
                     .dnn_conv_algo_bwd_filter = "small",
                     .dnn_conv_precision = "float64"}));
  BOOST_TEST((parse_flags("metaopt.optimizer_excluding=default,"
                          "metaopt.optimizer_including=alternative:conv3d2d,metaopt.verbose=2") ==
              Policy{.metaopt_optimizer_excluding = {"default"},
                     .metaopt_optimizer_including = {"alternative", "conv3d2d"},
                     .metaopt_verbose = 2}));
}

BOOST_AUTO_TEST_CASE(several_flags_are_separated_by_commas) {
  const Policy policy = parse_flags("optimizer_excluding=conv_gemm,dnn.enabled=False");

  BOOST_TEST(
      (policy == Policy{.optimizer_excluding = {"conv_gemm"}, .dnn_enabled = Policy::Enabled::no}));
}

BOOST_AUTO_TEST_CASE(unknown_names_suggest_the_nearest) {
  refuse("dnn.enable=True", {"flag 'dnn.enable'", "'dnn.enabled'"});
  refuse("optimiser=None", {"'optimizer'"});
  refuse("dnn.enabled=Yes", {"value of dnn.enabled 'Yes'"});
  refuse("optimizer_excluding=conv_gem", {"'conv_gem'", "'conv_gemm'"});
  refuse("dnn.conv.algo_fwd=winogrand", {"'winograd'"});
  refuse("openmp=maybe", {"openmp", "'maybe'"});
  refuse("metaopt.verbose=7", {"metaopt.verbose"});
}

BOOST_AUTO_TEST_CASE(malformed_removed_and_repeated_flags_are_errors) {
  refuse("openmp", {"openmp=VALUE"});
  refuse("openmp=True,openmp=False", {"openmp", "twice"});
  for (const char* removed : {"dnn.conv.algo_bwd", "dnn.conv.workmem", "dnn.conv.workmem_bwd"})
    refuse(std::string(removed) + "=none", {removed, "removed", "dnn.conv.algo_bwd_data"});
}

BOOST_AUTO_TEST_CASE(contradictions_are_errors) {
  refuse("optimizer_including=conv_gemm,optimizer_excluding=conv_gemm", {"contradicts"});
  refuse("optimizer_including=cudnn,optimizer_excluding=conv_dnn", {"contradicts"});
  refuse("dnn.enabled=True,optimizer_excluding=conv_dnn", {"dnn.enabled=True"});
  refuse("dnn.enabled=False,optimizer_including=cudnn", {"dnn.enabled=False"});
  refuse("optimizer=None,dnn.enabled=True", {"optimizer=None"});
  refuse("deterministic=True,dnn.conv.algo_bwd_data=none", {"deterministic=True", "bwd_data=none"});
  refuse("deterministic=True,dnn.conv.algo_bwd_filter=small", {"bwd_filter=small"});
  refuse("deterministic=True,dnn.conv.algo_fwd=time_once", {"algo_fwd=time_once"});
  BOOST_CHECK_THROW(
      require_consistent({.deterministic = true, .dnn_conv_algo_bwd_filter = "small"}), UsageError);
}

BOOST_AUTO_TEST_CASE(deterministic_chooses_the_algorithms_that_were_not_stated) {
  const Policy policy = parse_flags("deterministic=more,dnn.conv.algo_bwd_data=fft");

  BOOST_TEST(policy.deterministic);
  BOOST_TEST(policy.dnn_conv_algo_bwd_data == "fft");
  BOOST_TEST(policy.dnn_conv_algo_bwd_filter == "deterministic");
  BOOST_TEST(!parse_flags("deterministic=default").deterministic);
}

BOOST_AUTO_TEST_CASE(flags_that_choose_by_timing_are_accepted_and_say_when_they_come) {
  BOOST_TEST(notes({}).empty());
  BOOST_TEST(notes(parse_flags("dnn.conv.algo_fwd=time_on_shape_change")).empty());
  for (const char* flags :
       {"optimizer_including=conv_meta", "metaopt.verbose=1", "metaopt.optimizer_including=default",
        "metaopt.optimizer_excluding=default"}) {
    const auto said = notes(parse_flags(flags));

    BOOST_TEST_REQUIRE(said.size() == 1, flags);
    BOOST_TEST(said[0].find("is not implemented yet") != std::string::npos, said[0]);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::ops::test
