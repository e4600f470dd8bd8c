// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/backend.hpp"
#include "ops/params.hpp"
#include "ops/policy.hpp"

namespace convict::ops {

/// Arguments of the GEMM implementations. `openmp` empty: what the policy says.
struct CorrMMArgs {
  BorderModeArg border_mode = "valid";
  Dims subsample{};
  Dims filter_dilation{};
  index_t num_groups = 1;
  bool unshared = false;
  std::optional<bool> openmp{};
};

/// The implementations that Theano and Aesara select on a CPU, callable by name: each runs on one
/// kernel, optimized.corr_mm or optimized.corr3d_mm, whatever the flags say. They CORRELATE:
/// filters are not flipped. Only f32 and f64 (a mixture is brought to f64). `shape` holds the
/// spatial extents of the result; it may be left out where the others determine it, which is stride
/// 1, and for filters not 'half', else ValueError. Constructors and calls throw what the abstract
/// ops throw, NoImplementationError when the kernel refuses. Source: theano/tensor/nnet/corr.py,
/// corr3d.py.
class BaseCorrMM {
 public:
  const ConvParams& params() const { return params_; }
  bool operator==(const BaseCorrMM&) const = default;

 protected:
  BaseCorrMM(int convdim, const CorrMMArgs& args);
  Array run(const ConvSpec& spec, Pass pass, const Array& first, const Array& second,
            const Policy& policy) const;
  /// The result's spatial extents: `shape`, or what `inferred` says. Throws ValueError when
  /// unknown.
  Dims required(const std::optional<Dims>& shape, const Hint& inferred) const;

  ConvParams params_;
  std::optional<bool> openmp_;
  const Backend* backend_ = nullptr;  ///< null: the kernels on the CPU
};

template <int convdim>
class CorrForward : public BaseCorrMM {
 public:
  explicit CorrForward(const CorrMMArgs& args = {}) : BaseCorrMM(convdim, args) {}
  Array operator()(const Array& img, const Array& kern,
                   const Policy& policy = environment_policy()) const;
  Hint infer_shape(const Hint& img, const Hint& kern) const;
};

template <int convdim>
class CorrGradWeights : public BaseCorrMM {
 public:
  explicit CorrGradWeights(const CorrMMArgs& args = {}) : BaseCorrMM(convdim, args) {}
  Array operator()(const Array& img, const Array& topgrad,
                   const std::optional<Dims>& shape = std::nullopt,
                   const Policy& policy = environment_policy()) const;
  /// Without `shape`; dilation counts (Theano and Aesara ignored it).
  Hint infer_shape(const Hint& img, const Hint& topgrad) const;
};

template <int convdim>
class CorrGradInputs : public BaseCorrMM {
 public:
  explicit CorrGradInputs(const CorrMMArgs& args = {}) : BaseCorrMM(convdim, args) {}
  Array operator()(const Array& kern, const Array& topgrad,
                   const std::optional<Dims>& shape = std::nullopt,
                   const Policy& policy = environment_policy()) const;
  /// Without `shape`; dilation counts (Theano and Aesara ignored it).
  Hint infer_shape(const Hint& kern, const Hint& topgrad) const;
};

/// The same on a GPU: gpu.corr_mm and gpu.corr3d_mm, in every type that these take. Operands of two
/// types are both converted to the wider one (Theano and Aesara did not check). There is no
/// `openmp`. Calls throw EnvironmentError with the reason where there is no GPU. Source:
/// theano/gpuarray/blas.py.
template <class Op>
class OnGpu : public Op {
 public:
  /// `backend` must outlive the op.
  explicit OnGpu(const CorrMMArgs& args = {}, const Backend& backend = device_backend())
      : Op(args) {
    this->backend_ = &backend;
  }
};

using CorrMM = CorrForward<2>;
using CorrMM_gradWeights = CorrGradWeights<2>;
using CorrMM_gradInputs = CorrGradInputs<2>;
using Corr3dMM = CorrForward<3>;
using Corr3dMM_gradWeights = CorrGradWeights<3>;
using Corr3dMM_gradInputs = CorrGradInputs<3>;
using Corr3dMMGradWeights = Corr3dMM_gradWeights;  ///< Aesara's name
using Corr3dMMGradInputs = Corr3dMM_gradInputs;    ///< Aesara's name
using GpuCorrMM = OnGpu<CorrMM>;
using GpuCorrMM_gradWeights = OnGpu<CorrMM_gradWeights>;
using GpuCorrMM_gradInputs = OnGpu<CorrMM_gradInputs>;
using GpuCorr3dMM = OnGpu<Corr3dMM>;
using GpuCorr3dMM_gradWeights = OnGpu<Corr3dMM_gradWeights>;
using GpuCorr3dMM_gradInputs = OnGpu<Corr3dMM_gradInputs>;

}  // namespace convict::ops
