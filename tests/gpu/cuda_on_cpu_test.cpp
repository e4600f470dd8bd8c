// SPDX-License-Identifier: Apache-2.0
#include "tests/gpu/cuda_on_cpu.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "tests/oracle/fault_is_found.hpp"

BOOST_AUTO_TEST_SUITE(cuda_on_cpu_test)

using namespace convict::cuda_on_cpu;

namespace {

constexpr std::uint32_t schedules = 10;

// Variants of the product kernel below: the right one, and one for every planted fault.
struct Right {
  static void barrier_after_use() { __syncthreads(); }
  static bool inside(int at, int n) { return at < n; }
};
struct NoBarrierAfterUse : Right {
  static void barrier_after_use() {}
};
struct StoresOneRowTooMany : Right {
  static bool inside(int at, int n) { return at <= n; }
};

/// c = a b for n x n matrices, by tiles in dynamic shared memory.
template <int Tile, class Variant = Right>
__global__ void product(const float* a, const float* b, float* c, int n) {
  float* a_tile = convict::gpu::dynamic_shared<float>();
  float* b_tile = a_tile + Tile * Tile;
  const int x = static_cast<int>(threadIdx.x), y = static_cast<int>(threadIdx.y);
  const int row = static_cast<int>(blockIdx.y) * Tile + y;
  const int column = static_cast<int>(blockIdx.x) * Tile + x;
  float sum = 0;
  for (int start = 0; start < n; start += Tile) {
    a_tile[y * Tile + x] = row < n && start + x < n ? __ldg(a + row * n + start + x) : 0;
    b_tile[y * Tile + x] = start + y < n && column < n ? __ldg(b + (start + y) * n + column) : 0;
    __syncthreads();
    for (int k = 0; k < Tile; ++k) sum = __fmaf_rn(a_tile[y * Tile + k], b_tile[k * Tile + x], sum);
    Variant::barrier_after_use();
  }
  if (Variant::inside(row, n) && column < n) c[row * n + column] = sum;
}

std::vector<float> counting(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i % 7) - 3;
  return values;
}

/// Element (row, column) of a b for the matrices that `product` is given here.
float expected(int n, int row, int column) {
  const auto a = counting(static_cast<std::size_t>(n * n));
  float sum = 0;
  for (int k = 0; k < n; ++k)
    sum += a[static_cast<std::size_t>(row * n + k)] * a[static_cast<std::size_t>(k * n + column)];
  return sum;
}

/// The number of wrong elements of the product.
template <class Variant>
int wrong_elements(std::uint32_t seed, unsigned preempt_one_in) {
  constexpr int n = 11, tile = 4;
  const auto a = counting(n * n);
  const GuardedArray<float> c(n * n);
  launch({.grid = {3, 3},
          .block = {tile, tile},
          .shared_bytes = 2 * tile * tile * sizeof(float),
          .seed = seed,
          .preempt_one_in = preempt_one_in},
         [&] { product<tile, Variant>(a.data(), a.data(), c.data(), n); });
  if (!c.written_outside().empty()) throw KernelFault(c.written_outside());
  int wrong = 0;
  for (int row = 0; row < n; ++row)
    for (int column = 0; column < n; ++column)
      if (!(c[static_cast<std::size_t>(row * n + column)] == expected(n, row, column))) ++wrong;
  return wrong;
}

