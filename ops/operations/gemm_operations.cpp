// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include "ops/corr_mm_ops.hpp"
#include "ops/operations/operation_tables.hpp"
#include "ops/slow_conv.hpp"

namespace convict::ops {
namespace {

using Type = ParameterType;

/// The properties in which the ops differ.
struct Traits {
  bool unshared = false;
  bool openmp = true;
};

std::vector<Parameter> parameters(const Traits& traits, bool with_shape) {
  std::vector<Parameter> all = {
      {"border_mode", Type::border_mode, "valid", "zeros around the image"},
      {"subsample", Type::sizes, "", "stride of each axis; ones"},
      {"filter_dilation", Type::sizes, "", "distance of taps on each axis; ones"},
      {"num_groups", Type::integer, "1", "channels and filters are divided into so many groups"}};
  if (traits.openmp)
    all.push_back({"openmp", Type::text, "", "True or False; else what the policy says"});
  if (traits.unshared)
    all.push_back({"unshared", Type::boolean, "False", "one filter bank per output position"});
  if (with_shape)
    all.push_back(
        {"shape", Type::sizes, "", "spatial sizes of the result, where they do not follow"});
  return all;
}

CorrMMArgs args_of(const Arguments& a, const Traits& traits) {
  CorrMMArgs args{.border_mode = a.border("border_mode"),
                  .subsample = a.sizes("subsample"),
                  .filter_dilation = a.sizes("filter_dilation"),
                  .num_groups = a.integer("num_groups"),
                  .unshared = traits.unshared && a.boolean("unshared")};
  if (traits.openmp && a.given("openmp")) args.openmp = a.boolean("openmp");
  return args;
}

/// `more`: further arguments of the op's constructor, behind CorrMMArgs.
template <class Op, class... More>
Operation forward(const std::string& name, const Traits& traits, const More&... more) {
  return {name,
          "Correlation by im2col and GEMM.",
          {"img", "kern"},
          parameters(traits, false),
          [traits, more...](const Tensors& t, const Arguments& a, const Policy& policy) {
            return Op(args_of(a, traits), more...)(t.at("img"), t.at("kern"), policy);
          }};
}

template <class Op, class... More>
Operation gradient(const std::string& name, const std::string& first, const Traits& traits,
                   const More&... more) {
  const std::string of = first == "img" ? "filters" : "image";
  return {name,
          "Gradient of the correlation with respect to its " + of + ".",
          {first, "topgrad"},
          parameters(traits, true),
          [first, traits, more...](const Tensors& t, const Arguments& a, const Policy& policy) {
            std::optional<Dims> shape;
            if (a.given("shape")) shape = a.sizes("shape");
            return Op(args_of(a, traits), more...)(t.at(first), t.at("topgrad"), shape, policy);
          }};
}

Operation slow_conv() {
  return {
      "conv",
      "Theano's and Aesara's slow true convolution with stride 1.",
      {"img", "kern"},
      {{"mode", Type::text, "valid", "or full"},
       {"dilation", Type::sizes, "", "distance of taps on each axis; ones"},
       {"num_groups", Type::integer, "1", "channels and filters are divided into so many groups"},
       {"unshared", Type::boolean, "False", "one filter bank per output position"},
       {"direction", Type::text, "forward", "or backprop weights, backprop inputs"}},
      [](const Tensors& t, const Arguments& a, const Policy&) {
        return conv(t.at("img"), t.at("kern"),
                    {.mode = a.text("mode"),
                     .dilation = a.sizes("dilation"),
                     .num_groups = a.integer("num_groups"),
                     .unshared = a.boolean("unshared"),
                     .direction = a.text("direction")});
      }};
}

Operation slow_unshared() {
  return {"unshared2d",
          "One channel with a filter of its own for every position.",
          {"inp", "kern"},
          {{"out_shape", Type::sizes, "", "shape of the result", true},
           {"direction", Type::text, "forward", "or backprop weights, backprop inputs"}},
          [](const Tensors& t, const Arguments& a, const Policy&) {
            return unshared2d(t.at("inp"), t.at("kern"), a.sizes("out_shape"), a.text("direction"));
          }};
}

}  // namespace

std::vector<Operation> gemm_operations() {
  const Traits plane{.unshared = true};
  const Traits volume;
  return {forward<CorrMM>("CorrMM", plane),
          gradient<CorrMM_gradWeights>("CorrMM_gradWeights", "img", plane),
          gradient<CorrMM_gradInputs>("CorrMM_gradInputs", "kern", plane),
          forward<Corr3dMM>("Corr3dMM", volume),
          gradient<Corr3dMM_gradWeights>("Corr3dMM_gradWeights", "img", volume),
          gradient<Corr3dMM_gradInputs>("Corr3dMM_gradInputs", "kern", volume),
          slow_conv(),
          slow_unshared()};
}

std::vector<Operation> gpu_gemm_operations(const Backend& backend) {
  const Traits plane{.unshared = true, .openmp = false};
  const Traits volume{.openmp = false};
  const auto on = std::cref(backend);
  return {forward<GpuCorrMM>("GpuCorrMM", plane, on),
          gradient<GpuCorrMM_gradWeights>("GpuCorrMM_gradWeights", "img", plane, on),
          gradient<GpuCorrMM_gradInputs>("GpuCorrMM_gradInputs", "kern", plane, on),
          forward<GpuCorr3dMM>("GpuCorr3dMM", volume, on),
          gradient<GpuCorr3dMM_gradWeights>("GpuCorr3dMM_gradWeights", "img", volume, on),
          gradient<GpuCorr3dMM_gradInputs>("GpuCorr3dMM_gradInputs", "kern", volume, on)};
}

}  // namespace convict::ops
