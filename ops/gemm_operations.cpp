#include "ops/corr_mm_ops.hpp"
#include "ops/operation_tables.hpp"
#include "ops/slow_conv.hpp"

namespace convict::ops {
namespace {

using Type = ParameterType;

std::vector<Parameter> parameters(bool with_unshared, bool with_shape) {
  std::vector<Parameter> all = {
      {"border_mode", Type::border_mode, "valid", "zeros around the image"},
      {"subsample", Type::sizes, "", "stride of each axis; ones"},
      {"filter_dilation", Type::sizes, "", "distance of taps on each axis; ones"},
      {"num_groups", Type::integer, "1", "channels and filters are divided into so many groups"},
      {"openmp", Type::text, "", "True or False; else what the policy says"}};
  if (with_unshared)
    all.push_back({"unshared", Type::boolean, "False", "one filter bank per output position"});
  if (with_shape)
    all.push_back(
        {"shape", Type::sizes, "", "spatial sizes of the result, where they do not follow"});
  return all;
}

CorrMMArgs args_of(const Arguments& a, bool with_unshared) {
  return {.border_mode = a.border("border_mode"),
          .subsample = a.sizes("subsample"),
          .filter_dilation = a.sizes("filter_dilation"),
          .num_groups = a.integer("num_groups"),
          .unshared = with_unshared && a.boolean("unshared"),
          .openmp = a.given("openmp") ? std::optional(a.boolean("openmp")) : std::nullopt};
}

template <class Op>
Operation forward(const std::string& name, bool with_unshared) {
  return {name,
          "Correlation by im2col and GEMM.",
          {"img", "kern"},
          parameters(with_unshared, false),
          [with_unshared](const Tensors& t, const Arguments& a, const Policy& policy) {
            return Op(args_of(a, with_unshared))(t.at("img"), t.at("kern"), policy);
          }};
}

template <class Op>
Operation gradient(const std::string& name, const std::string& doc, const std::string& first,
                   bool with_unshared) {
  return {name,
          doc,
          {first, "topgrad"},
          parameters(with_unshared, true),
          [first, with_unshared](const Tensors& t, const Arguments& a, const Policy& policy) {
            std::optional<Dims> shape;
            if (a.given("shape")) shape = a.sizes("shape");
            return Op(args_of(a, with_unshared))(t.at(first), t.at("topgrad"), shape, policy);
          }};
}

Operation slow_conv() {
  return {
      "conv",
      "The seeds' slow true convolution with stride 1.",
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
  const std::string weights = "Gradient of the correlation with respect to its filters.";
  const std::string inputs = "Gradient of the correlation with respect to its image.";
  return {forward<CorrMM>("CorrMM", true),
          gradient<CorrMM_gradWeights>("CorrMM_gradWeights", weights, "img", true),
          gradient<CorrMM_gradInputs>("CorrMM_gradInputs", inputs, "kern", true),
          forward<Corr3dMM>("Corr3dMM", false),
          gradient<Corr3dMM_gradWeights>("Corr3dMM_gradWeights", weights, "img", false),
          gradient<Corr3dMM_gradInputs>("Corr3dMM_gradInputs", inputs, "kern", false),
          slow_conv(),
          slow_unshared()};
}

}  // namespace convict::ops
