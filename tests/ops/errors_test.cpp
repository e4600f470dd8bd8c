// SPDX-License-Identifier: Apache-2.0
#include "ops/errors.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>

#include "ops/abstract_conv.hpp"
#include "ops/conv.hpp"
#include "ops/operations/operations.hpp"

namespace convict::ops::test {
namespace {

BOOST_AUTO_TEST_SUITE(errors_test)

/// Requires that the call throws Error with a message that contains every word.
template <class Error>
void require(const std::function<void()>& act, const std::vector<std::string>& words) {
  try {
    act();
  } catch (const Error& error) {
    const std::string message = error.what();
    for (const std::string& word : words)
      BOOST_TEST(message.find(word) != std::string::npos,
                 "'" << word << "' is not in: " << message);
    return;
  } catch (const std::exception& other) {
    BOOST_ERROR("another kind of error: " << other.what());
    return;
  }
  BOOST_ERROR("nothing was thrown; expected words " << words.at(0));
}

template <class Error>
void refuse(const ConvArgs& args, const std::vector<std::string>& words) {
  require<Error>([&] { AbstractConv op(args); }, words);
  require<Error>([&] { AbstractConv_gradWeights op(args); }, words);
  require<Error>([&] { AbstractConv_gradInputs op(args); }, words);
}

BOOST_AUTO_TEST_CASE(constructors_refuse_other_numbers_of_axes) {
  refuse<ValueError>({.convdim = 0}, {"convdim is 0", "1, 2 or 3"});
  refuse<ValueError>({.convdim = 4}, {"convdim is 4"});
}

BOOST_AUTO_TEST_CASE(constructors_refuse_border_modes) {
  refuse<ValueError>({.border_mode = -1}, {"border_mode is -1", ">= 0"});
  refuse<ValueError>({.border_mode = {1, 2, 3}}, {"border_mode is (1, 2, 3)", "2 entries"});
  refuse<ValueError>({.border_mode = {1, -2}}, {"border_mode is (1, -2)", ">= 0"});
  refuse<ValueError>({.border_mode = {1, {1, 2, 3}}}, {"(1, (1, 2, 3))", "pair"});
  refuse<ValueError>({.border_mode = {1, {1, -1}}}, {"(1, (1, -1))", ">= 0"});
  refuse<ValueError>({.border_mode = "same"}, {"border_mode is 'same'", "'valid'"});
  refuse<NotImplementedError>({.convdim = 3, .border_mode = {{1, 1}, 0, 0}},
                              {"((1, 1), 0, 0)", "ints only"});
}

BOOST_AUTO_TEST_CASE(constructors_refuse_strides_and_dilations) {
  refuse<ValueError>({.subsample = {1}}, {"subsample is (1)", "2 entries"});
  refuse<ValueError>({.filter_dilation = {1, 1, 1}}, {"filter_dilation is (1, 1, 1)", "2 entries"});
  refuse<ValueError>({.subsample = {1, 0}}, {"subsample is (1, 0)", "at least 1"});
  refuse<ValueError>({.subsample = {-1, 1}}, {"subsample is (-1, 1)", "at least 1"});
  refuse<ValueError>({.filter_dilation = {0, 1}}, {"filter_dilation is (0, 1)", "at least 1"});
}

BOOST_AUTO_TEST_CASE(constructors_refuse_groups_and_banks) {
  refuse<ValueError>({.num_groups = 0}, {"num_groups is 0", "at least 1"});
  refuse<NotImplementedError>({.convdim = 3, .unshared = true}, {"unshared", "convdim 3"});
}

BOOST_AUTO_TEST_CASE(constructors_check_in_the_order_of_theano_and_aesara) {
  // All arguments are wrong; one after the other is corrected.
  ConvArgs args{.convdim = 3,
                .border_mode = "same",
                .subsample = {1},
                .filter_dilation = {1},
                .num_groups = 0,
                .unshared = true};
  refuse<ValueError>(args, {"border_mode is"});
  args.border_mode = "valid";
  refuse<ValueError>(args, {"subsample is"});
  args.subsample = {};
  refuse<ValueError>(args, {"filter_dilation is"});
  args.filter_dilation = {};
  refuse<ValueError>(args, {"num_groups is"});
  args.num_groups = 1;
  refuse<NotImplementedError>(args, {"unshared is"});
  args.unshared = false;
  BOOST_CHECK_NO_THROW(AbstractConv{args});
}

BOOST_AUTO_TEST_CASE(ranks_are_type_errors) {
  const Array image({1, 1, 3, 3});
  const Array flat({1, 3, 3});
  const AbstractConv forward({});
  const AbstractConv_gradWeights weights({});
  const AbstractConv_gradInputs inputs({});
  const AbstractConv unshared({.unshared = true});

  require<TypeError>([&] { forward(flat, flat); }, {"img has shape (1, 3, 3)", "rank 4"});
  require<TypeError>([&] { forward(image, flat); }, {"kern has shape (1, 3, 3)", "rank 4"});
  require<TypeError>([&] { unshared(image, image); }, {"kern", "rank 6"});
  require<TypeError>([&] { weights(flat, flat, {1, 1}); }, {"img"});
  require<TypeError>([&] { weights(image, flat, {1, 1}); }, {"topgrad"});
  require<TypeError>([&] { inputs(flat, flat, {1, 1}); }, {"kern"});
  require<TypeError>([&] { inputs(image, flat, {1, 1}); }, {"topgrad"});
}

BOOST_AUTO_TEST_CASE(channels_groups_and_banks_must_fit) {
  const Array image({1, 6, 5, 5});

  require<ValueError>([&] { conv2d(image, Array({4, 5, 3, 3})); }, {"6 channels", "5 per group"});
  require<ValueError>(
      [&] {
        conv2d(image, Array({4, 2, 3, 3}), {.num_groups = 3});
      },
      {"filters is 4", "num_groups 3"});
  require<ValueError>(
      [&] {
        conv2d(image, Array({2, 3, 2, 6, 3, 3}), {.unshared = true});
      },
      {"(3, 2)", "(3, 3)"});
}

BOOST_AUTO_TEST_CASE(outputs_below_one_are_impossible) {
  const Array image({1, 1, 3, 3});

  require<ValueError>(
      [&] {
        conv2d(image, Array({1, 1, 4, 2}));
      },
      {"output shape would be (1, 1, 0, 2)", "at least 1"});
  // n + l + r - K = -1 with stride 2: a truncating division would give 1 output.
  require<ValueError>(
      [&] {
        conv2d(image, Array({1, 1, 4, 4}), {.subsample = {2, 2}});
      },
      {"(1, 1, 0, 0)"});
  require<ValueError>(
      [&] {
        conv2d(image, Array({1, 1, 0, 3}));
      },
      {"filter shape would be (1, 1, 0, 3)"});
}

BOOST_AUTO_TEST_CASE(gradients_need_an_output_that_fits) {
  const Array w({1, 1, 3, 3});
  const Array t({1, 1, 2, 2});

  require<ValueError>([&] { conv2d_grad_wrt_inputs(t, w, {1, 1, 5, 4}); }, {"(1, 1, 2, 2)"});
  require<ValueError>(
      [&] {
        conv2d_grad_wrt_inputs(t, w, {1, 1, 1, 4});
      },
      {"output extent of axis 0 is -1"});
  require<ValueError>(
      [&] {
        conv2d_grad_wrt_inputs(t, w, {1, 1, -1, 4});
      },
      {"image shape would be (1, 1, -1, 4)"});
  require<ValueError>(
      [&] {
        conv2d_grad_wrt_weights(Array({1, 1, 4, 4}), t, {1, 1, 0, 3});
      },
      {"filter shape would be"});
  require<ValueError>(
      [&] {
        conv2d_grad_wrt_weights(Array({2, 1, 4, 4}), t, {1, 1, 3, 3});
      },
      {"(1, 1, 2, 2)"});
}

BOOST_AUTO_TEST_CASE(grad_wrt_inputs_needs_its_shapes) {
  const Array w({1, 1, 3, 3});
  const Array t({1, 1, 2, 2});
  const Array t3({1, 1, 1, 1, 1});
  const Array w3({1, 1, 1, 1, 1});

  require<ValueError>(
      [&] {
        conv2d_grad_wrt_inputs(t, w, {1, 1, 4});
      },
      {"input_shape", "4 entries"});
  require<ValueError>(
      [&] {
        conv2d_grad_wrt_inputs(t, w, {1, 1, std::nullopt, 4});
      },
      {"input_shape[2] is None"});
  require<ValueError>(
      [&] {
        conv2d_grad_wrt_inputs(t, w, {1, 1, 4, 4}, {.filter_shape = {1, 1, 3}});
      },
      {"filter_shape", "4 entries"});
  require<ValueError>(
      [&] {
        conv2d_grad_wrt_inputs(t, w, {1, 1, 4, 4},
                               {.filter_shape = {1, 1, 3, 3}, .unshared = true});
      },
      {"filter_shape", "6 entries"});
  require<AssertionError>([&] { conv3d_grad_wrt_inputs(t3, w3, {1, 1, 1, 1}); }, {"input_shape"});
  require<AssertionError>(
      [&] {
        conv3d_grad_wrt_inputs(t3, w3, {1, 1, 1, 1, std::nullopt});
      },
      {"input_shape[4] is None"});
}

BOOST_AUTO_TEST_CASE(grad_wrt_weights_needs_its_shapes) {
  const Array x({1, 1, 4, 4});
  const Array t({1, 1, 2, 2});

  require<AssertionError>([&] { conv2d_grad_wrt_weights(x, t, {1, 1, 3}); }, {"filter_shape"});
  require<AssertionError>(
      [&] {
        conv2d_grad_wrt_weights(x, t, {1, 1, std::nullopt, 3});
      },
      {"filter_shape[2] is None"});
  require<AssertionError>(
      [&] {
        conv2d_grad_wrt_weights(x, t, {1, 1, 3, 3}, {.input_shape = {1, 1, 4}});
      },
      {"input_shape"});
}

BOOST_AUTO_TEST_CASE(image_shape_and_input_shape_are_one) {
  const Array x({1, 1, 4, 4});
  const Array w({1, 1, 2, 2});
  const Hint wrong = {1, 1, 5, 5};

  require<ValueError>([&] { conv2d(x, w, {.input_shape = wrong, .image_shape = wrong}); },
                      {"image_shape", "input_shape"});
  require<AssertionError>(
      [&] { conv2d(x, w, {.image_shape = wrong}, {.conv_assert_shape = true}); }, {"(1, 1, 5, 5)"});
}

BOOST_AUTO_TEST_CASE(logical_shapes_belong_to_the_old_conv2d) {
  const Tensors operands = {{"input", Array({1, 1, 4, 4})}, {"filters", Array({1, 1, 2, 2})}};

  for (const char* name : {"imshp_logical", "kshp_logical"})
    require<ValueError>(
        [&] {
          call(operation_named("conv2d"), operands, {{name, "8,8"}});
        },
        {name, "conv.conv2d"});
}

BOOST_AUTO_TEST_CASE(sizes_beyond_64_bits_are_refused) {
  const index_t huge = index_t{1} << 62;
  const Array x({1, 1, 4, 4});
  const Array w({1, 1, 2, 2});

  require<ValueError>([&] { conv2d(x, w, {.filter_dilation = {huge, 1}}); }, {"64 bits"});
  require<ValueError>([&] { conv2d(x, w, {.border_mode = {{huge, huge}, 0}}); }, {"64 bits"});
  require<InputError>([&] { conv2d_grad_wrt_inputs(x, w, {1, 1, huge, huge}); }, {});
}

BOOST_AUTO_TEST_CASE(arrays_need_as_many_values_as_their_shape_says) {
  require<ValueError>([] { Array({2, 2}, std::vector<float>(3)); }, {"3", "(2, 2)", "4"});
  require<ValueError>([] { Array({2, -2}); }, {"(2, -2)", "negative"});
  require<ValueError>([] { Array({2, 2}).reshaped({3}); }, {"(3)"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::ops::test
