// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/pass.hpp"
#include "ops/border.hpp"

namespace convict::ops {

/// The arguments of an abstract op's constructor, with the names and defaults of Theano and Aesara.
/// Empty `subsample` and `filter_dilation` mean ones, empty hints mean that nothing is known.
struct ConvArgs {
  int convdim = 2;
  Hint imshp{};
  Hint kshp{};
  BorderModeArg border_mode = "valid";
  Dims subsample{};
  bool filter_flip = true;
  Dims filter_dilation{};
  index_t num_groups = 1;
  bool unshared = false;
};

/// What distinguishes two ops of one kind: the equality key in Theano and Aesara.
struct ConvParams {
  int convdim = 2;
  Border border{};
  Dims subsample{};
  bool filter_flip = true;
  Hint imshp{};
  Hint kshp{};
  Dims filter_dilation{};
  index_t num_groups = 1;
  bool unshared = false;

  bool operator==(const ConvParams&) const = default;
  std::size_t axes() const { return static_cast<std::size_t>(convdim); }
  std::size_t image_rank() const { return axes() + 2; }
  std::size_t kern_rank() const { return unshared ? 2 * axes() + 2 : axes() + 2; }
};

/// The checks of BaseAbstractConv.__init__ in their order: convdim (1, 2 or 3; Theano and Aesara
/// have 2 and 3), border_mode, length then positivity of subsample, length then positivity of
/// filter_dilation (Theano and Aesara did not check that either is positive), num_groups, unshared
/// (not with three axes). Throws ValueError or NotImplementedError.
ConvParams checked_params(const ConvArgs& args);

/// The arguments that lead to `params`.
ConvArgs args_of(const ConvParams& params);

/// Rank checks of make_node. Throws TypeError naming `argument`.
void require_rank(std::string_view argument, const Dims& shape, std::size_t rank);

/// The border mode of `params` in the form the shape functions take.
BorderModeArg border_arg(const ConvParams& params);

/// The problem for an image and a filter shape, after the run-time checks of CorrMM in their
/// order: ranks; output extents below 1 (forward), filter extents below 1 (grad_weights) or image
/// extents below 0 (grad_input); channels against filters and groups; filter count against groups;
/// extents of an unshared bank. Throws TypeError for a rank, ValueError for the rest, SpecError
/// when sizes do not fit in 64 bits.
ConvSpec spec_of(const ConvParams& params, Pass pass, const Dims& image, const Dims& kern);

/// Throws ValueError when `top` is not the output shape of `spec`.
void require_top(const ConvSpec& spec, const Dims& top);

Dims input_dims(const ConvSpec& spec);
Dims filter_dims(const ConvSpec& spec);
Dims output_dims(const ConvSpec& spec);

}  // namespace convict::ops
