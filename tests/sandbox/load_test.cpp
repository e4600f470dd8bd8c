// SPDX-License-Identifier: Apache-2.0
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/errors.hpp"
#include "tests/sandbox/plugin_path.hpp"
#include "tests/sandbox/plugin_sandbox.hpp"

namespace convict {

BOOST_AUTO_TEST_SUITE(load_test)

namespace {

constexpr sandbox::Limits short_limit{.time_s = 0.5};

/// Selects a fault of the plug-in bad_at_load for the lifetime of this object.
struct Fault {
  explicit Fault(const std::string& name) { ::setenv("CONVICT_TEST_FAULT", name.c_str(), 1); }
  ~Fault() { ::unsetenv("CONVICT_TEST_FAULT"); }
};

/// A temporary folder, removed with its files.
struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("convict-sandbox-" + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
};

std::string why_unusable(const std::string& path) {
  try {
    sandbox::load_plugin(path, short_limit);
  } catch (const InputError& error) {
    return error.what();
  }
  return "it was loaded";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct Case {
  const char* fault;
  const char* words;
};
std::ostream& operator<<(std::ostream& out, const Case& bad) { return out << bad.fault; }

const Case cases[] = {
    {"constructor_segfaults", "signal 11 (Segmentation fault) during loading"},
    {"constructor_hangs", "no answer within 0.5 s during loading"},
    {"constructor_exits", "exited with status 0 during loading"},
    {"entry_hangs", "no answer within 0.5 s during loading"},
    {"entry_throws", "threw int"},
    {"null_table", "convict_plugin_v1 returned null"},
    {"other_abi", "has ABI 2; this program speaks ABI 1"},
    {"short_table", "its table has size 4; it must be sizeof the struct, at least 24"},
    {"no_kernels", "has 0 kernels; it must have from 1 to 1000000"},
    {"too_many_kernels", "has 2147483647 kernels; it must have from 1 to 1000000"},
    {"null_list", "has 2 kernels, and no list of them: kernels is null"},
    {"null_kernel", "kernel 1 is null"},
    {"wild_kernel", "signal 11 (Segmentation fault) during loading"},
    {"short_kernel", "kernel 1 has size 40; it must be sizeof the struct"},
    {"half_kernel", "; sizeof the struct was "},
    {"no_spec", "kernel 'second' has the example 'c1_i4_k1_f9', which is no problem: "},
    {"null_name", "kernel 1 has no name"},
    {"empty_name", "kernel '': a name is made of"},
    {"name_with_a_space", "kernel 'my kernel': a name is made of"},
    {"null_run", "kernel 1 ('second') has no run"},
    {"duplicate_names", "two kernels are named 'bad_at_load.first'"},
    {"no_pass", "kernel 'second' has passes 0; at least one bit must be set"},
    {"unknown_pass", "kernel 'second' has passes 9; the bits that mean something are 7"},
    {"no_precision", "kernel 'second' has precisions 0"},
    {"unknown_precision", "kernel 'second' has precisions 64"},
    {"unknown_arithmetic", "kernel 'second' has arithmetic 3"},
    {"winograd_without_tile", "kernel 'second' has winograd_tile 0"},
    {"two_accumulators", "kernel 'second' has accumulator 3"},
    {"negative_over_read", "kernel 'second' has over_read -1; it must be from 0 to 4096"},
    {"unknown_axis", "kernel 'second' has transform_axes 8; the bits that mean something are 7"},
    {"unknown_fallback",
     "kernel 'second' has transform_fallback 2; it must be one of CONVICT_FALLBACK_ALL_AXES"},
    {"axes_of_direct_sums",
     "kernel 'second' has transform_axes 4; it needs arithmetic CONVICT_WINOGRAD"},
    {"fallback_of_direct_sums",
     "kernel 'second' has transform_fallback 1; it needs arithmetic CONVICT_WINOGRAD"},
    {"unknown_layout", "kernel 'second' has layouts 'nhhc': bad recipe: layout=nhhc"},
    {"blank_layouts", "kernel 'second' has layouts that name none"},
    {"unknown_special_strides", "kernel 'second' has special_strides 4; the bits that mean"},
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_table_of_very_many_kernels_is_loaded_in_seconds) {
  const Fault fault("very_many");
  const auto begin = std::chrono::steady_clock::now();

  const auto subjects = sandbox::load_plugin(plugin_path("bad_at_load"));

  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  BOOST_REQUIRE(subjects.size() == 100'000U);
  BOOST_TEST(subjects.front().kernel.name == "bad_at_load.k0");
  BOOST_TEST(subjects.back().kernel.name == "bad_at_load.k99999");
  BOOST_TEST_MESSAGE("100,000 kernels in " << took.count() << " s");
  BOOST_TEST(took.count() < 30);  // looking for duplicates in pairs took 28 s of CPU time alone
}

BOOST_DATA_TEST_CASE(a_faulty_plug_in_is_rejected_with_the_reason,
                     boost::unit_test::data::make(cases), bad) {
  const Fault fault(bad.fault);

  const std::string why = why_unusable(plugin_path("bad_at_load"));

  BOOST_TEST(contains(why, bad.words), why);
  BOOST_TEST(contains(why, plugin_path("bad_at_load")), why);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_plug_in_is_rejected) {
  const Folder folder;
  const auto text = folder.path / "text.so";
  std::ofstream(text) << "int main(void);\n";

  BOOST_TEST(contains(why_unusable((folder.path / "none.so").string()), "No such file"));
  BOOST_TEST(contains(why_unusable(folder.path.string()), "not a file"));
  BOOST_TEST(contains(why_unusable(text.string()), "cannot be loaded: "));
  BOOST_TEST(contains(why_unusable(plugin_path("no_entry")), "exports no convict_plugin_v1"));
}

BOOST_AUTO_TEST_CASE(a_kernel_has_the_declarations_and_claims_of_its_plug_in) {
  const auto subjects = sandbox::load_plugin(plugin_path("bad_at_load"));

  BOOST_REQUIRE(subjects.size() == 2);
  const Kernel& first = subjects[0].kernel;
  BOOST_TEST(first.name == "bad_at_load.first");
  BOOST_TEST((first.passes == std::vector{Pass::forward, Pass::grad_weights}));
  BOOST_TEST((first.precisions == std::vector{Precision::f64, Precision::bf16}));
  BOOST_TEST(first.any_strides);
  BOOST_TEST((first.example == parse_spec("n16_c32_i14x14_k32_f1x1")));
  BOOST_TEST(!subjects[1].kernel.example.has_value());
  BOOST_TEST(first.zero_strides);
  BOOST_TEST(first.negative_strides);
  BOOST_TEST((first.claims.arithmetic.kind == Arithmetic::Class::winograd));
  BOOST_TEST(first.claims.arithmetic.tile == 2);
  BOOST_TEST(first.claims.arithmetic.taps == 3);
  BOOST_TEST((first.claims.accumulator == Precision::f32));
  BOOST_TEST((first.claims.input_rounding == Precision::bf16));
  BOOST_TEST(first.claims.accumulation_depth == 12);
  BOOST_TEST(first.claims.truncating_adds);
  BOOST_TEST(first.claims.truncation_block == 4);
  BOOST_TEST(first.claims.flush_to_zero);
  BOOST_TEST(first.claims.denormals_are_zero);
  BOOST_TEST(!first.claims.deterministic);
  BOOST_TEST(first.claims.required_alignment == 16);
  BOOST_TEST(first.claims.over_read == 3);
  BOOST_TEST(first.claims.arithmetic.axes == 6U);
  BOOST_TEST((first.claims.arithmetic.fallback == Arithmetic::Fallback::that_axis));
  const Claims& plain = subjects[1].kernel.claims;
  BOOST_TEST(!subjects[1].kernel.any_strides);
  BOOST_TEST((plain.arithmetic.kind == Arithmetic::Class::direct));
  BOOST_TEST(!plain.accumulator);
  BOOST_TEST(plain.truncation_block == 1);
  BOOST_TEST(plain.deterministic);
  BOOST_TEST(!plain.same_for_threads);
  BOOST_TEST(plain.required_alignment == 1);
}

BOOST_AUTO_TEST_CASE(a_plug_in_built_before_there_were_examples_has_none) {
  const Fault fault("without_example");

  const auto subjects = sandbox::load_plugin(plugin_path("bad_at_load"));

  BOOST_REQUIRE(subjects.size() == 2);
  BOOST_TEST(!subjects[1].kernel.example.has_value());
}

BOOST_AUTO_TEST_CASE(a_list_of_layouts_is_read_where_the_struct_has_it) {
  const auto second = [](const char* fault) {
    const Fault set(fault);
    return sandbox::load_plugin(plugin_path("bad_at_load")).at(1).kernel;
  };

  BOOST_TEST(
      (second("two_layouts").layouts == std::vector{Layout::nhwc, parse_layout("nchw:rsck:nchw")}));
  BOOST_TEST((second("no_layout").layouts == std::vector{Layout::nchw}));
  const Kernel old = second("before_layouts");
  BOOST_TEST((old.layouts == std::vector{Layout::nchw}));
  BOOST_TEST(!old.zero_strides);
  BOOST_TEST(!old.negative_strides);
}

BOOST_AUTO_TEST_CASE(what_a_kernel_does_not_declare_is_refused_without_calling_it) {
  const auto subjects = sandbox::load_plugin(plugin_path("bad_at_load"));
  const auto dense_only = subjects[1].open();
  const Fault fault("constructor_segfaults");  // a call would crash

  const auto refusal = [&](const KernelCall& call) {
    return dense_only->admit(call.problem).refusal.value_or("taken");
  };

  BOOST_TEST(refusal(KernelCall("c2_i4_k1_f1", Pass::forward, Precision::f64, Layout::nhwc)) ==
             "takes dense NCHW tensors only");
  BOOST_TEST(refusal(KernelCall(tiny, Pass::grad_input, Precision::f64)) ==
             "does not compute grad_input");
  BOOST_TEST(refusal(KernelCall(tiny)) == "does not take f32");
  BOOST_TEST(refusal(KernelCall(tiny, Pass::forward, Precision::f64)) == "taken");
}

BOOST_AUTO_TEST_CASE(a_plug_in_that_dies_when_loaded_again_is_a_crash) {
  const auto sandbox = sandbox::load_plugin(plugin_path("bad_at_load"))[0].open();
  const Fault fault("constructor_segfaults");
  const KernelCall call(tiny, Pass::forward, Precision::f64);
  call.fill(*sandbox);

  const sandbox::CallEnd end = call.run(*sandbox);

  BOOST_TEST((end.kind == sandbox::CallEnd::Kind::crashed));
  BOOST_TEST(end.how == "signal 11 (Segmentation fault) during loading");
}

BOOST_AUTO_TEST_CASE(a_plug_in_that_was_rebuilt_meanwhile_is_rejected) {
  const Folder folder;
  const auto copy = folder.path / "mine.so";
  std::filesystem::copy_file(plugin_path("bad_at_load"), copy);
  const auto subject = sandbox::load_plugin(copy.string())[0];
  BOOST_TEST(subject.kernel.name == "mine.first");
  const auto sandbox = subject.open();
  const KernelCall call(tiny, Pass::forward, Precision::f64);
  call.fill(*sandbox);

  std::filesystem::last_write_time(
      copy, std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));

  BOOST_CHECK_THROW(call.run(*sandbox), InputError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace convict
