// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "core/spec_text.hpp"
#include "datasets/suite.hpp"
#include "gpu/kernels.hpp"
#include "gpu/toeplitz/call_workspace.hpp"
#include "tests/gpu/host_queue.hpp"
#include "tests/gpu/toeplitz_cases.hpp"

BOOST_AUTO_TEST_SUITE(toeplitz_test)

using namespace convict;

namespace {

constexpr std::array precisions = {Precision::f64, Precision::f32, Precision::tf32, Precision::f16,
                                   Precision::bf16};

Problem problem_of(const char* text, Pass pass, Precision precision = Precision::f32) {
  const ConvSpec spec = parse_spec(text);
  Problem problem{.spec = spec, .pass = pass, .precision = precision};
  if (!why_invalid(spec)) problem.shapes = shapes_of(spec);
  return problem;
}

void check_all(const char* text, index_t chunk_bytes = gpu::usual_chunk_bytes) {
  HostQueue queue;
  for (const Pass pass : all_passes)
    for (const Precision precision : precisions)
      for (const double beta : {0.0, -3.0}) {
        const ToeplitzCase it{parse_spec(text), pass, precision, 2, beta, chunk_bytes};
        BOOST_TEST(run_on(queue, it) == "", text_of(it));
      }
}

/// Records the steps without executing them.
struct Recorder : gpu::Queue {
  struct Columns {
    gpu::ColumnMap map;
    gpu::Elements images;
  };
  std::vector<Columns> filled, gathered;
  std::vector<gpu::Products> products;

