// SPDX-License-Identifier: Apache-2.0
#include "ops/corr_mm_ops.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ops/abstract_conv.hpp"
#include "ops/errors.hpp"
#include "ops/execute.hpp"
#include "ops/hints.hpp"
#include "ops/shapes.hpp"

namespace convict::ops {
namespace {

Hint last(const Hint& shape, std::size_t count) {
  return {shape.end() - static_cast<std::ptrdiff_t>(count), shape.end()};
}

Dims dims(const Hint& shape) {
  Dims sizes;
  for (const Size& size : shape) sizes.push_back(size.value());
  return sizes;
}

}  // namespace

BaseCorrMM::BaseCorrMM(int convdim, const CorrMMArgs& args)
    : params_(checked_params({.convdim = convdim,
                              .border_mode = args.border_mode,
                              .subsample = args.subsample,
                              .filter_flip = false,
                              .filter_dilation = args.filter_dilation,
                              .num_groups = args.num_groups,
                              .unshared = args.unshared})),
      openmp_(args.openmp) {}

Array BaseCorrMM::run(const ConvSpec& spec, Pass pass, const Array& first, const Array& second,
                      const Policy& policy) const {
  const std::string_view last = spec.rank == 3 ? "corr3d_mm" : "corr_mm";
  const Backend& backend = backend_ != nullptr ? *backend_ : device_backend();
  const Kernel kernel =
      backend.kernel(fmt::format("{}.{}", backend_ != nullptr ? "gpu" : "optimized", last),
                     upcast(first.precision(), second.precision()));
  require_present(kernel);
  Policy own = policy;
  own.openmp = openmp_.value_or(policy.openmp);
  return compute_on(kernel, spec, pass, first, second, own, {.device = &backend.device_of(kernel)});
}

Dims BaseCorrMM::required(const std::optional<Dims>& shape, const Hint& inferred) const {
  if (shape) {
    if (shape->size() != params_.axes())
      throw ValueError(fmt::format("shape is {}; it needs {} spatial extents", to_string(*shape),
                                   params_.convdim));
    return *shape;
  }
  const Hint sizes = last(inferred, params_.axes());
  if (std::ranges::any_of(sizes, [](const Size& size) { return !size; }))
    throw ValueError(
        fmt::format("shape is None with subsample {} and border_mode {}; it must be given, because "
                    "the operands "
                    "do not determine it",
                    to_string(params_.subsample), to_string(border_arg(params_))));
  return dims(sizes);
}

template <int convdim>
Array CorrForward<convdim>::operator()(const Array& img, const Array& kern,
                                       const Policy& policy) const {
  return run(spec_of(params_, Pass::forward, img.shape(), kern.shape()), Pass::forward, img, kern,
             policy);
}

template <int convdim>
Hint CorrForward<convdim>::infer_shape(const Hint& img, const Hint& kern) const {
  return AbstractConv(args_of(params_)).infer_shape(img, kern);
}

template <int convdim>
Array CorrGradWeights<convdim>::operator()(const Array& img, const Array& topgrad,
                                           const std::optional<Dims>& shape,
                                           const Policy& policy) const {
  require_rank("img", img.shape(), params_.image_rank());
  require_rank("topgrad", topgrad.shape(), params_.image_rank());
  Hint kern = infer_shape(known(img.shape()), known(topgrad.shape()));
  const Dims sizes = required(shape, kern);
  std::copy(sizes.begin(), sizes.end(), kern.end() - convdim);
  const ConvSpec spec = spec_of(params_, Pass::grad_weights, img.shape(), dims(kern));
  require_top(spec, topgrad.shape());
  return run(spec, Pass::grad_weights, img, topgrad, policy);
}

template <int convdim>
Hint CorrGradWeights<convdim>::infer_shape(const Hint& img, const Hint& topgrad) const {
  return get_conv_gradweights_shape(img, topgrad, border_arg(params_), known(params_.subsample),
                                    known(params_.filter_dilation), params_.num_groups,
                                    params_.unshared);
}

template <int convdim>
Array CorrGradInputs<convdim>::operator()(const Array& kern, const Array& topgrad,
                                          const std::optional<Dims>& shape,
                                          const Policy& policy) const {
  require_rank("kern", kern.shape(), params_.kern_rank());
  require_rank("topgrad", topgrad.shape(), params_.image_rank());
  Hint image = infer_shape(known(kern.shape()), known(topgrad.shape()));
  const Dims sizes = required(shape, image);
  std::copy(sizes.begin(), sizes.end(), image.end() - convdim);
  const ConvSpec spec = spec_of(params_, Pass::grad_input, dims(image), kern.shape());
  require_top(spec, topgrad.shape());
  return run(spec, Pass::grad_input, kern, topgrad, policy);
}

template <int convdim>
Hint CorrGradInputs<convdim>::infer_shape(const Hint& kern, const Hint& topgrad) const {
  return get_conv_gradinputs_shape(kern, topgrad, border_arg(params_), known(params_.subsample),
                                   known(params_.filter_dilation), params_.num_groups);
}

template class CorrForward<2>;
template class CorrForward<3>;
template class CorrGradWeights<2>;
template class CorrGradWeights<3>;
template class CorrGradInputs<2>;
template class CorrGradInputs<3>;

}  // namespace convict::ops
