// SPDX-License-Identifier: Apache-2.0
#include "ops/params.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ops/errors.hpp"

namespace convict::ops {
namespace {

void require_axes(std::string_view argument, const Dims& values, int convdim) {
  if (values.size() != static_cast<std::size_t>(convdim))
    throw ValueError(
        fmt::format("{} is {}; it needs {} entries", argument, to_string(values), convdim));
}

void require_positive(std::string_view argument, const Dims& values) {
  if (std::ranges::any_of(values, [](index_t value) { return value < 1; }))
    throw ValueError(
        fmt::format("{} is {}; every entry must be at least 1", argument, to_string(values)));
}

Axes axes_of(const Dims& values, std::size_t first) {
  Axes axes{1, 1, 1};
  std::copy(values.begin() + static_cast<std::ptrdiff_t>(first), values.end(), axes.begin());
  return axes;
}

Dims dims_of(std::initializer_list<index_t> leading, const Axes& extents, int rank) {
  Dims dims(leading);
  dims.insert(dims.end(), extents.begin(), extents.begin() + rank);
  return dims;
}

[[noreturn]] void impossible(std::string_view what, const Dims& shape, std::string_view right) {
  throw ValueError(fmt::format("{} would be {}; {}", what, to_string(shape), right));
}

void require_extents(std::string_view what, const Dims& shape, std::size_t first, index_t least) {
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] < (i < first ? 0 : least))
      impossible(what, shape,
                 fmt::format("sizes must be at least 0 and spatial extents at least {}", least));
}

/// Throws unless all terms of an output extent fit in 64 bits.
void require_representable(const ConvSpec& spec) {
  for (std::size_t a = 0; a < static_cast<std::size_t>(spec.rank); ++a) {
    index_t dilated = 0;
    index_t padded = 0;
    const SidePadding pad = spec.padding[a];
    const bool fits = multiply(spec.filter[a] - 1, spec.dilation[a], dilated) &&
                      multiply(dilated, 2, padded) && add(padded, spec.input[a], padded) &&
                      add(padded, pad.before, padded) && add(padded, pad.after, padded);
    if (!fits)
      throw ValueError(fmt::format(
          "axis {} has image extent {}, filter extent {} and dilation {}; its dilated and padded "
          "extents must fit in 64 bits",
          a, spec.input[a], spec.filter[a], spec.dilation[a]));
  }
}

void require_output(const ConvSpec& spec) {
  Dims top = {spec.batch, spec.out_channels};
  for (int axis = 0; axis < spec.rank; ++axis) top.push_back(output_extent(spec, axis));
  require_extents("the output shape", top, 2, 1);
}

void require_channels(const ConvParams& params, const Dims& image, const Dims& kern) {
  const index_t channels = kern[kern.size() - params.axes() - 1];
  index_t needed = 0;
  if (!multiply(channels, params.num_groups, needed) || needed != image[1])
    throw ValueError(fmt::format(
        "the image has {} channels, the filters {} per group in {} groups; image channels must be "
        "filter channels times num_groups",
        image[1], channels, params.num_groups));
  if (kern[0] % params.num_groups != 0)
    throw ValueError(fmt::format("the number of filters is {}, which num_groups {} does not divide",
                                 kern[0], params.num_groups));
}

void require_bank(const ConvSpec& spec, const Dims& kern) {
  const Dims bank(kern.begin() + 1, kern.begin() + 1 + spec.rank);
  const Dims top = output_dims(spec);
  if (!std::equal(bank.begin(), bank.end(), top.begin() + 2))
    throw ValueError(
        fmt::format("the filters have a bank for {} output positions; the output extents are {}",
                    to_string(bank), to_string(Dims(top.begin() + 2, top.end()))));
}

}  // namespace

