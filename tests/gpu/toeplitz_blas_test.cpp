// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "core/errors.hpp"
#include "core/half.hpp"
#include "core/spec_text.hpp"
#include "gpu/device/device.hpp"
#include "gpu/toeplitz/call_workspace.hpp"
#include "gpu/toeplitz/cuda_queue.hpp"
#include "gpu/toeplitz/device_calls.hpp"
#include "tests/gpu/host_queue.hpp"
#include "tests/gpu/toeplitz_cases.hpp"

BOOST_AUTO_TEST_SUITE(toeplitz_blas_test)

using namespace convict;

namespace {

/// The calls of the functions below, in order, and which of them has to fail.
struct Asked {
  std::vector<std::string> calls;
  std::vector<cublasComputeType_t> compute_types;
  cublasMath_t math_mode = CUBLAS_DEFAULT_MATH;
  cudaStream_t stream = nullptr;
  bool stream_was_set = false;
  bool has_workspace = false;
  void* workspace = nullptr;
  bool spoils_workspace = false;
  int handles = 0;
  std::string failing;
  cublasStatus_t status = CUBLAS_STATUS_SUCCESS;
  cudaError_t launch_status = cudaSuccess;
} asked;

cublasStatus_t answer(const char* call) {
  asked.calls.emplace_back(call);
  return asked.failing == call ? asked.status : CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t create(cublasHandle_t* handle) {
  static int context = 0;
  const cublasStatus_t status = answer("create");
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  ++asked.handles;
  *handle = reinterpret_cast<cublasHandle_t>(&context);
  return status;
}
cublasStatus_t destroy(cublasHandle_t) {
  --asked.handles;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t set_pointer_mode(cublasHandle_t, cublasPointerMode_t mode) {
  BOOST_TEST((mode == CUBLAS_POINTER_MODE_HOST));
  return answer("pointer_mode");
}
cublasStatus_t set_atomics_mode(cublasHandle_t, cublasAtomicsMode_t mode) {
  BOOST_TEST((mode == CUBLAS_ATOMICS_NOT_ALLOWED));
  return answer("atomics_mode");
}
cublasStatus_t set_math_mode(cublasHandle_t, cublasMath_t mode) {
  asked.math_mode = mode;
  return answer("math_mode");
}
cublasStatus_t set_stream(cublasHandle_t, cudaStream_t stream) {
  asked.stream = stream;
  asked.stream_was_set = true;
  asked.has_workspace = false;  // as cuBLAS does
  return answer("stream");
}
cublasStatus_t set_workspace(cublasHandle_t, void* workspace, std::size_t bytes) {
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(workspace) % 256 == 0u);
  asked.has_workspace = bytes == gpu::blas_workspace_bytes;
  asked.workspace = workspace;
  return answer("workspace");
}

Precision type_of(cudaDataType type) {
  if (type == CUDA_R_64F) return Precision::f64;
  if (type == CUDA_R_16F) return Precision::f16;
  return type == CUDA_R_16BF ? Precision::bf16 : Precision::f32;
}

double at(const void* data, cudaDataType type, long long index) {
  double value = 0;
  with_storage_type(type_of(type), [&](auto t) {
    value = static_cast<double>(static_cast<const decltype(t)*>(data)[index]);
  });
  return value;
}

/// The product as cuBLAS documents it, column-major: C[i] = alpha op(A[i]) op(B[i]) + beta C[i].
cublasStatus_t multiply(cublasHandle_t, cublasOperation_t op_a, cublasOperation_t op_b,
                        std::int64_t m, std::int64_t n, std::int64_t k, const void* alpha,
                        const void* a, cudaDataType a_type, std::int64_t lda, long long a_step,
                        const void* b, cudaDataType b_type, std::int64_t ldb, long long b_step,
                        const void* beta, void* c, cudaDataType c_type, std::int64_t ldc,
                        long long c_step, std::int64_t count, cublasComputeType_t compute,
                        cublasGemmAlgo_t) {
  const cublasStatus_t status = answer("multiply");
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  BOOST_TEST(asked.has_workspace);
  asked.compute_types.push_back(compute);
  if (asked.spoils_workspace) std::memset(asked.workspace, 0xFF, gpu::blas_workspace_bytes);
  if (lda < std::max<std::int64_t>(1, op_a == CUBLAS_OP_N ? m : k) ||
      ldb < std::max<std::int64_t>(1, op_b == CUBLAS_OP_N ? k : n) ||
      ldc < std::max<std::int64_t>(1, m))
    return CUBLAS_STATUS_INVALID_VALUE;
  const cudaDataType scale = a_type == CUDA_R_64F ? CUDA_R_64F : CUDA_R_32F;
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t row = 0; row < m; ++row)
      for (std::int64_t column = 0; column < n; ++column) {
        double sum = 0;
        for (std::int64_t d = 0; d < k; ++d)
          sum += at(a, a_type, i * a_step + (op_a == CUBLAS_OP_N ? d * lda + row : row * lda + d)) *
                 at(b, b_type,
                    i * b_step + (op_b == CUBLAS_OP_N ? column * ldb + d : d * ldb + column));
        const std::int64_t place = i * c_step + column * ldc + row;
        const double factor = at(beta, scale, 0);
        const double old = factor == 0 ? 0 : factor * at(c, c_type, place);
        const double value = at(alpha, scale, 0) * sum + old;
        with_storage_type(type_of(c_type), [&](auto t) {
          static_cast<decltype(t)*>(c)[place] = static_cast<decltype(t)>(value);
        });
      }
  return CUBLAS_STATUS_SUCCESS;
}

const char* status_name(cublasStatus_t status) {
  static std::string name;
  name = fmt::format("STATUS_{}", static_cast<int>(status));
  return name.c_str();
}
const char* status_text(cublasStatus_t) { return "its words"; }

gpu::BlasCalls fake_blas() {
  return {create,     destroy,       set_pointer_mode, set_atomics_mode, set_math_mode,
          set_stream, set_workspace, multiply,         status_name,      status_text};
}

/// Launches that are executed immediately, in host memory.
gpu::Launchers fake_launchers() {
  return {.im2col =
              [](const gpu::ColumnMap& map, gpu::Elements x, gpu::Elements columns,
                 cudaStream_t stream) {
                asked.calls.emplace_back("im2col");
                BOOST_TEST(stream == asked.stream);
                HostQueue().im2col(map, x, columns);
              },
          .col2im =
              [](const gpu::ColumnMap& map, gpu::Elements columns, gpu::Scale scale,
                 gpu::Elements x, cudaStream_t stream) {
                asked.calls.emplace_back("col2im");
                BOOST_TEST(stream == asked.stream);
                HostQueue().col2im(map, columns, scale, x);
              },
          .error = [] { return asked.launch_status; }};
}

const auto some_stream = reinterpret_cast<cudaStream_t>(std::uintptr_t{64});

void use(gpu::Blas& blas) {
  blas.use(some_stream, reinterpret_cast<std::byte*>(std::uintptr_t{1} << 30),
           gpu::blas_workspace_bytes);
}

std::string run_case(const ToeplitzCase& it) {
  gpu::Blas blas(fake_blas(), it.precision);
  use(blas);
  gpu::CudaQueue queue(&blas, some_stream, fake_launchers());
  return run_on(queue, it);
}

/// Runs the case with exactly the workspace of the kernel. Every product overwrites the part of
/// cuBLAS.
std::string run_kernel(const ToeplitzCase& it) {
  gpu::Blas blas(fake_blas(), it.precision);
  const auto call = [&](const gpu::ToeplitzPlan& plan, Buffers buffers) {
    buffers.stream = some_stream;
    asked.stream = some_stream;
    gpu::call_toeplitz(plan, &blas, buffers, fake_launchers());
  };
  const auto part = [](std::byte* workspace) { return gpu::carve(workspace).toeplitz; };
  asked.spoils_workspace = true;
  return run_with({gpu::call_workspace, part, call}, it);
}

/// The message of the KernelError that ends the case.
std::string failure_of(const ToeplitzCase& it) {
  try {
    return "no failure: " + run_case(it);
  } catch (const KernelError& error) {
    return error.what();
  }
}

ToeplitzCase plain_case(Precision precision, Pass pass = Pass::forward) {
  return {.spec = parse_spec("n2_c2_i5x5_k3_f3x3_p1"), .pass = pass, .precision = precision};
}

}  // namespace

