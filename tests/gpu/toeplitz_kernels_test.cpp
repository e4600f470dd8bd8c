// SPDX-License-Identifier: Apache-2.0
#include "tests/gpu/cuda_on_cpu.hpp"
// Has to be included first: the kernels use its definitions of CUDA keywords.
#include <boost/test/unit_test.hpp>

#include "core/half.hpp"
#include "gpu/toeplitz/kernels.cuh"
#include "tests/gpu/host_queue.hpp"
#include "tests/gpu/toeplitz_cases.hpp"

BOOST_AUTO_TEST_SUITE(toeplitz_kernels_test)

using namespace convict;
using namespace convict::gpu;

namespace {

template <class T>
T* as(Elements elements) {
  return reinterpret_cast<T*>(elements.data);
}

/// Runs the kernels with fewer threads than elements, in an order drawn from a seed.
class KernelQueue final : public HostQueue {
 public:
  explicit KernelQueue(std::uint32_t seed) : launch_{.grid = {3}, .block = {32}, .seed = seed} {}

  void im2col(const ColumnMap& map, Elements x, Elements columns) override {
    with_storage_type(x.type, [&](auto t) {
      using T = decltype(t);
      cuda_on_cpu::launch(launch_, [&] { im2col_kernel(map, as<const T>(x), as<T>(columns)); });
    });
  }
  void col2im(const ColumnMap& map, Elements columns, Scale scale, Elements x) override {
    if (x.type == Precision::f64) return gather<double, double>(map, columns, scale, x);
    if (x.type == Precision::f16) return gather<float, f16>(map, columns, scale, x);
    if (x.type == Precision::bf16) return gather<float, bf16>(map, columns, scale, x);
    gather<float, float>(map, columns, scale, x);
  }

 private:
  template <class Accumulator, class Result>
  void gather(const ColumnMap& map, Elements columns, Scale scale, Elements x) {
    const Scaling<Accumulator> scaling{static_cast<Accumulator>(scale.alpha),
                                       static_cast<Accumulator>(scale.beta)};
    cuda_on_cpu::launch(launch_, [&] {
      col2im_kernel(map, as<const Accumulator>(columns), scaling, as<Result>(x));
    });
  }

  cuda_on_cpu::Launch launch_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_kernels_compute_generated_problems_exactly_in_any_order_of_threads) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const ToeplitzCase it = draw_case(seed);
    KernelQueue queue(static_cast<std::uint32_t>(seed % 7));
    BOOST_TEST(run_on(queue, it) == "", "seed " << seed << " " << text_of(it));
  }
}

BOOST_AUTO_TEST_CASE(a_grid_is_never_larger_than_a_launch_may_be) {
  BOOST_TEST(blocks_for(1) == 1u);
  BOOST_TEST(blocks_for(256) == 1u);
  BOOST_TEST(blocks_for(257) == 2u);
  BOOST_TEST(blocks_for(index_t{1} << 60) == static_cast<unsigned>(most_blocks));
  BOOST_TEST(most_blocks < index_t{1} << 31);
}

BOOST_AUTO_TEST_SUITE_END()
