// SPDX-License-Identifier: Apache-2.0
#include "emulation/source/rewrite.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "core/errors.hpp"
#include "emulation/source/token.hpp"

BOOST_AUTO_TEST_SUITE(rewrite_test)

using namespace convict;
using namespace convict::emulation;

namespace {

/// `code` in line 1 of mine.cu, as the preprocessor would hand it on.
std::string rewritten_code(const std::string& code) {
  return rewritten("# 1 \"mine.cu\"\n" + code, "/device/").text;
}
bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
std::string error_of(const std::string& code) {
  try {
    rewritten_code(code);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}
auto lines(const std::string& text) { return std::ranges::count(text, '\n'); }

}  // namespace

BOOST_AUTO_TEST_CASE(the_texts_of_all_tokens_are_the_source) {
  const std::string source =
      "# 1 \"a.cu\"\nint a = 0x1p-3f + 1'000; // \"\n# 7 \"/usr/x.h\" 1 3\nauto s = "
      "R\"x(a)\" b)x\" u8\"\\\"\" L'\\'';\n#pragma unroll\nf<<<1, 2>>>(.5e+3);\n\"open\nx";
  std::string joined;
  for (const Token& token : tokens_of(source, "")) joined += token.text;
  BOOST_TEST(joined == source);
}

BOOST_AUTO_TEST_CASE(tokens_know_their_file_and_line) {
  const std::string source = "# 41 \"a.cu\"\n\none\n# 5 \"/usr/b.h\" 1 3\ntwo three\n";
  std::vector<Token> words;
  for (const Token& token : tokens_of(source, ""))
    if (token.kind == Token::Kind::word) words.push_back(token);
  BOOST_REQUIRE(words.size() == 3);
  BOOST_TEST(words[0].file == "a.cu");
  BOOST_TEST(words[0].line == 42);
  BOOST_TEST(!words[0].from_system);
  BOOST_TEST(words[2].file == "/usr/b.h");
  BOOST_TEST(words[2].line == 5);
  BOOST_TEST(words[2].from_system);
}

BOOST_AUTO_TEST_CASE(a_launch_becomes_a_call_with_its_name_and_line) {
  const std::string text = rewritten_code(
      "void f() {\n  a::conv<4, T><<<dim3(1, (n > 3) >> 1), 2, 0, s>>>(x, g(1, 2));\n}");
  BOOST_TEST(has(text, "LaunchSite{\"conv\", \"mine.cu\", 2}.configured("));
  BOOST_TEST(has(text, "dim3(1, (n > 3) >> 1), 2, 0, s).run([=](auto... convict_argument)"));
  BOOST_TEST(has(text, "a::conv<4, T>(convict_argument...); }, x, g(1, 2));"));
  BOOST_TEST(!has(text, "<<<"));
  BOOST_TEST(!has(text, ">>>"));
}

BOOST_AUTO_TEST_CASE(a_launch_without_arguments_and_one_with_a_null_pointer) {
  BOOST_TEST(has(rewritten_code("void f() { k<<<1, 1>>>(); }"), "k(convict_argument...); });"));
  BOOST_TEST(has(rewritten_code("void f() { k<<<1, 1>>>(0, x0, 10); }"),
                 ", ::convict_device::Zero{}, x0, 10);"));
}

BOOST_AUTO_TEST_CASE(lines_keep_their_numbers) {
  const std::string code =
      "__global__ void\nk(float* x)\n{\n  __shared__ float\n    a[4],\n    b;\n}\nvoid f() {\n  "
      "k\n  <<<1,\n  2>>>(\n  x);\n}\nint last;\n";
  const std::string text = rewritten_code(code);
  BOOST_TEST(lines(text) == lines(code) + 1);
  BOOST_TEST(lines(text.substr(0, text.find("int last"))) ==
             lines(code.substr(0, code.find("int last"))) + 1);
}

BOOST_AUTO_TEST_CASE(shared_memory_in_a_function_is_a_reference_to_an_object_of_the_block) {
  const std::string text = rewritten_code(
      "template <class T> __global__ void k() { __shared__ __align__(16) T a[2][M + 1], b; a[0][1] "
      "= b; }");
  BOOST_TEST(has(text, " alignas(16) T a[2][M + 1], b; };"));
  BOOST_TEST(has(text,
                 "auto& a = (::convict_device::shared_object<decltype(convict_shared_1::a), "
                 "convict_shared_1, 0>(\"a\", \"mine.cu\", 1));"));
  BOOST_TEST(has(text, "auto& b = (::convict_device::shared_object<"));
  BOOST_TEST(has(text, "a[0][1] = b;"));
}

BOOST_AUTO_TEST_CASE(dynamic_shared_memory_is_a_pointer) {
  const std::string text =
      rewritten_code("__global__ void k() { extern __shared__ float4 tile[]; tile[0] = tile[1]; }");
  BOOST_TEST(has(text, "float4 tile[1]; };"));
  BOOST_TEST(has(text, "auto* const tile = (::convict_device::dynamic_shared<"));
}

BOOST_AUTO_TEST_CASE(shared_memory_outside_of_functions_is_looked_up_where_it_is_used) {
  const std::string text = rewritten_code(
      "extern __shared__ float pool[];\n__global__ void k(A q) { pool[0] = q.pool; }");
  BOOST_TEST(!has(text, "auto* const pool"));
  BOOST_TEST(has(text,
                 "{ (::convict_device::dynamic_shared<decltype(convict_shared_1::pool)>("
                 "\"pool\"))[0] = q.pool; }"));
}

BOOST_AUTO_TEST_CASE(words_of_cuda_disappear_in_the_users_code_only) {
  const std::string text = rewritten_code(
      "__global__ __launch_bounds__(256, 2) void k();\n__device__ __forceinline__ int f();\n"
      "# 1 \"/device/include/x.hpp\"\n__device__ int g();\n# 9 \"/usr/y.h\" 3\n__device__ int "
      "h();\n");
  BOOST_TEST(!has(text, "__global__"));
  BOOST_TEST(!has(text, "__launch_bounds__"));
  BOOST_TEST(has(text, "inline int f();"));
  BOOST_TEST(has(text, "__device__ int g();"));
  BOOST_TEST(has(text, "__device__ int h();"));
}

BOOST_AUTO_TEST_CASE(comparisons_shifts_and_texts_are_left_alone) {
  const std::string code =
      "bool f(int a) { std::vector<std::vector<std::vector<int>>> v; return a<b && c>>2>d, "
      "\"k<<<1,2>>>(x)\"; }";
  BOOST_TEST(has(rewritten_code(code), code));
}

BOOST_AUTO_TEST_CASE(a_kernel_given_by_its_address_keeps_its_name) {
  const std::string text = rewritten_code(
      "void f() { cudaFuncSetAttribute((const void*)a::conv<4, 8>, x, 1 << 16);\n"
      "cudaLaunchKernel(reinterpret_cast<void*>(&conv), g, b, p, 0, s); }");
  BOOST_TEST(has(text, "cudaFuncSetAttribute(::convict_device::function(\"conv\", a::conv<4, 8>)"));
  BOOST_TEST(has(text, "cudaLaunchKernel(::convict_device::function(\"conv\", &conv), g, b"));
}

BOOST_AUTO_TEST_CASE(what_the_emulated_device_has_not_is_refused_with_file_and_line) {
  BOOST_TEST(error_of("int a;\ntexture<float> t;") ==
             "mine.cu:2: the emulated device does not take textures (texture)");
  BOOST_TEST(error_of("int surface = 3, texture; int area() { return surface * texture; }") == "");
  BOOST_TEST(has(error_of("__global__ void __cluster_dims__(2, 1, 1) k();"), "mine.cu:1: "));
  BOOST_TEST(has(error_of("\n\nvoid f() { a <<< b; }"), "mine.cu:3: "));
  BOOST_TEST(has(error_of("void f() { k<<<1, (2>>>(x); }"), "a bracket that is never closed"));
}

BOOST_AUTO_TEST_CASE(volatile_says_that_threads_may_wait_in_loops) {
  BOOST_TEST(!rewritten("# 1 \"a.cu\"\nint a;", "").may_spin);
  BOOST_TEST(rewritten("# 1 \"a.cu\"\nvolatile int a;", "").may_spin);
}

BOOST_AUTO_TEST_SUITE_END()