BOOST_AUTO_TEST_CASE(generated_problems_are_computed_exactly_by_the_calls_of_cublas) {
  asked = {};
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    const ToeplitzCase it = draw_case(seed);
    BOOST_TEST(run_case(it) == "", "seed " << seed << " " << text_of(it));
  }
  BOOST_TEST(asked.handles == 0);
}

BOOST_AUTO_TEST_CASE(whole_calls_use_the_workspace_of_the_kernel) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    asked = {};
    ToeplitzCase it = draw_case(seed);
    it.chunk_bytes = std::max<index_t>(it.chunk_bytes, 1000);
    BOOST_TEST(run_kernel(it) == "", "seed " << seed << " " << text_of(it));
  }
}

BOOST_AUTO_TEST_CASE(each_precision_is_computed_with_what_it_allows) {
  const auto check = [](Precision precision, cublasComputeType_t type, cublasMath_t mode) {
    for (const Pass pass : all_passes) {
      asked = {};
      BOOST_TEST(run_case(plain_case(precision, pass)) == "");
      BOOST_TEST(!asked.compute_types.empty());
      for (const cublasComputeType_t used : asked.compute_types) BOOST_TEST((used == type));
      BOOST_TEST((asked.math_mode == mode));
    }
  };

  check(Precision::f64, CUBLAS_COMPUTE_64F_PEDANTIC, CUBLAS_PEDANTIC_MATH);
  check(Precision::f32, CUBLAS_COMPUTE_32F_PEDANTIC, CUBLAS_PEDANTIC_MATH);
  constexpr auto whole_sums = CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
  check(Precision::tf32, CUBLAS_COMPUTE_32F_FAST_TF32, whole_sums);
  check(Precision::f16, CUBLAS_COMPUTE_32F, whole_sums);
  check(Precision::bf16, CUBLAS_COMPUTE_32F, whole_sums);
}

