// SPDX-License-Identifier: Apache-2.0
// dnn_conv and related functions on a backend that computes by the definition: arguments, defaults,
// routing, algorithms, precisions.
#include "ops/dnn.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "gpu/device/device.hpp"
#include "ops/errors.hpp"
#include "tests/ops/cases.hpp"
#include "tests/ops/on_a_fake_gpu.hpp"

namespace convict::ops::test {
namespace {

BOOST_AUTO_TEST_SUITE(dnn_test)

using Names = std::vector<std::string>;
using Passes = std::vector<Pass>;

bool is_for_cudnn(const Case& c) {
  if (c.args.unshared || c.args.convdim == 1) return false;
  for (const SidePadding pad : c.settings.pads)
    if (pad.before != pad.after) return false;
  const auto* const axes = std::get_if<std::vector<AxisPadding>>(&c.args.border_mode.value);
  return axes == nullptr || std::ranges::none_of(*axes, &AxisPadding::is_tuple);
}

DnnConvArgs dnn_args(const Case& c, const std::string& conv_mode) {
  DnnConvArgs args;
  args.border_mode = c.args.border_mode;
  args.subsample = c.args.subsample;
  args.dilation = c.args.filter_dilation;
  args.conv_mode = conv_mode;
  args.num_groups = c.args.num_groups;
  return args;
}

BOOST_FIXTURE_TEST_CASE(dnn_conv_and_its_gradients_are_their_formulas, OnAFakeGpu) {
  int tried = 0;
  for (const Case& c : cases()) {
    if (!is_for_cudnn(c)) continue;
    for (const std::string mode : {"conv", "cross"}) {
      Settings settings = c.settings;
      settings.flip = mode == "conv";
      const DnnConvArgs args = dnn_args(c, mode);
      const Array x = integers(c.image, 1), w = integers(c.kern, 2);
      const Array t = integers(top_shape(c), 3);
      const bool cube = c.args.convdim == 3;
      const auto forward = cube ? dnn_conv3d : dnn_conv;
      const auto weights = cube ? dnn_gradweight3d : dnn_gradweight;
      const auto inputs = cube ? dnn_gradinput3d : dnn_gradinput;

      BOOST_TEST((forward(x, w, args, {}, backend) == closed_forward(x, w, settings)), c.name);
      BOOST_TEST(
          (weights(x, t, c.kern, args, {}, backend) == closed_grad_weights(x, t, c.kern, settings)),
          c.name);
      BOOST_TEST(
          (inputs(w, t, c.image, args, {}, backend) == closed_grad_inputs(w, t, c.image, settings)),
          c.name);
      ++tried;
    }
  }
  BOOST_TEST(tried >= 16);
}

struct Routed {
  Array result;
  Passes passes;
  Names asked;
};

Routed routed(FakeGpu& gpu, const Array& x, const Array& w, DnnConvArgs args,
              const std::optional<std::string>& hint) {
  args.direction_hint = hint;
  gpu.passes.clear();
  gpu.asked.clear();
  const auto function = x.rank() == 5 ? dnn_conv3d : dnn_conv;
  const Array result = function(x, w, args, {}, gpu.backend);
  return {result, gpu.passes, gpu.asked};
}

BOOST_FIXTURE_TEST_CASE(a_valid_convolution_may_be_computed_as_a_gradient_of_weights, OnAFakeGpu) {
  for (const std::string mode : {"conv", "cross"})
    for (const bool cube : {false, true}) {
      const Array x = cube ? integers({2, 3, 4, 5, 3}, 1) : integers({2, 3, 5, 6}, 1);
      const Array w = cube ? integers({4, 3, 2, 3, 1}, 2) : integers({4, 3, 2, 4}, 2);
      DnnConvArgs args;
      args.conv_mode = mode;
      const Routed plain = routed(*this, x, w, args, std::nullopt);

      const Routed by_weights = routed(*this, x, w, args, "bprop weights");

      BOOST_TEST((plain.passes == Passes{Pass::forward}));
      BOOST_TEST((plain.asked == Names{"small f32"}));
      BOOST_TEST((by_weights.passes == Passes{Pass::grad_weights}));
      BOOST_TEST((by_weights.asked == Names{"none f32"}));
      BOOST_TEST((by_weights.result == plain.result));
    }
}

BOOST_FIXTURE_TEST_CASE(strides_dilation_groups_and_padding_keep_it_forward, OnAFakeGpu) {
  const Array x = integers({2, 4, 6, 6}, 1);
  const Array w = integers({4, 4, 2, 2}, 2), grouped = integers({4, 2, 2, 2}, 2);
  const auto passes_of = [&](const Array& kerns, auto&& change) {
    DnnConvArgs args;
    change(args);
    return routed(*this, x, kerns, args, "bprop weights").passes;
  };

  BOOST_TEST((passes_of(w, [](auto& a) { a.subsample = {2, 1}; }) == Passes{Pass::forward}));
  BOOST_TEST((passes_of(w, [](auto& a) { a.dilation = {1, 2}; }) == Passes{Pass::forward}));
  BOOST_TEST((passes_of(grouped, [](auto& a) { a.num_groups = 2; }) == Passes{Pass::forward}));
  BOOST_TEST((passes_of(w, [](auto& a) { a.border_mode = 0; }) == Passes{Pass::forward}));
  BOOST_TEST((passes_of(w, [](auto& a) { a.border_mode = "half"; }) == Passes{Pass::forward}));
}

BOOST_FIXTURE_TEST_CASE(a_full_convolution_is_computed_as_a_gradient_of_inputs, OnAFakeGpu) {
  for (const std::string mode : {"conv", "cross"})
    for (const bool cube : {false, true})
      for (const index_t dilation : {1, 2}) {
        const Array x = cube ? integers({2, 3, 2, 3, 3}, 1) : integers({2, 3, 5, 4}, 1);
        const Array w = cube ? integers({4, 3, 2, 3, 1}, 2) : integers({4, 3, 2, 3}, 2);
        DnnConvArgs args;
        args.border_mode = "full";
        args.conv_mode = mode;
        args.dilation = cube ? Dims{1, dilation, 1} : Dims{1, dilation};
        const Routed forward = routed(*this, x, w, args, "forward!");

        const Routed by_inputs = routed(*this, x, w, args, std::nullopt);

        BOOST_TEST((forward.passes == Passes{Pass::forward}));
        BOOST_TEST((by_inputs.passes == Passes{Pass::grad_input}));
        BOOST_TEST((by_inputs.asked == Names{"none f32"}));
        BOOST_TEST((by_inputs.result == forward.result));
      }
  DnnConvArgs strided;
  strided.border_mode = "full";
  strided.subsample = {2, 1};
  BOOST_TEST(
      (routed(*this, integers({1, 1, 3, 3}, 1), integers({1, 1, 2, 2}, 2), strided, std::nullopt)
           .passes == Passes{Pass::forward}));
}

const Array image({1, 2, 5, 5}), filters({3, 2, 2, 2}), top({1, 3, 4, 4});
const Array image3({1, 2, 4, 4, 4}), filters3({3, 2, 2, 2, 2}), top3({1, 3, 3, 3, 3});

DnnConvArgs with_algo(const std::string& algo) {
  DnnConvArgs args;
  args.algo = algo;
  return args;
}

BOOST_FIXTURE_TEST_CASE(the_algorithm_is_the_argument_or_the_flag_of_the_pass, OnAFakeGpu) {
  const Policy policy{.dnn_conv_algo_fwd = "large",
                      .dnn_conv_algo_bwd_data = "fft_tiling",
                      .dnn_conv_algo_bwd_filter = "time_once"};
  DnnConvArgs older;
  older.workmem = "winograd";

  dnn_conv(image, filters, {}, policy, backend);
  dnn_gradinput(filters, top, {1, 2, 5, 5}, {}, policy, backend);
  dnn_gradweight(image, top, {3, 2, 2, 2}, {}, policy, backend);
  dnn_conv(image, filters, with_algo("fft"), policy, backend);
  dnn_conv(image, filters, older, policy, backend);

  BOOST_TEST(
      (asked == Names{"large f32", "fft_tiling f32", "time_once f32", "fft f32", "winograd f32"}));
}

BOOST_FIXTURE_TEST_CASE(algo_and_its_older_name_exclude_each_other, OnAFakeGpu) {
  DnnConvArgs both = with_algo("none");
  both.workmem = "none";
  BOOST_CHECK_THROW(dnn_conv(image, filters, both, {}, backend), ValueError);
  DnnConvArgs older;
  older.workmem = "none";
  BOOST_CHECK_THROW(dnn_conv3d(image3, filters3, older, {}, backend), ValueError);
}

BOOST_FIXTURE_TEST_CASE(algorithms_are_known_by_pass_and_number_of_axes, OnAFakeGpu) {
  const auto forward = [&](const char* algo) {
    dnn_conv(image, filters, with_algo(algo), {}, backend);
  };
  const auto inputs = [&](const char* algo) {
    dnn_gradinput(filters, top, {1, 2, 5, 5}, with_algo(algo), {}, backend);
  };
  const auto weights = [&](const char* algo) {
    dnn_gradweight(image, top, {3, 2, 2, 2}, with_algo(algo), {}, backend);
  };
  for (const char* algo : {"small", "none", "large", "fft", "fft_tiling", "winograd",
                           "winograd_non_fused", "guess_once", "time_on_shape_change"})
    BOOST_CHECK_NO_THROW(forward(algo));
  for (const char* algo : {"none", "deterministic", "fft", "fft_tiling", "winograd",
                           "winograd_non_fused", "time_once", "guess_on_shape_change"})
    BOOST_CHECK_NO_THROW(inputs(algo));
  for (const char* algo :
       {"none", "deterministic", "fft", "small", "winograd_non_fused", "fft_tiling", "time_once"})
    BOOST_CHECK_NO_THROW(weights(algo));
  BOOST_CHECK_THROW(forward("deterministic"), AssertionError);
  BOOST_CHECK_THROW(inputs("small"), AssertionError);
  BOOST_CHECK_THROW(inputs("large"), AssertionError);
  BOOST_CHECK_THROW(weights("winograd"), AssertionError);
  BOOST_CHECK_THROW(forward("quick"), AssertionError);
  // The gradient that computes it has other algorithm names.
  DnnConvArgs routed = with_algo("large");
  routed.direction_hint = "bprop weights";
  BOOST_CHECK_THROW(dnn_conv(image, filters, routed, {}, backend), AssertionError);
}

BOOST_FIXTURE_TEST_CASE(three_axes_have_fewer_algorithms, OnAFakeGpu) {
  const auto forward = [&](const char* algo) {
    dnn_conv3d(image3, filters3, with_algo(algo), {}, backend);
  };
  const auto inputs = [&](const char* algo) {
    dnn_gradinput3d(filters3, top3, {1, 2, 4, 4, 4}, with_algo(algo), {}, backend);
  };
  const auto weights = [&](const char* algo) {
    dnn_gradweight3d(image3, top3, {3, 2, 2, 2, 2}, with_algo(algo), {}, backend);
  };
  for (const char* algo : {"none", "small", "fft_tiling", "guess_once"})
    BOOST_CHECK_NO_THROW(forward(algo));
  for (const char* algo : {"none", "deterministic", "fft_tiling", "time_once"})
    BOOST_CHECK_NO_THROW(inputs(algo));
  for (const char* algo : {"none", "small", "time_on_shape_change"})
    BOOST_CHECK_NO_THROW(weights(algo));
  for (const char* algo : {"large", "fft", "winograd", "winograd_non_fused"})
    BOOST_CHECK_THROW(forward(algo), ValueError);
  for (const char* algo : {"fft", "winograd", "winograd_non_fused"})
    BOOST_CHECK_THROW(inputs(algo), ValueError);
  for (const char* algo : {"deterministic", "fft", "fft_tiling", "winograd_non_fused"})
    BOOST_CHECK_THROW(weights(algo), ValueError);
}

BOOST_FIXTURE_TEST_CASE(precision_follows_the_input_unless_it_is_named, OnAFakeGpu) {
  using P = Precision;
  const auto arithmetic = [&](P stored, const std::string& precision, bool gradient = false) {
    asked.clear();
    DnnConvArgs args;
    if (!precision.empty()) args.precision = precision;
    if (gradient)
      dnn_gradinput(filters.as(stored), top.as(stored), {1, 2, 5, 5}, args, {}, backend);
    else
      dnn_conv(image.as(stored), filters.as(stored), args, {}, backend);
    return asked.at(0).substr(asked.at(0).find(' ') + 1);
  };

  for (const P stored : {P::f64, P::f32, P::f16, P::bf16}) {
    BOOST_TEST(arithmetic(stored, "") == name_of(stored));
    BOOST_TEST(arithmetic(stored, "as_input_f32", true) == name_of(stored));
  }
  BOOST_TEST(arithmetic(P::f32, "as_input") == "f32");
  BOOST_TEST(arithmetic(P::f16, "as_input") == "f16a16");
  BOOST_TEST(arithmetic(P::f16, "float16") == "f16a16");
  BOOST_TEST(arithmetic(P::f16, "float32") == "f16");
  BOOST_TEST(arithmetic(P::bf16, "float32") == "bf16");
  BOOST_TEST(arithmetic(P::f64, "float64") == "f64");
  BOOST_CHECK_THROW(arithmetic(P::f16, "float16", true), TypeError);
  BOOST_CHECK_THROW(arithmetic(P::f16, "as_input", true), TypeError);
  BOOST_CHECK_THROW(arithmetic(P::f32, "float64"), NotImplementedError);
  BOOST_CHECK_THROW(arithmetic(P::f64, "float32"), NotImplementedError);
  BOOST_CHECK_THROW(arithmetic(P::f32, "float16"), NotImplementedError);
  BOOST_CHECK_THROW(arithmetic(P::f32, "double"), AssertionError);
  // 'full' is computed as a gradient.
  DnnConvArgs full;
  full.border_mode = "full";
  full.precision = "float16";
  BOOST_CHECK_THROW(dnn_conv(image.as(P::f16), filters.as(P::f16), full, {}, backend), TypeError);
  full.direction_hint = "forward!";
  BOOST_CHECK_NO_THROW(dnn_conv(image.as(P::f16), filters.as(P::f16), full, {}, backend));
}

BOOST_FIXTURE_TEST_CASE(the_flag_gives_the_precision_too, OnAFakeGpu) {
  dnn_conv(image.as(Precision::f16), filters.as(Precision::f16), {},
           {.dnn_conv_precision = "as_input"}, backend);
  BOOST_TEST((asked == Names{"small f16a16"}));
}

BOOST_FIXTURE_TEST_CASE(dnn_arguments_that_make_no_convolution_are_refused, OnAFakeGpu) {
  const auto refuse = [&](auto&& change, const Array& x = image, const Array& w = filters) {
    DnnConvArgs args;
    change(args);
    dnn_conv(x, w, args, {}, backend);
  };
  const auto nothing = [](DnnConvArgs&) {};

  BOOST_CHECK_THROW(refuse([](auto& a) { a.conv_mode = "flip"; }), AssertionError);
  BOOST_CHECK_THROW(refuse([](auto& a) { a.border_mode = -1; }), ValueError);
  BOOST_CHECK_THROW(refuse([](auto& a) { a.border_mode = "same"; }), ValueError);
  BOOST_CHECK_THROW((refuse([](auto& a) { a.border_mode = {{0, 1}, 0}; })), ValueError);
  BOOST_CHECK_THROW((refuse([](auto& a) { a.border_mode = {{1, 1}, 0}; })), ValueError);
  BOOST_CHECK_THROW((refuse([](auto& a) { a.border_mode = {1, 1, 1}; })), ValueError);
  BOOST_CHECK_THROW(refuse([](auto& a) { a.subsample = {1}; }), ValueError);
  BOOST_CHECK_THROW(refuse([](auto& a) { a.num_groups = 0; }), ValueError);
  BOOST_CHECK_THROW(refuse([](auto& a) { a.num_groups = 2; }), ValueError);
  BOOST_CHECK_THROW(refuse(nothing, image, Array({3, 1, 2, 2})), ValueError);
  BOOST_CHECK_THROW(refuse(nothing, image, Array({3, 2, 6, 2})), ValueError);
  BOOST_CHECK_THROW(refuse(nothing, image3), TypeError);
  BOOST_CHECK_THROW(refuse(nothing, image, filters3), TypeError);
  const auto by_weights = [](DnnConvArgs& a) { a.direction_hint = "bprop weights"; };
  BOOST_CHECK_THROW(refuse(by_weights, image, Array({3, 1, 2, 2})), ValueError);
  BOOST_CHECK_THROW(refuse(by_weights, image, Array({3, 2, 6, 2})), ValueError);
  BOOST_TEST(passes.empty());
}

BOOST_FIXTURE_TEST_CASE(gradients_need_whole_shapes_that_belong_together, OnAFakeGpu) {
  const auto weights = [&](const Dims& shape) {
    dnn_gradweight(image, top, shape, {}, {}, backend);
  };
  const auto inputs = [&](const Dims& shape) {
    dnn_gradinput(filters, top, shape, {}, {}, backend);
  };

  BOOST_CHECK_NO_THROW(weights({3, 2, 2, 2}));
  BOOST_CHECK_NO_THROW(inputs({1, 2, 5, 5}));
  BOOST_CHECK_THROW(weights({2, 2}), TypeError);
  BOOST_CHECK_THROW(weights({3, 2, 3, 2}), ValueError);
  BOOST_CHECK_THROW(weights({4, 2, 2, 2}), ValueError);
  BOOST_CHECK_THROW(weights({3, 1, 2, 2}), ValueError);
  BOOST_CHECK_THROW(inputs({5, 5}), TypeError);
  BOOST_CHECK_THROW(inputs({1, 2, 6, 5}), ValueError);
  BOOST_CHECK_THROW(inputs({2, 2, 5, 5}), ValueError);
  BOOST_CHECK_THROW(dnn_gradinput3d(filters, top, {1, 2, 5, 5}, {}, {}, backend), TypeError);
}

BOOST_FIXTURE_TEST_CASE(a_disabled_cudnn_cannot_be_called, OnAFakeGpu) {
  BOOST_CHECK_THROW(dnn_conv(image, filters, {}, {.dnn_enabled = Policy::Enabled::no}, backend),
                    EnvironmentError);
}

BOOST_FIXTURE_TEST_CASE(a_refusal_of_the_kernel_is_passed_on, OnAFakeGpu) {
  Backend refusing = backend;
  refusing.dnn_kernel = [](std::string_view, Precision) {
    return Kernel{.name = "gpu.cudnn.small",
                  .refuses = [](const Problem&) { return std::optional<std::string>("too odd"); }};
  };
  BOOST_CHECK_EXCEPTION(
      dnn_conv(image, filters, {}, {}, refusing), NoImplementationError,
      [](const auto& error) { return std::string(error.what()) == "gpu.cudnn.small: too odd"; });
}

BOOST_AUTO_TEST_CASE(without_a_gpu_cudnns_operations_raise_the_reason) {
  const auto why = gpu::why_no_device();
  if (!why) return;
  const auto reason = [&](const EnvironmentError& error) {
    return std::string(error.what()).find(*why) != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION(dnn_conv(image, filters), EnvironmentError, reason);
  BOOST_CHECK_EXCEPTION(dnn_gradweight3d(image3, top3, {3, 2, 2, 2, 2}), EnvironmentError, reason);
}

std::map<std::string, Example> dnn_examples() {
  const Array x = integers({2, 2, 5, 6}, 1), w = integers({3, 2, 2, 3}, 2);
  const Array x3 = integers({1, 2, 4, 3, 5}, 3), w3 = integers({2, 2, 2, 1, 3}, 4);
  const Settings plane{{2, 1}, {1, 2}, {{1, 1}, {2, 2}}, false};
  const Settings volume{{1, 1, 1}, {1, 1, 1}, {{0, 0}, {0, 0}, {0, 0}}};
  const Array t = closed_forward(x, w, plane), t3 = closed_forward(x3, w3, volume);
  const std::map<std::string, std::string> two = {
      {"border_mode", "(1,2)"}, {"subsample", "2,1"}, {"dilation", "1,2"},
      {"conv_mode", "cross"},   {"algo", "none"},     {"precision", "float32"}};
  const auto with = [](std::map<std::string, std::string> texts, const std::string& name,
                       const std::string& text) {
    texts[name] = text;
    return texts;
  };
  return {
      {"dnn_conv", {{{"img", x}, {"kerns", w}}, with(two, "direction_hint", "forward!"), t}},
      {"dnn_conv3d", {{{"img", x3}, {"kerns", w3}}, {{"direction_hint", "bprop weights"}}, t3}},
      {"dnn_gradweight",
       {{{"img", x}, {"topgrad", t}},
        with(two, "kerns_shp", "3,2,2,3"),
        closed_grad_weights(x, t, w.shape(), plane)}},
      {"dnn_gradweight3d",
       {{{"img", x3}, {"topgrad", t3}},
        {{"kerns_shp", "(2, 2, 2, 1, 3)"}},
        closed_grad_weights(x3, t3, w3.shape(), volume)}},
      {"dnn_gradinput",
       {{{"kerns", w}, {"topgrad", t}},
        with(two, "img_shp", "2,2,5,6"),
        closed_grad_inputs(w, t, x.shape(), plane)}},
      {"dnn_gradinput3d",
       {{{"kerns", w3}, {"topgrad", t3}},
        {{"img_shp", "1,2,4,3,5"}},
        closed_grad_inputs(w3, t3, x3.shape(), volume)}},
  };
}

BOOST_FIXTURE_TEST_CASE(every_operation_of_cudnn_called_by_name_is_its_function, OnAFakeGpu) {
  require_examples(dnn_operations(backend), dnn_examples());
}

BOOST_FIXTURE_TEST_CASE(workmem_is_a_parameter_of_dnn_conv_alone, OnAFakeGpu) {
  const auto table = dnn_operations(backend);
  const Tensors operands = {{"img", image}, {"kerns", filters}};

  call(table[0], operands, {{"workmem", "large"}});
  BOOST_TEST((asked == Names{"large f32"}));
  BOOST_CHECK_THROW(call(table[0], operands, {{"workmem", "large"}, {"algo", "none"}}), ValueError);
  BOOST_CHECK_THROW(call(table[1], {{"img", image3}, {"kerns", filters3}}, {{"workmem", "none"}}),
                    UsageError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::ops::test
