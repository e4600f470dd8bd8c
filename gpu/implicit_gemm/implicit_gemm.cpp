// SPDX-License-Identifier: Apache-2.0
#include "gpu/implicit_gemm/implicit_gemm.hpp"

#include <fmt/format.h>

#include "gpu/device/device.hpp"

namespace convict::gpu::implicit_gemm {
namespace {

constexpr index_t most_residue_classes = 4096;  // each is a launch of some microseconds

const Tilings& tilings_for(const Engine& engine, const Problem& problem) {
  return problem.precision == Precision::f64 ? engine.f64 : engine.f32;
}

std::optional<std::string> refuses(const Problem& problem) {
  if (auto why = refuse_invalid(problem)) return why;
  if (problem.spec.unshared) return "shared filters only: one bank for all output positions";
  const index_t classes = residue_classes(problem.spec);
  if (problem.pass == Pass::grad_input && classes > most_residue_classes)
    return fmt::format(
        "grad_input would take {} launches, one per residue of the strides; at most {}", classes,
        most_residue_classes);
  return std::nullopt;
}

/// A, B and C of the products (plan.hpp).
Call call_of(const Problem& problem, const Buffers& buffers) {
  Call call{.precision = problem.precision,
            .a = buffers.filters,
            .b = buffers.input,
            .c = buffers.output,
            .workspace = buffers.workspace,
            .alpha = problem.alpha,
            .beta = problem.beta,
            .stream = buffers.stream};
  if (problem.pass == Pass::grad_input) {
    call.b = buffers.output;
    call.c = buffers.input;
  }
  if (problem.pass == Pass::grad_weights) {
    call.a = buffers.output;
    call.c = buffers.filters;
  }
  return call;
}

}  // namespace

Kernel entry(const Engine& engine) {
  const auto planned = [engine](const Problem& problem) {
    return plan_of(problem, tilings_for(engine, problem));
  };
  return {.name = "gpu.implicit_gemm",
          .device = DeviceKind::gpu,
          .precisions = {Precision::f32, Precision::f64},
          .any_strides = true,
          .absent = engine.absent,
          .refuses = refuses,
          .workspace_bytes = [=](const Problem& p) { return planned(p).workspace_bytes; },
          .plan = [=](const Problem& p) -> std::shared_ptr<void> {
            return std::make_shared<Plan>(planned(p));
          },
          .run =
              [launch = engine.launch](const Problem& problem, const Buffers& buffers) {
                const Call call = call_of(problem, buffers);
                for (const Step& step : static_cast<const Plan*>(buffers.plan)->steps)
                  launch(step, call);
              }};
}

}  // namespace convict::gpu::implicit_gemm

namespace convict::gpu {

Kernel implicit_gemm_kernel() {
  using namespace implicit_gemm;
  return entry({.f32 = tilings_of<F32Tile, F32LowTile>(),
                .f64 = tilings_of<F64Tile, F64LowTile>(),
                .launch = launch_on_device,
                .absent = why_no_device});
}

}  // namespace convict::gpu