BOOST_AUTO_TEST_CASE(a_call_sets_stream_then_workspace_and_goes_on_in_order) {
  asked = {};

  BOOST_TEST(run_case(plain_case(Precision::f32)) == "");

  const std::vector<std::string> expected = {"create", "pointer_mode", "atomics_mode", "math_mode",
                                             "stream", "workspace",    "im2col",       "multiply"};
  BOOST_TEST(asked.calls == expected, boost::test_tools::per_element());
  BOOST_TEST(asked.stream == some_stream);
}

BOOST_AUTO_TEST_CASE(every_failing_status_of_every_call_ends_the_run_with_a_message) {
  const std::pair<const char*, const char*> calls[] = {{"create", "cublasCreate"},
                                                       {"pointer_mode", "cublasSetPointerMode"},
                                                       {"atomics_mode", "cublasSetAtomicsMode"},
                                                       {"math_mode", "cublasSetMathMode"},
                                                       {"stream", "cublasSetStream"},
                                                       {"workspace", "cublasSetWorkspace"},
                                                       {"multiply", "cublasGemmStridedBatchedEx"}};
  for (const auto status :
       {CUBLAS_STATUS_NOT_INITIALIZED, CUBLAS_STATUS_ALLOC_FAILED, CUBLAS_STATUS_INVALID_VALUE,
        CUBLAS_STATUS_ARCH_MISMATCH, CUBLAS_STATUS_MAPPING_ERROR, CUBLAS_STATUS_EXECUTION_FAILED,
        CUBLAS_STATUS_INTERNAL_ERROR, CUBLAS_STATUS_NOT_SUPPORTED, CUBLAS_STATUS_LICENSE_ERROR})
    for (const auto& [call, name] : calls) {
      asked = {};
      asked.failing = call;
      asked.status = status;

      const std::string words = failure_of(plain_case(Precision::f64, Pass::grad_input));

      BOOST_TEST(words == fmt::format("{}: STATUS_{} (its words)", name, static_cast<int>(status)));
      BOOST_TEST(asked.calls.back() == call);  // nothing was enqueued after it
      BOOST_TEST(asked.handles == 0);
    }
}

BOOST_AUTO_TEST_CASE(a_launch_that_fails_ends_the_run_with_a_message) {
  for (const auto& [pass, kernel] :
       {std::pair{Pass::forward, "im2col"}, std::pair{Pass::grad_input, "col2im"}}) {
    asked = {};
    asked.launch_status = cudaErrorInvalidConfiguration;

    const std::string words = failure_of(plain_case(Precision::f32, pass));

    BOOST_TEST(words.starts_with(std::string(kernel) + ": cudaErrorInvalidConfiguration"));
    BOOST_TEST(asked.calls.back() == kernel);
  }
}

BOOST_AUTO_TEST_CASE(a_problem_without_products_needs_no_cublas) {
  const Problem problem = problem_of(ToeplitzCase{.spec = parse_spec("n0_c2_i5x5_k3_f3x3")});

  const std::shared_ptr<void> plan = gpu::make_toeplitz(problem);

  BOOST_CHECK_NO_THROW(gpu::run_toeplitz(problem, {.plan = plan.get()}));
  BOOST_CHECK_THROW(gpu::run_toeplitz(problem, {}), KernelError);
}

BOOST_AUTO_TEST_CASE(a_plan_without_a_device_fails_with_a_message) {
  if (!gpu::why_no_device()) return;

  try {
    static_cast<void>(gpu::make_toeplitz(problem_of(plain_case(Precision::f32))));
    BOOST_ERROR("a plan was made without a device");
  } catch (const KernelError& error) {
    BOOST_TEST(std::string(error.what()).starts_with("cublasCreate: CUBLAS_STATUS_"));
  }
}

BOOST_AUTO_TEST_CASE(the_library_of_the_toolkit_has_every_function) {
  // Never closed: what the library allocates when it is loaded would be reported as a leak.
  static const auto& library = *new gpu::Library("libcublas.so.13");

  const gpu::BlasCalls calls = gpu::blas_calls(library);

  BOOST_TEST(std::string(calls.status_name(CUBLAS_STATUS_NOT_SUPPORTED)) ==
             "CUBLAS_STATUS_NOT_SUPPORTED");
}

BOOST_AUTO_TEST_SUITE_END()