ConvParams checked_params(const ConvArgs& args) {
  if (args.convdim < 1 || args.convdim > max_rank)
    throw ValueError(fmt::format("convdim is {}; it must be 1, 2 or 3", args.convdim));
  ConvParams params{
      .convdim = args.convdim,
      .border = checked_border(args.border_mode, args.convdim),
      .subsample = ones_if_empty(args.subsample, static_cast<std::size_t>(args.convdim)),
      .filter_flip = args.filter_flip,
      .imshp = args.imshp,
      .kshp = args.kshp,
      .filter_dilation =
          ones_if_empty(args.filter_dilation, static_cast<std::size_t>(args.convdim)),
      .num_groups = args.num_groups,
      .unshared = args.unshared};
  require_axes("subsample", params.subsample, args.convdim);
  require_positive("subsample", params.subsample);
  require_axes("filter_dilation", params.filter_dilation, args.convdim);
  require_positive("filter_dilation", params.filter_dilation);
  if (args.num_groups < 1)
    throw ValueError(fmt::format("num_groups is {}; it must be at least 1", args.num_groups));
  if (args.unshared && args.convdim == 3)
    throw NotImplementedError("unshared is true with convdim 3; it needs one or two axes");
  if (params.imshp.empty()) params.imshp = Hint(params.image_rank());
  if (params.kshp.empty()) params.kshp = Hint(params.kern_rank());
  return params;
}

ConvArgs args_of(const ConvParams& params) {
  return {.convdim = params.convdim,
          .imshp = params.imshp,
          .kshp = params.kshp,
          .border_mode = border_arg(params),
          .subsample = params.subsample,
          .filter_flip = params.filter_flip,
          .filter_dilation = params.filter_dilation,
          .num_groups = params.num_groups,
          .unshared = params.unshared};
}

BorderModeArg border_arg(const ConvParams& params) {
  switch (params.border.mode) {
    case BorderMode::valid: return "valid";
    case BorderMode::half: return "half";
    case BorderMode::full: return "full";
    case BorderMode::none: break;
  }
  std::vector<AxisPadding> axes;
  for (std::size_t a = 0; a < params.axes(); ++a) {
    const SidePadding pad = params.border.sides[a];
    if (pad.before == pad.after)
      axes.emplace_back(pad.before);
    else
      axes.emplace_back(Dims{pad.before, pad.after});
  }
  return axes;
}

void require_rank(std::string_view argument, const Dims& shape, std::size_t rank) {
  if (shape.size() != rank)
    throw TypeError(fmt::format("{} has shape {} of rank {}; it must have rank {}", argument,
                                to_string(shape), shape.size(), rank));
}

ConvSpec spec_of(const ConvParams& params, Pass pass, const Dims& image, const Dims& kern) {
  require_rank("img", image, params.image_rank());
  require_rank("kern", kern, params.kern_rank());
  require_extents("the image shape", image, 2, 0);
  require_extents("the filter shape", kern, kern.size() - params.axes(), 1);
  const ConvSpec spec{.rank = params.convdim,
                      .batch = image[0],
                      .in_channels = image[1],
                      .out_channels = kern[0],
                      .groups = params.num_groups,
                      .input = axes_of(image, 2),
                      .filter = axes_of(kern, kern.size() - params.axes()),
                      .stride = axes_of(params.subsample, 0),
                      .dilation = axes_of(params.filter_dilation, 0),
                      .border = params.border.mode,
                      .padding = params.border.sides,
                      .flip = params.filter_flip,
                      .unshared = params.unshared};
  require_representable(spec);
  if (pass == Pass::forward) require_output(spec);
  require_channels(params, image, kern);
  if (const auto why = why_invalid(spec)) throw ValueError(*why);
  if (params.unshared) require_bank(spec, kern);
  return spec;
}

void require_top(const ConvSpec& spec, const Dims& top) {
  if (top != output_dims(spec))
    throw ValueError(fmt::format("the output (or its gradient) has shape {}; {} times {} gives {}",
                                 to_string(top), to_string(input_dims(spec)),
                                 to_string(filter_dims(spec)), to_string(output_dims(spec))));
}

Dims input_dims(const ConvSpec& spec) {
  return dims_of({spec.batch, spec.in_channels}, spec.input, spec.rank);
}

Dims filter_dims(const ConvSpec& spec) {
  Dims dims = {spec.out_channels};
  const Axes bank = output_extents(spec);
  if (spec.unshared) dims.insert(dims.end(), bank.begin(), bank.begin() + spec.rank);
  dims.push_back(spec.in_channels / spec.groups);
  dims.insert(dims.end(), spec.filter.begin(), spec.filter.begin() + spec.rank);
  return dims;
}

Dims output_dims(const ConvSpec& spec) {
  return dims_of({spec.batch, spec.out_channels}, output_extents(spec), spec.rank);
}

}  // namespace convict::ops
