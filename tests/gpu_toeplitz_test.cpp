#include <boost/test/unit_test.hpp>
#include <map>

#include "core/text.hpp"
#include "gpu/toeplitz/chunk.hpp"
#include "tests/host_queue.hpp"

using namespace convict;

namespace {

constexpr std::array precisions = {Precision::f64, Precision::f32, Precision::tf32, Precision::f16,
                                   Precision::bf16};

void check_all(const char* text, index_t chunk_bytes) {
  HostQueue queue;
  for (const Pass pass : all_passes)
    for (const Precision precision : precisions)
      for (const double beta : {0.0, -3.0}) {
        const ToeplitzCase it{parse_spec(text), pass, precision, 2, beta, chunk_bytes};
        BOOST_TEST(run_on(queue, it) == "", text_of(it));
      }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(results)

BOOST_AUTO_TEST_CASE(generated_problems_are_computed_exactly_whatever_the_chunks) {
  HostQueue queue;
  for (std::uint64_t seed = 1; seed <= 6000; ++seed) {
    const ToeplitzCase it = draw_case(seed);
    BOOST_TEST(run_on(queue, it) == "", "seed " << seed << " " << text_of(it));
  }
}

BOOST_AUTO_TEST_SUITE_END()