  void im2col(const gpu::ColumnMap& map, gpu::Elements x, gpu::Elements) override {
    filled.push_back({map, x});
  }
  void multiply(const gpu::Products& p) override { products.push_back(p); }
  void col2im(const gpu::ColumnMap& map, gpu::Elements, gpu::Scale, gpu::Elements x) override {
    gathered.push_back({map, x});
  }
  index_t products_in_all() const {
    index_t sum = 0;
    for (const gpu::Products& p : products) sum += p.count;
    return sum;
  }
};

/// Addresses that nothing is ever read from or written to.
gpu::ToeplitzMemory far_apart() {
  const auto place = [](std::uintptr_t i) { return reinterpret_cast<std::byte*>(i << 56); };
  return {place(1), place(2), place(3), place(4)};
}
index_t element(gpu::Elements elements, const std::byte* of) {
  return (elements.data - of) / bytes_of(elements.type);
}

Recorder steps_of(const Problem& problem, index_t chunk_bytes = gpu::usual_chunk_bytes) {
  Recorder steps;
  gpu::enqueue_toeplitz(gpu::plan_toeplitz(problem, chunk_bytes), far_apart(), steps);
  return steps;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(results)

BOOST_AUTO_TEST_CASE(generated_problems_are_computed_exactly_whatever_the_chunks) {
  HostQueue queue;
  std::map<std::string, int> ways;
  for (std::uint64_t seed = 1; seed <= 6000; ++seed) {
    const ToeplitzCase it = draw_case(seed);
    BOOST_TEST(run_on(queue, it) == "", "seed " << seed << " " << text_of(it));
    const gpu::ToeplitzPlan plan = gpu::plan_toeplitz(problem_of(it), it.chunk_bytes);
    ++ways[!plan.needs_products()
               ? "no products"
               : fmt::format("{} form {} {} {} {}{}{}", name_of(it.pass),
                             static_cast<int>(plan.form), plan.direct ? "direct" : "columns",
                             plan.sum_elements > 0 ? "sums" : "", plan.images.count() > 1,
                             plan.groups.count() > 1, plan.positions.count() > 1)];
  }

  BOOST_TEST(ways.size() >= 60u);
  const auto rarest =
      std::ranges::min_element(ways, {}, [](const auto& way) { return way.second; });
  BOOST_TEST(rarest->second >= 3, rarest->first);
}

BOOST_AUTO_TEST_CASE(problems_of_the_core_suite_are_computed_exactly) {
  HostQueue queue;
  std::size_t tried = 0;
  std::set<std::string> seen;  // the suite has many fills and layouts of each
  for (const Trial& trial : datasets::suite_named("core")) {
    if (!seen.insert(to_string(trial.spec) + std::string(name_of(trial.pass))).second) continue;
    if (why_invalid(trial.spec) || (trial.spec.rank == 3 && trial.spec.unshared)) continue;
    if (flops(trial.spec) > 40000 || seen.size() % 3 != 0) continue;
    const ToeplitzCase it{.spec = trial.spec,
                          .pass = trial.pass,
                          .precision = precisions[tried++ % precisions.size()],
                          .beta = tried % 2 == 0 ? 0.0 : -1.0,
                          .chunk_bytes = tried % 3 == 0 ? 2000 : gpu::usual_chunk_bytes};
    BOOST_TEST(run_on(queue, it) == "", text_of(it));
  }
  BOOST_TEST(tried > 3000u);
}

BOOST_AUTO_TEST_CASE(special_shapes_are_computed_exactly) {
  for (const char* text : {
           "n3_c8_i9x9_k6_f1x1",              // the columns are the image
           "n3_c8_i9x9_k6_f1x1_g2",           // its groups
           "n5_c12_i1x1_k7_f1x1",             // images are the rows of one product
           "n5_c3_i4x4_k7_f4x4",              // the filter covers the image
           "n4_c6_i5x4_k6_f2x3_p1_unshared",  // filters of their own at every position
           "n4_c6_i5x4_k6_f2x3_g3_unshared",  // and in groups
           "n4_c6_i5x4_k6_f1x1_unshared",     // pointwise
           "n3_c4_i6x6x6_k4_f3x3x3_phalf_g4", "n2_c2_i30_k2_f3_d2_p3:5_flip",
           "n2_c2_i0x3_k2_f2x2_p2x0",  // nothing but padding
       })
    for (const index_t chunk : {index_t{1}, index_t{700}, gpu::usual_chunk_bytes})
      check_all(text, chunk);
}

BOOST_AUTO_TEST_CASE(more_products_than_a_grid_is_high_are_computed_in_parts) {
  HostQueue queue;
  for (const char* text : {"n70000_c1_i2_k1_f1", "c1_i66000_k1_f1_unshared"})
    for (const Pass pass : all_passes) {
      const ToeplitzCase it{.spec = parse_spec(text), .pass = pass};
      BOOST_TEST(run_on(queue, it) == "", text_of(it));
    }
}

BOOST_AUTO_TEST_CASE(nothing_to_sum_leaves_beta_times_the_old_result) {
  for (const char* text :
       {"n2_c0_i3x3_k2_f2x2", "n0_c2_i3x3_k2_f2x2", "n2_c2_i3x3_k0_f2x2", "n2_c0_i3x3_k4_f1x1_g2",
        "n0_c0_i3_k0_f1", "n2_c0_i3x3_k2_f2x2_unshared", "n0_c2_i3x3_k2_f2x2_unshared",
        "n2_c2_i3x3_k0_f2x2_unshared", "c0_i2x2x2_k2_f1x2x1"}) {
    check_all(text);
    for (const Pass pass : all_passes) {
      BOOST_TEST(steps_of(problem_of(text, pass)).products.empty());
      BOOST_TEST(gpu::call_workspace(gpu::plan_toeplitz(problem_of(text, pass))) == 0u);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(steps)

BOOST_AUTO_TEST_CASE(a_pointwise_convolution_is_a_product_on_the_images_themselves) {
  for (const Pass pass : {Pass::forward, Pass::grad_input}) {
    const Recorder steps = steps_of(problem_of("n256_c256_i14x14_k64_f1x1", pass));

    BOOST_TEST(steps.filled.empty());
    BOOST_TEST(steps.gathered.empty());
    BOOST_TEST(steps.products.size() == 1u);
    BOOST_TEST(steps.products.front().count == 256);
  }
  for (const Pass pass : all_passes) {
    const Recorder steps = steps_of(problem_of("n256_c512_i1x1_k1000_f1x1", pass));

    BOOST_TEST(steps.products.size() == 1u);
    BOOST_TEST(steps.products.front().count == 1);
    BOOST_TEST(steps.filled.size() + steps.gathered.size() == 0u);
  }
}

BOOST_AUTO_TEST_CASE(several_images_and_groups_share_a_call) {
  const Recorder images = steps_of(problem_of("n64_c64_i14x14_k64_f3x3_phalf", Pass::forward));
  BOOST_TEST(images.products_in_all() == 64);
  BOOST_TEST(images.products.size() == images.filled.size());
  BOOST_TEST(images.products.size() <= 2u);

  const Recorder weights =
      steps_of(problem_of("n64_c64_i14x14_k64_f3x3_phalf", Pass::grad_weights));
  BOOST_TEST(weights.products.size() <= 4u);
  BOOST_TEST(weights.products.front().depth % (14 * 14) == 0);
  BOOST_TEST(weights.products.front().depth > 14 * 14);

  const Recorder groups =
      steps_of(problem_of("n4_c96_i28x28_k96_f3x3_phalf_g96", Pass::grad_input));
  BOOST_TEST(groups.products_in_all() == 4 * 96);
  BOOST_TEST(groups.products.size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_gradient_of_one_large_image_reads_the_output_where_it_is) {
  const Recorder steps = steps_of(problem_of("n2_c64_i300x300_k64_f3x3_phalf", Pass::grad_weights));

  BOOST_TEST(steps.products.size() > 2u);
  BOOST_TEST(steps.filled.size() == steps.products.size());  // the columns alone
  for (const gpu::Products& p : steps.products) BOOST_TEST(p.a.stride == 300 * 300);
}

BOOST_AUTO_TEST_CASE(lines_of_matrices_in_the_workspace_are_whole_vectors) {
  for (const char* text : {"n67_c64_i7x7_k64_f3x3_phalf", "n64_c41_i7x7_k35_f3x3_phalf_unshared"})
    for (const Pass pass : all_passes) {
      const Recorder steps = steps_of(problem_of(text, pass, Precision::f16));
      BOOST_TEST(!steps.products.empty());
      for (const gpu::Products& p : steps.products)
        for (const gpu::Matrices& m : {p.a, p.b, p.c})
          if (m.elements.data >= far_apart().workspace) BOOST_TEST(m.stride % 8 == 0, text);
    }
}

BOOST_AUTO_TEST_CASE(unshared_filters_meet_all_images_of_many_positions_in_a_call) {
  for (const Pass pass : all_passes) {
    const Recorder steps = steps_of(problem_of("n128_c16_i28x28_k16_f3x3_phalf_g2_unshared", pass));

    BOOST_TEST(steps.products_in_all() == 28 * 28 * 2);
    BOOST_TEST(steps.products.size() <= 12u, steps.products.size());
  }
}

BOOST_AUTO_TEST_CASE(the_workspace_is_bounded_whatever_the_batch) {
  const auto bytes = [](const char* text, Pass pass, Precision precision) {
    return gpu::toeplitz_workspace(gpu::plan_toeplitz(problem_of(text, pass, precision)));
  };
  // Lines of 49 positions are padded to 56.
  const auto most = static_cast<std::size_t>(gpu::usual_chunk_bytes) * 8 / 7;
  for (const Precision precision : precisions) {
    for (const Pass pass : all_passes)
      for (const char* text :
           {"n4096_c64_i56x56_k64_f3x3_phalf", "n100000_c64_i7x7_k64_f3x3_phalf_g64",
            "n4096_c16_i28x28_k16_f3x3_unshared", "n5000_c64_i3x3_k64_f3x3"}) {
        // 16-bit gradients are summed apart, in accumulators: the filters', or of a few images.
        const ConvSpec spec = parse_spec(text);
        const bool sums = bytes_of(precision) == 2 && pass != Pass::forward;
        const auto apart = static_cast<std::size_t>(
            !sums ? 0 : std::max(4 * filter_elements(spec), gpu::usual_chunk_bytes));
        BOOST_TEST(bytes(text, pass, precision) <= most + apart,
                   text << " " << name_of(pass) << " " << name_of(precision));
      }
    BOOST_TEST(bytes("n2_c64_i2240x2240_k64_f3x3_phalf", Pass::forward, precision) <= most);
  }
}

BOOST_AUTO_TEST_CASE(more_than_2_to_the_31_columns_are_cut_into_chunks_at_64_bit_offsets) {
  constexpr index_t plane = index_t{20000} * 20000, depth = 64 * 9, chunk = index_t{1} << 30;
  for (const Precision precision : {Precision::f64, Precision::f16}) {
    const Recorder steps =
        steps_of(problem_of("n3_c64_i20000x20000_k32_f3x3_phalf", Pass::forward, precision), chunk);
    index_t position = 0;
    for (std::size_t i = 0; i < steps.products.size(); ++i) {
      const gpu::Columns& columns = steps.filled[i].map.columns;
      const gpu::Products& products = steps.products[i];
      const index_t image = static_cast<index_t>(i) % 3;

      BOOST_REQUIRE(columns.first_position == position);
      BOOST_REQUIRE(element(steps.filled[i].images, far_apart().input) == image * 64 * plane);
      BOOST_REQUIRE(element(products.c.elements, far_apart().output) ==
                    image * 32 * plane + position);
      BOOST_REQUIRE(products.columns == columns.positions);
      BOOST_REQUIRE(products.rows == 32 && products.depth == depth && products.count == 1);
      BOOST_REQUIRE(products.c.stride == plane && products.b.stride % 8 == 0);
      BOOST_REQUIRE(columns.positions * depth * bytes_of(precision) <= chunk);
      if (image == 2) position += columns.positions;
    }
    BOOST_TEST(position == plane);
  }
}

BOOST_AUTO_TEST_CASE(chunks_of_an_image_gather_what_they_reach_alone) {
  const char* const text = "c4_i2000x2000_k4_f3x3_phalf";
  const Recorder steps = steps_of(problem_of(text, Pass::grad_input));
  index_t elements = 0;
  for (const Recorder::Columns& gathered : steps.gathered)
    elements += gathered.map.gather_threads();

  BOOST_TEST(steps.gathered.size() > 10u);
  const index_t image = input_elements(parse_spec(text));
  BOOST_TEST(elements >= 2 * image);  // scaled first, then added to
  BOOST_TEST(elements <= 2 * image + image / 20);
}

BOOST_AUTO_TEST_CASE(sums_of_16_bit_gradients_do_not_grow_with_the_batch) {
  const auto sums = [](const char* text) {
    return gpu::plan_toeplitz(problem_of(text, Pass::grad_input, Precision::f16)).sum_elements;
  };
  BOOST_TEST(sums("n100000_c64_i28x28_k64_f3x3_phalf_unshared") > 0);
  BOOST_TEST(sums("n100000_c64_i28x28_k64_f3x3_phalf_unshared") * 4 <= gpu::usual_chunk_bytes);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(entries)

const Kernel& kernel_named(std::string_view name) {
  const auto kernels = gpu::kernels();
  const auto found = std::ranges::find(kernels, name, &Kernel::name);
  BOOST_REQUIRE(found != kernels.end());
  return *found;
}

BOOST_AUTO_TEST_CASE(kernels_refuse_what_they_do_not_serve) {
  const auto why = [](const char* name, const char* text) {
    return kernel_named(name).refuses(problem_of(text, Pass::forward)).value_or("");
  };

  BOOST_TEST(why("gpu.corr_mm", "c1_i2x2x2_k1_f1x1x1") == "gpu.corr_mm serves rank 1 and 2 only");
  BOOST_TEST(why("gpu.corr3d_mm", "c1_i2x2_k1_f1x1") == "gpu.corr3d_mm serves rank 3 only");
  BOOST_TEST(why("gpu.corr3d_mm.tensor_core", "c1_i2x2x2_k1_f1x1x1_unshared") ==
             "unshared filters are served by gpu.corr_mm, in rank 1 and 2");
  BOOST_TEST(why("gpu.corr_mm", "c1_i2_k1_f3").starts_with("output extent of axis 0"));
  BOOST_TEST(why("gpu.corr_mm", "n70000_c2147483648_i1_k1_f1") == "");
}

BOOST_AUTO_TEST_CASE(kernels_for_tensor_cores_claim_adders_that_truncate) {
  for (const char* name : {"gpu.corr_mm", "gpu.corr3d_mm"}) {
    BOOST_TEST(!kernel_named(name).claims.truncating_adds);
    BOOST_TEST(
        !refusal(kernel_named(name), problem_of("c1_i2_k1_f1", Pass::forward, Precision::tf32))
             .value()
             .find("does not take"));
    const Kernel& fast = kernel_named(std::string(name) + ".tensor_core");
    BOOST_TEST(fast.claims.truncating_adds);
    BOOST_TEST(refusal(fast, problem_of("c1_i2_k1_f1", Pass::forward)).value() ==
               "does not take f32");
  }
}

BOOST_AUTO_TEST_CASE(a_kernel_without_a_device_says_why) {
  const Kernel& kernel = kernel_named("gpu.corr_mm");
  const auto why = absence(kernel);
  if (!why) return;  // there is a device: other tests run the kernel

  BOOST_TEST(refusal(kernel, problem_of("c1_i2_k1_f1", Pass::forward)).value() == *why);
  BOOST_TEST((why->starts_with("no CUDA device: ") || *why == "built without CUDA" ||
              why->starts_with("libcublas")));
}

BOOST_AUTO_TEST_CASE(a_workspace_that_starts_anywhere_holds_aligned_parts) {
  const gpu::ToeplitzPlan plan =
      gpu::plan_toeplitz(problem_of("n2_c3_i9x9_k4_f3x3", Pass::grad_weights, Precision::f16));
  for (std::uintptr_t start = 0; start < 600; start += 2) {
    auto* const begin = reinterpret_cast<std::byte*>((std::uintptr_t{1} << 40) + start);

    const gpu::CallWorkspace parts = gpu::carve(begin);

    BOOST_TEST(parts.blas >= begin);
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(parts.blas) % gpu::part_alignment == 0u);
    BOOST_TEST(parts.toeplitz == parts.blas + gpu::blas_workspace_bytes);
    BOOST_TEST(parts.toeplitz + gpu::toeplitz_workspace(plan) <= begin + gpu::call_workspace(plan));
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
