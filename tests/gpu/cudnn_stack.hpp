// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/test/unit_test.hpp>

#include "gpu/cudnn/cudnn_service.hpp"
#include "tests/gpu/cudnn_cases.hpp"
#include "tests/gpu/cudnn_fake.hpp"

namespace convict::gpu::cudnn::test {

inline const std::string simple = "c2_i6x6_k3_f3x3";

/// All layers above the fake library, as `service()` builds them above the real one.
struct Stack {
  explicit Stack(TimePlan time = {})
      : planner(api, device_properties(api, 0), std::move(time)), session(api, host_runtime()) {}

  Api api = fake_api();
  Planner planner;
  Session session;
  CudnnService service{planner, session};

  Kernel kernel(const Choice& choice = {}, bool with_tensor_cores = false) {
    Kernel made = cudnn::entry("gpu.cudnn", with_tensor_cores, choice,
                               [this]() -> Service& { return service; });
    made.absent = nullptr;
    return made;
  }
};

struct Fresh {
  Fresh() { fake().reset(); }
  ~Fresh() { BOOST_TEST(fake().live.empty()); }
};

}  // namespace convict::gpu::cudnn::test
