// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <utility>

#include "ops/params.hpp"
#include "ops/policy.hpp"

namespace convict::ops {

// The three abstract ops of Theano and Aesara as values. Two ops of one kind are equal when these
// parameters are, which are the equality key there: convdim, border_mode, subsample, filter_flip,
// imshp, kshp, filter_dilation, num_groups, unshared. All are linear in each operand, and each
// one's gradients are the other two with the same parameters. Constructors throw what
// `checked_params` throws; calls throw TypeError for ranks, ValueError for shapes that do not
// belong together, AssertionError for false hints under conv.assert_shape, and what `select`
// throws. `perform` computes the same as the Python code of Theano and Aesara does (slow_conv.hpp),
// whatever the policy says. Source: theano/tensor/nnet/abstract_conv.py.

class AbstractConv_gradWeights;
class AbstractConv_gradInputs;

/// y = conv(img, kern)
class AbstractConv {
 public:
  explicit AbstractConv(const ConvArgs& args) : params_(checked_params(args)) {}
  const ConvParams& params() const { return params_; }
  bool operator==(const AbstractConv&) const = default;

  Array operator()(const Array& img, const Array& kern,
                   const Policy& policy = environment_policy()) const;
  /// (gradient of img, gradient of kern) for the cotangent `top`.
  std::pair<Array, Array> grad(const Array& img, const Array& kern, const Array& top,
                               const Policy& policy = environment_policy()) const;
  /// conv(d_img, kern) + conv(img, d_kern); a missing tangent (null) drops its term; without
  /// both the result is nothing. Grouped and unshared ops have it, too (Theano and Aesara refused
  /// them).
  std::optional<Array> R_op(const Array& img, const Array& kern, const Array* d_img,
                            const Array* d_kern, const Policy& policy = environment_policy()) const;
  /// The output shape; known entries of imshp and kshp replace those of img and kern.
  Hint infer_shape(const Hint& img, const Hint& kern) const;
  /// 2 B F prod(o) C/G prod(k), for any number of axes and for unshared filters too.
  index_t flops(const Dims& img, const Dims& kern) const;
  Array perform(const Array& img, const Array& kern) const;

 private:
  ConvParams params_;
};

/// The adjoint in kern: kern-shaped, from (img, top). `shape` holds the filter's spatial extents.
class AbstractConv_gradWeights {
 public:
  explicit AbstractConv_gradWeights(const ConvArgs& args) : params_(checked_params(args)) {}
  const ConvParams& params() const { return params_; }
  bool operator==(const AbstractConv_gradWeights&) const = default;

  Array operator()(const Array& img, const Array& top, const Dims& shape,
                   const Policy& policy = environment_policy()) const;
  /// (gradient of img, gradient of top) for the cotangent `kern`; `shape` is disconnected.
  std::pair<Array, Array> grad(const Array& img, const Array& top, const Array& kern,
                               const Policy& policy = environment_policy()) const;
  static constexpr std::array<bool, 3> connection_pattern() { return {true, true, false}; }
  /// kshp's known entries, else (top[1], [o...,] img[1] / G, shape...).
  Hint infer_shape(const Hint& img, const Hint& top, const Hint& shape) const;
  index_t flops(const Dims& img, const Dims& top, const Dims& shape) const;
  Array perform(const Array& img, const Array& top, const Dims& shape) const;

 private:
  ConvParams params_;
};

/// The adjoint in img: img-shaped, from (kern, top). `shape` holds the image's spatial extents.
class AbstractConv_gradInputs {
 public:
  explicit AbstractConv_gradInputs(const ConvArgs& args) : params_(checked_params(args)) {}
  const ConvParams& params() const { return params_; }
  bool operator==(const AbstractConv_gradInputs&) const = default;

  Array operator()(const Array& kern, const Array& top, const Dims& shape,
                   const Policy& policy = environment_policy()) const;
  /// (gradient of kern, gradient of top) for the cotangent `img`; `shape` is disconnected.
  std::pair<Array, Array> grad(const Array& kern, const Array& top, const Array& img,
                               const Policy& policy = environment_policy()) const;
  static constexpr std::array<bool, 3> connection_pattern() { return {true, true, false}; }
  /// imshp's known entries, else (top[0], C/G * G, shape...).
  Hint infer_shape(const Hint& kern, const Hint& top, const Hint& shape) const;
  index_t flops(const Dims& kern, const Dims& top, const Dims& shape) const;
  /// Throws ValueError when imshp promises another batch size than `top` has.
  Array perform(const Array& kern, const Array& top, const Dims& shape) const;

 private:
  ConvParams params_;
};

/// An op with a fixed number of axes; `args.convdim` is ignored.
template <class Op, int convdim>
struct OfRank : Op {
  explicit OfRank(ConvArgs args = {}) : Op(with_convdim(std::move(args))) {}

 private:
  static ConvArgs with_convdim(ConvArgs args) {
    args.convdim = convdim;
    return args;
  }
};
using AbstractConv2d = OfRank<AbstractConv, 2>;
using AbstractConv3d = OfRank<AbstractConv, 3>;
using AbstractConv2d_gradWeights = OfRank<AbstractConv_gradWeights, 2>;
using AbstractConv3d_gradWeights = OfRank<AbstractConv_gradWeights, 3>;
using AbstractConv2d_gradInputs = OfRank<AbstractConv_gradInputs, 2>;
using AbstractConv3d_gradInputs = OfRank<AbstractConv_gradInputs, 3>;

/// Always false: a convolution of constants is not computed ahead of time.
constexpr bool do_constant_folding() { return false; }

}  // namespace convict::ops
