#include <boost/test/unit_test.hpp>
#include <set>

#include "core/text.hpp"
#include "gpu/device.hpp"
#include "gpu/kernels.hpp"
#include "tests/core_generators.hpp"
#include "tests/implicit_gemm_on_cpu.hpp"

using namespace convict;
using namespace convict::implicit_gemm_on_cpu;
using namespace convict::gpu::implicit_gemm;

namespace {

constexpr std::array passes = {Pass::forward, Pass::grad_input, Pass::grad_weights};
constexpr std::array precisions = {Precision::f32, Precision::f64};

/// Boost fixture: cases enough to meet every edge within seconds.
struct Settings {
  Settings() { setenv("RC_PARAMS", "seed=20 max_success=400", 0); }
};

Case any_case() {
  Case c{.spec = *generators::small_valid_spec()};
  c.spec.unshared = false;
  c.pass = *rc::gen::elementOf(passes);
  c.precision = *rc::gen::elementOf(precisions);
  c.layout = *rc::gen::element(Layout::nchw, Layout::nhwc);
  c.pitch = *rc::gen::inRange<index_t>(0, 3);
  c.alpha = *rc::gen::element(1.0, 0.5, -3.0, 0.0);
  c.beta = *rc::gen::element(0.0, 0.0, 1.0, -0.25);
  return c;
}

ConvSpec spec_of(const char* text) { return parse_spec(text); }

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(Settings);

BOOST_AUTO_TEST_CASE(a_divider_divides_like_the_operator) {
  const auto check = [](auto type) {
    using Index = decltype(type);
    constexpr Index most = std::numeric_limits<Index>::max();
    std::vector<Index> interesting;
    for (int bit = 0; bit < std::numeric_limits<Index>::digits; ++bit)
      for (const Index near : {-1, 0, 1})
        if (const Index value = (Index{1} << bit) + near; value > 0) interesting.push_back(value);
    for (const Index value : {most, most - 1, most / 3, most / 7 * 5, Index{641}, Index{274177}})
      interesting.push_back(value);
    int wrong = 0;
    for (const Index divisor : interesting) {
      const Divider<Index> divider(divisor);
      for (const Index base : interesting)
        for (const Index n : {base, base - base % divisor, base - base % divisor - 1})
          if (n >= 0 && divider.quotient(n) != n / divisor) ++wrong;
    }
    BOOST_TEST(wrong == 0);
  };
  check(std::int32_t{});
  check(std::int64_t{});
}

BOOST_AUTO_TEST_CASE(tiny_tiles_agree_with_the_definition_on_any_convolution) {
  BOOST_TEST(rc::check([] {
    const Case c = any_case();
    use({.seed = *rc::gen::inRange(0U, 1000U), .preempt_one_in = *rc::gen::element(0U, 0U, 7U)});
    const std::string found = difference(tiny_engine(), c);
    RC_LOG() << (to_string(c.spec));
    RC_ASSERT(found == "");
  }));
}
