// SPDX-License-Identifier: Apache-2.0
#include "emulation/source/assembly.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

#include "core/errors.hpp"
#include "emulation/source/rewrite.hpp"

BOOST_AUTO_TEST_SUITE(assembly_test)

using namespace convict;
using namespace convict::emulation;

namespace {

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

}  // namespace

BOOST_AUTO_TEST_CASE(an_asynchronous_copy_becomes_a_call_with_its_line) {
  const std::string text = rewritten_code(
      "\nvoid f() { asm volatile(\"cp.async.cg.shared.global [%0], [%1], %2, %3;\\n\" :: \"r\"(a), "
      "\"l\"(b), \"n\"(16), \"r\"(n) : \"memory\"); }");
  BOOST_TEST(has(text, "const auto convict_o0 = (a);"));
  BOOST_TEST(has(text, "copy_asynchronously(::convict_device::ptx::shared_place(convict_o0, 0)"));
  BOOST_TEST(
      has(text, "convict_o2, convict_o3, convict_o2, ::convict_device::Site{\"mine.cu\", 2}"));
}
BOOST_AUTO_TEST_CASE(outputs_are_references_and_operands_may_have_line_ends) {
  const std::string text = rewritten_code(
      "void f() { asm(\"fma.rn.f32 %0, %1, %1, \"\n\"%0;\" : \"+f\"(d[\n0]) : \"f\"(x)); }\nint "
      "line_4;");
  BOOST_TEST(has(text, "auto& convict_o0 = (d[ 0]);"));
  BOOST_TEST(std::ranges::count(text.substr(0, text.find("int line_4")), '\n') == 4);
}
BOOST_AUTO_TEST_CASE(registers_and_predicates_are_variables) {
  const std::string text = rewritten_code(
      "void f() { asm volatile(\"{ .reg .pred p; setp.ne.b32 p, %0, 0; @!p st.global.f32 [%1+4], "
      "%2; "
      "}\" :: \"r\"(n), \"l\"(y), \"f\"(v)); }");
  BOOST_TEST(has(text, "ptx::pred convict_r_p{};"));
  BOOST_TEST(has(text, "if (!convict_r_p) {"));
  BOOST_TEST(has(text, "place(convict_o1, +4)"));
}
BOOST_AUTO_TEST_CASE(special_registers_are_known_with_one_percent_sign_or_two) {
  BOOST_TEST(has(rewritten_code("void f() { asm(\"mov.u32 %0, %%laneid;\" : \"=r\"(a)); }"),
                 "ptx::laneid()"));
  BOOST_TEST(
      has(rewritten_code("void f() { asm(\"mov.u32 %0, %smid;\" : \"=r\"(a)); }"), "ptx::smid()"));
}
BOOST_AUTO_TEST_CASE(what_is_not_known_is_refused_with_its_line) {
  const std::string error =
      error_of("\n\nvoid f() { asm volatile(\"wgmma.fence.sync.aligned;\"); }");
  BOOST_TEST(error ==
             "mine.cu:3: the emulated device does not take the instruction "
             "'wgmma.fence.sync.aligned' of inline assembly (PTX)");
  BOOST_TEST(has(error_of("void f() { asm(\"bar.sync 1, 64;\"); }"), "bar.sync 1, 64"));
  BOOST_TEST(
      has(error_of("void f() { asm(\"cp.async.bulk.shared.global [%0], [%1], 16;\" :: \"r\"(a), "
                   "\"l\"(b)); }"),
          "cp.async.bulk"));
  BOOST_TEST(
      has(error_of("void f() { asm(\"mma.sync.aligned.m8n8k4.row.col.f32.f16.f16.f32 %0, %1, "
                   "%2, %3;\" : \"=f\"(a) : \"r\"(b), \"r\"(c), \"f\"(d)); }"),
          "mma.sync"));
}
BOOST_AUTO_TEST_CASE(assembly_that_is_volatile_makes_no_loop_that_waits) {
  const auto code = [](const std::string& text) {
    return rewritten("# 1 \"mine.cu\"\n" + text, "/device/");
  };
  BOOST_TEST(!code("void f() { asm volatile(\"membar.gl;\"); }").may_spin);
  BOOST_TEST(code("volatile int flag;").may_spin);
}

BOOST_AUTO_TEST_SUITE_END()
