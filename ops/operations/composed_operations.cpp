// SPDX-License-Identifier: Apache-2.0
#include "ops/bilinear.hpp"
#include "ops/causal.hpp"
#include "ops/conv3d2d.hpp"
#include "ops/legacy.hpp"
#include "ops/operations/operation_tables.hpp"
#include "ops/separable.hpp"

namespace convict::ops {
namespace {

using Type = ParameterType;

Operation separable(const std::string& name, decltype(&separable_conv2d) function) {
  return {name,
          "Depthwise, then pointwise convolution.",
          {"input", "depthwise_filters", "pointwise_filters"},
          {{"num_channels", Type::integer, "", "channels of input", true},
           input_shape_hint(),
           {"depthwise_filter_shape", Type::hint, "", "hint: the shape of depthwise_filters"},
           {"pointwise_filter_shape", Type::hint, "", "hint: the shape of pointwise_filters"},
           {"border_mode", Type::border_mode, "valid", "zeros around the input"},
           {"subsample", Type::sizes, "", "stride of each axis; ones"},
           {"filter_flip", Type::boolean, "True", "true convolution instead of correlation"},
           {"filter_dilation", Type::sizes, "", "distance of taps on each axis; ones"}},
          [function](const Tensors& t, const Arguments& a, const Policy& policy) {
            return function(t.at("input"), t.at("depthwise_filters"), t.at("pointwise_filters"),
                            a.integer("num_channels"),
                            {.input_shape = a.hint("input_shape"),
                             .depthwise_filter_shape = a.hint("depthwise_filter_shape"),
                             .pointwise_filter_shape = a.hint("pointwise_filter_shape"),
                             .border_mode = a.border("border_mode"),
                             .subsample = a.sizes("subsample"),
                             .filter_flip = a.boolean("filter_flip"),
                             .filter_dilation = a.sizes("filter_dilation")},
                            policy);
          }};
}

Operation causal() {
  return {
      "causal_conv1d",
      "Convolution of one axis that never looks ahead.",
      {"input", "filters"},
      {{"filter_shape", Type::hint, "", "the shape of filters; its last entry is needed", true},
       input_shape_hint(),
       {"subsample", Type::integer, "1", "stride"},
       {"filter_flip", Type::boolean, "True", "true convolution instead of correlation"},
       {"filter_dilation", Type::integer, "1", "distance of taps"},
       {"num_groups", Type::integer, "1", "channels and filters are divided into so many groups"},
       {"unshared", Type::boolean, "False", "one filter bank per output position"}},
      [](const Tensors& t, const Arguments& a, const Policy& policy) {
        return causal_conv1d(t.at("input"), t.at("filters"), a.hint("filter_shape"),
                             {.input_shape = a.hint("input_shape"),
                              .subsample = a.integer("subsample"),
                              .filter_flip = a.boolean("filter_flip"),
                              .filter_dilation = a.integer("filter_dilation"),
                              .num_groups = a.integer("num_groups"),
                              .unshared = a.boolean("unshared")},
                             policy);
      }};
}

Operation kernel_1d() {
  return {"bilinear_kernel_1D",
          "The tent that interpolates linearly.",
          {},
          {{"ratio", Type::integer, "", "magnification", true},
           {"normalize", Type::boolean, "True", "divide by the ratio"},
           {"dtype", Type::precision, "f64", "type of the result"}},
          [](const Tensors&, const Arguments& a, const Policy&) {
            return bilinear_kernel_1D(a.integer("ratio"), a.boolean("normalize"),
                                      a.precision("dtype"));
          }};
}

Operation kernel_2d() {
  return {"bilinear_kernel_2D",
          "The outer product of two tents.",
          {},
          {{"ratio", Type::ratio, "", "magnification of rows and columns", true},
           {"normalize", Type::boolean, "True", "divide by the ratios"},
           {"dtype", Type::precision, "f64", "type of the result"}},
          [](const Tensors&, const Arguments& a, const Policy&) {
            return bilinear_kernel_2D(a.ratio_pair("ratio"), a.boolean("normalize"),
                                      a.precision("dtype"));
          }};
}

Operation upsampling() {
  return {"bilinear_upsampling",
          "Maps magnified by linear interpolation.",
          {"input"},
          {{"ratio", Type::integer, "", "whole magnification"},
           {"frac_ratio", Type::fraction, "", "fractional magnification instead"},
           {"batch_size", Type::integer, "", "hint"},
           {"num_input_channels", Type::integer, "", "hint"},
           {"use_1D_kernel", Type::boolean, "True", "rows, then columns, instead of both at once"}},
          [](const Tensors& t, const Arguments& a, const Policy& policy) {
            BilinearOptions options{.ratio = a.optional_integer("ratio"),
                                    .batch_size = a.optional_integer("batch_size"),
                                    .num_input_channels = a.optional_integer("num_input_channels"),
                                    .use_1D_kernel = a.boolean("use_1D_kernel")};
            if (a.given("frac_ratio")) options.frac_ratios = a.fractions("frac_ratio");
            return bilinear_upsampling(t.at("input"), options, policy);
          }};
}

Operation fractional() {
  return {"frac_bilinear_upsampling",
          "Maps interpolated at steps of q/p.",
          {"input"},
          {{"frac_ratio", Type::fraction, "", "(p, q), or one pair for rows and one for columns",
            true}},
          [](const Tensors& t, const Arguments& a, const Policy&) {
            return frac_bilinear_upsampling(t.at("input"), a.fractions("frac_ratio"));
          }};
}

Operation three_in_two() {
  return {"conv3d2d.conv3d",
          "True convolution of three axes in a layout with time first.",
          {"signals", "filters"},
          {{"signals_shape", Type::hint, "", "hint: the shape of signals"},
           {"filters_shape", Type::hint, "", "hint: the shape of filters"},
           {"border_mode", Type::border_mode_3d, "valid", "valid, half, full; or one each"}},
          [](const Tensors& t, const Arguments& a, const Policy& policy) {
            return conv3d2d::conv3d(t.at("signals"), t.at("filters"),
                                    {.signals_shape = a.hint("signals_shape"),
                                     .filters_shape = a.hint("filters_shape"),
                                     .border_mode = a.border_3d("border_mode")},
                                    policy);
          }};
}

Operation old_conv() {
  return {"conv.conv2d",
          "The old two-axis true convolution.",
          {"input", "filters"},
          {{"image_shape", Type::hint, "", "the shape of input"},
           filter_shape_hint(),
           {"border_mode", Type::text, "valid", "or full"},
           {"subsample", Type::sizes, "", "stride of each axis; ones"},
           {"unroll_batch", Type::integer, "", "without effect"},
           {"unroll_kern", Type::integer, "", "without effect"},
           {"unroll_patch", Type::boolean, "False", "without effect"},
           {"openmp", Type::boolean, "False", "several threads"},
           {"imshp_logical", Type::sizes, "", "rows and columns with zeros between pixels"},
           {"kshp_logical", Type::sizes, "", "rows and columns with zeros between taps"},
           {"kshp_logical_top_aligned", Type::boolean, "True", "taps start at the first row"}},
          [](const Tensors& t, const Arguments& a, const Policy& policy) {
            return legacy::conv2d(
                t.at("input"), t.at("filters"),
                {.image_shape = a.hint("image_shape"),
                 .filter_shape = a.hint("filter_shape"),
                 .border_mode = a.text("border_mode"),
                 .subsample = a.sizes("subsample"),
                 .unroll_batch = a.optional_integer("unroll_batch"),
                 .unroll_kern = a.optional_integer("unroll_kern"),
                 .imshp_logical = a.sizes("imshp_logical"),
                 .kshp_logical = a.sizes("kshp_logical"),
                 .kshp_logical_top_aligned = a.boolean("kshp_logical_top_aligned")},
                policy);
          }};
}

}  // namespace

std::vector<Operation> composed_operations() {
  return {separable("separable_conv2d", separable_conv2d),
          separable("separable_conv3d", separable_conv3d),
          causal(),
          kernel_1d(),
          kernel_2d(),
          upsampling(),
          fractional(),
          three_in_two(),
          old_conv()};
}

}  // namespace convict::ops