std::string fault_of(const Launch& how, const std::function<void()>& kernel) {
  try {
    launch(how, kernel);
  } catch (const KernelFault& fault) {
    return fault.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_right_kernel_is_right_under_every_schedule) {
  for (std::uint32_t seed = 0; seed < schedules; ++seed)
    for (const unsigned preempt_one_in : {0U, 5U})
      BOOST_TEST(wrong_elements<Right>(seed, preempt_one_in) == 0);
}

BOOST_AUTO_TEST_CASE(a_missing_barrier_shows_under_every_shuffled_schedule) {
  for (std::uint32_t seed = 2; seed < schedules; ++seed)
    BOOST_TEST(wrong_elements<NoBarrierAfterUse>(seed, 0) > 0);
}

BOOST_AUTO_TEST_CASE(a_store_behind_the_output_is_caught) {
  BOOST_TEST(!convict::fault_is_found([] { wrong_elements<Right>(0, 0); }));
  BOOST_TEST(convict::fault_is_found([] { wrong_elements<StoresOneRowTooMany>(0, 0); }));
}

BOOST_AUTO_TEST_CASE(a_store_behind_dynamic_shared_memory_is_caught) {
  const auto store_at = [](int at) {
    launch({.block = 4, .shared_bytes = 16},
           [=] { convict::gpu::dynamic_shared<float>()[threadIdx.x + at] = 1; });
  };

  BOOST_TEST(!convict::fault_is_found([&] { store_at(0); }));
  BOOST_TEST(convict::fault_is_found([&] { store_at(1); }));
}

BOOST_AUTO_TEST_CASE(threads_that_return_before_a_barrier_are_named) {
  for (std::uint32_t seed = 0; seed < schedules; ++seed) {
    const std::string fault = fault_of({.block = {2, 2}, .seed = seed}, [] {
      if (threadIdx.x == 1 && threadIdx.y == 1) return;
      __syncthreads();
    });

    BOOST_TEST(contains(fault, "block (0, 0, 0): divergent barrier: thread (0, 0, 0) waits at"));
    BOOST_TEST(contains(fault, "thread (1, 1, 0) has returned"));
  }
}

BOOST_AUTO_TEST_CASE(threads_that_wait_at_different_barriers_are_named) {
  for (std::uint32_t seed = 0; seed < schedules; ++seed) {
    const std::string fault = fault_of({.block = 8, .seed = seed}, [] {
      if (threadIdx.x < 5)
        __syncthreads();
      else
        __syncthreads();
    });

    BOOST_TEST(contains(fault, "divergent barrier"));
    BOOST_TEST(contains(fault, "thread (5, 0, 0) waits at"));
  }
}

BOOST_AUTO_TEST_CASE(what_a_thread_throws_is_reported_with_its_place) {
  const std::string fault = fault_of({.grid = {2, 2}, .block = 3, .seed = 4}, [] {
    if (blockIdx.x == 1 && blockIdx.y == 0 && threadIdx.x == 2)
      throw std::out_of_range("no such row");
  });

  BOOST_TEST(fault == "block (1, 0, 0): thread (2, 0, 0): no such row");
}

BOOST_AUTO_TEST_CASE(shared_memory_is_nan_at_the_start_of_every_block) {
  int numbers = 0;
  launch({.grid = 3, .block = 1, .shared_bytes = sizeof(double)}, [&] {
    __shared__ float static_memory[5];
    auto* dynamic_memory = convict::gpu::dynamic_shared<double>();
    for (const float value : static_memory) numbers += std::isnan(value) ? 0 : 1;
    numbers += std::isnan(*dynamic_memory) ? 0 : 1;
    static_memory[0] = static_memory[4] = 1;
    *dynamic_memory = 2;
  });

  BOOST_TEST(numbers == 0);
}

BOOST_AUTO_TEST_CASE(shuffles_reduce_a_warp) {
  for (std::uint32_t seed = 0; seed < schedules; ++seed) {
    std::vector<int> down(64), all(64), prefix(64), first(64);
    launch({.block = 64, .seed = seed}, [&] {
      const auto me = threadIdx.x;
      int sum = static_cast<int>(me), everywhere = sum, running_sum = 1;
      for (unsigned step = 16; step > 0; step /= 2) sum += __shfl_down_sync(~0U, sum, step);
      for (int step = 16; step > 0; step /= 2) everywhere += __shfl_xor_sync(~0U, everywhere, step);
      for (unsigned step = 1; step < 32; step *= 2) {
        const int left = __shfl_up_sync(~0U, running_sum, step);
        if (me % 32 >= step) running_sum += left;
      }
      down[me] = sum;
      all[me] = everywhere;
      prefix[me] = running_sum;
      first[me] = __shfl_sync(~0U, static_cast<int>(me), 8, 16);
    });

    for (std::size_t thread = 0; thread < 64; ++thread) {
      const int warp_sum = thread < 32 ? 496 : 496 + 32 * 32;
      if (thread % 32 == 0) BOOST_TEST(down[thread] == warp_sum);
      BOOST_TEST(all[thread] == warp_sum);
      BOOST_TEST(prefix[thread] == static_cast<int>(thread) % 32 + 1);
      BOOST_TEST(first[thread] == static_cast<int>(thread) / 16 * 16 + 8);
    }
  }
}

BOOST_AUTO_TEST_CASE(ballots_and_block_votes_count_the_predicates) {
  launch({.block = 48, .seed = 5}, [] {
    const bool even = threadIdx.x % 2 == 0;

    BOOST_TEST(__ballot_sync(~0U, even) == (threadIdx.x < 32 ? 0x55555555U : 0x5555U));
    BOOST_TEST(__any_sync(~0U, threadIdx.x == 3) == (threadIdx.x < 32 ? 1 : 0));
    BOOST_TEST(__all_sync(~0U, threadIdx.x < 32) == (threadIdx.x < 32 ? 1 : 0));
    BOOST_TEST(__syncthreads_count(even) == 24);
    BOOST_TEST(__syncthreads_or(threadIdx.x == 47) == 1);
    BOOST_TEST(__syncthreads_and(threadIdx.x < 47) == 0);
  });
}

BOOST_AUTO_TEST_CASE(a_warp_operation_not_all_lanes_reach_is_a_fault) {
  const auto skipping = [] {
    if (threadIdx.x != 7) __shfl_down_sync(~0U, 1.0F, 1);
  };
  const auto outside = [] { __shfl_sync(1U << threadIdx.x, 1, 0); };

  BOOST_TEST(contains(fault_of({.block = 32, .seed = 2}, skipping), "not all lanes of its mask"));
  BOOST_TEST(contains(fault_of({.block = 2}, outside), "reads lane 0, not in its mask"));
}

BOOST_AUTO_TEST_CASE(atomic_sums_are_right_where_plain_ones_lose_additions) {
  int atomic = 0, plain = 0;
  launch({.grid = 4, .block = 32, .seed = 3, .preempt_one_in = 2}, [&] {
    atomicAdd(&atomic, 1);
    const int old = plain;
    plain = old + __ldg(&std::as_const(old)) - old + 1;
  });

  BOOST_TEST(atomic == 128);
  BOOST_TEST(plain < 128);
}

BOOST_AUTO_TEST_CASE(a_launch_beyond_the_devices_limits_is_a_fault) {
  const auto nothing = [] {};

  BOOST_TEST(fault_of({.block = {32, 32}}, nothing).empty());
  BOOST_TEST(contains(fault_of({.block = {32, 33}}, nothing), "illegal launch"));
  BOOST_TEST(contains(fault_of({.grid = {1, 65536}, .block = 1}, nothing), "illegal launch"));
  BOOST_TEST(contains(fault_of({.block = 1, .shared_bytes = 300000}, nothing), "illegal launch"));
  BOOST_TEST(contains(fault_of({.grid = {0, 1}, .block = 1}, nothing), "illegal launch"));
}

BOOST_AUTO_TEST_CASE(a_launch_after_a_failed_one_is_clean) {
  const auto thrower = [] {
    const std::vector<int> owned(100);  // LeakSanitizer sees it when the thread is not unwound
    if (threadIdx.x == 0) throw std::runtime_error("first");
    __syncthreads();
  };
  for (int round = 0; round < 3; ++round) {
    BOOST_TEST(contains(fault_of({.block = 64, .seed = 1}, thrower), "first"));
    BOOST_TEST(wrong_elements<Right>(7, 3) == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()
