// SPDX-License-Identifier: Apache-2.0
#include "ops/dnn.hpp"
#include "ops/operations/operation_tables.hpp"

namespace convict::ops {
namespace {

using Type = ParameterType;
using Parameters = std::vector<Parameter>;

Parameters geometry() {
  return {{"border_mode", Type::border_mode, "valid", "zeros around the image"},
          {"subsample", Type::sizes, "", "stride of each axis; ones"},
          {"dilation", Type::sizes, "", "distance of taps on each axis; ones"},
          {"conv_mode", Type::text, "conv", "conv flips the filters, cross does not"}};
}

Parameter algo() { return {"algo", Type::text, "", "else dnn.conv.algo_* of the policy"}; }
Parameter precision() { return {"precision", Type::text, "", "else dnn.conv.precision"}; }
Parameter num_groups() {
  return {"num_groups", Type::integer, "1", "channels and filters are divided into so many groups"};
}

std::optional<std::string> optional_text(const Arguments& a, const std::string& name) {
  return a.given(name) ? std::optional(a.text(name)) : std::nullopt;
}

DnnArgs args_of(const Arguments& a) {
  return {.border_mode = a.border("border_mode"),
          .subsample = a.sizes("subsample"),
          .dilation = a.sizes("dilation"),
          .conv_mode = a.text("conv_mode"),
          .precision = optional_text(a, "precision"),
          .algo = optional_text(a, "algo"),
          .num_groups = a.integer("num_groups")};
}

Operation forward(const std::string& name, decltype(&dnn_conv) function, bool with_workmem,
                  const Backend& backend) {
  Parameters own = {
      {"direction_hint", Type::text, "", "'bprop weights', 'forward!': which pass computes it"}};
  if (with_workmem) own.push_back({"workmem", Type::text, "", "older name of algo"});
  return {name,
          "Convolution by cuDNN.",
          {"img", "kerns"},
          joined(joined(geometry(), own), {algo(), precision(), num_groups()}),
          [function, with_workmem, &backend](const Tensors& t, const Arguments& a,
                                             const Policy& policy) {
            DnnConvArgs args{args_of(a), optional_text(a, "direction_hint"), {}};
            if (with_workmem) args.workmem = optional_text(a, "workmem");
            return function(t.at("img"), t.at("kerns"), args, policy, backend);
          }};
}

Operation gradient(const std::string& name, decltype(&dnn_gradweight) function,
                   const std::string& first, const std::string& shape, const Backend& backend) {
  const std::string of = first == "img" ? "filters" : "image";
  return {name,
          "Gradient of a convolution with respect to its " + of + ", by cuDNN.",
          {first, "topgrad"},
          joined(joined({{shape, Type::sizes, "", "shape of the result", true}}, geometry()),
                 {precision(), algo(), num_groups()}),
          [function, first, shape, &backend](const Tensors& t, const Arguments& a,
                                             const Policy& policy) {
            return function(t.at(first), t.at("topgrad"), a.sizes(shape), args_of(a), policy,
                            backend);
          }};
}

}  // namespace

std::vector<Operation> dnn_operations(const Backend& backend) {
  return {forward("dnn_conv", dnn_conv, true, backend),
          forward("dnn_conv3d", dnn_conv3d, false, backend),
          gradient("dnn_gradweight", dnn_gradweight, "img", "kerns_shp", backend),
          gradient("dnn_gradweight3d", dnn_gradweight3d, "img", "kerns_shp", backend),
          gradient("dnn_gradinput", dnn_gradinput, "kerns", "img_shp", backend),
          gradient("dnn_gradinput3d", dnn_gradinput3d, "kerns", "img_shp", backend)};
}

}  // namespace convict::ops
