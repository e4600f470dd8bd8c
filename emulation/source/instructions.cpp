// SPDX-License-Identifier: Apache-2.0
// Instructions of PTX as statements of C++.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>

#include "emulation/source/assembly.hpp"
#include "emulation/source/operands.hpp"

namespace convict::emulation {
namespace {

bool is_decimal(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

std::string array(const char* type, const char* name, const std::vector<std::string>& all) {
  std::string text = fmt::format("{} {}[] = {{", type, name);
  for (const std::string& one : all) text += fmt::format("{}as<{}>({}), ", space, type, one);
  return text + "};";
}

std::string product_of_matrices(const Instruction& it, const std::string& site) {
  static const std::set<std::string, std::less<>> known = {
      "m16n8k16.f32.f16.f16.f32",  "m16n8k16.f16.f16.f16.f16",  "m16n8k16.f32.bf16.bf16.f32",
      "m16n8k8.f32.f16.f16.f32",   "m16n8k8.f16.f16.f16.f16",   "m16n8k8.f32.bf16.bf16.f32",
      "m16n8k8.f32.tf32.tf32.f32", "m16n8k4.f32.tf32.tf32.f32", "m16n8k16.s32.s8.s8.s32",
      "m16n8k32.s32.s8.s8.s32",    "m16n8k16.s32.u8.u8.s32",    "m16n8k32.s32.u8.u8.s32",
      "m8n8k4.f64.f64.f64.f64"};
  const std::size_t n = it.words.size();
  if (n < 8 || it.operands.size() != 4 || !it.has("row") || !it.has("col")) return "";
  const auto shape = std::ranges::find_if(it.words, [](const auto& word) {
    return word.size() > 3 && word[0] == 'm' && is_decimal(word[1]);
  });
  if (shape == it.words.end()) return "";
  const std::string key = fmt::format("{}.{}.{}.{}.{}", *shape, it.words[n - 4], it.words[n - 3],
                                      it.words[n - 2], it.words[n - 1]);
  if (!known.contains(key)) return "";
  const auto number_after = [&](char letter) {
    return std::atoi(shape->c_str() + shape->find(letter) + 1);
  };
  const char* const registers = it.type() == "f64" ? "double" : "unsigned";
  const auto to = values(it.operands[0]);
  std::string text = "{ ";
  text += array(registers, "convict_a", values(it.operands[1]));
  text += array(registers, "convict_b", values(it.operands[2]));
  text += array(registers, "convict_c", values(it.operands[3]));
  text += fmt::format(
      R"( {}multiply({}, {}, {}, "{}", "{}", "{}", {}, convict_a, convict_b, convict_c, {});)",
      space, number_after('m'), number_after('n'), number_after('k'), it.words[n - 3],
      it.words[n - 1], it.words[n - 4], it.has("satfinite"), site);
  for (std::size_t i = 0; i < to.size(); ++i)
    text += fmt::format(" {}set<{}>({}, convict_c[{}]);", space, registers, to[i], i);
  return text + " }";
}

std::string move(const Instruction& it) {
  if (it.operands.size() != 2) return "";
  const auto to = values(it.operands[0]), from = values(it.operands[1]);
  if (to.size() == 1 && from.size() == 1)
    return set(it.type(), it.operands[0], as(it.type(), it.operands[1]));
  const char* const function = to.size() == 1 ? "pack" : "unpack";
  return fmt::format("{}{}<{}>({}, {});", space, function, type_name(it.type()),
                     fmt::join(to, ", "), fmt::join(from, ", "));
}

/// Instructions that compute: the expression of their operands a, b, c.
std::string computation(const Instruction& it) {
  static const std::map<std::string, std::string, std::less<>> expressions = {
      {"add", "{0} + {1}"},
      {"sub", "{0} - {1}"},
      {"mul", "{0} * {1}"},
      {"mad", "{0} * {1} + {2}"},
      {"and", "{0} & {1}"},
      {"or", "{0} | {1}"},
      {"xor", "{0} ^ {1}"},
      {"shl", "{0} << {1}"},
      {"shr", "{0} >> {1}"},
      {"not", "~{0}"},
      {"neg", "-{0}"},
      {"abs", "::std::abs({0})"},
      {"min", "::min({0}, {1})"},
      {"max", "::max({0}, {1})"},
      {"div", "{0} / {1}"},
      {"fma", "::std::fma({0}, {1}, {2})"},
      {"rcp", "1 / {0}"},
      {"sqrt", "::std::sqrt({0})"},
      {"rsqrt", "1 / ::std::sqrt({0})"},
      {"ex2", "::std::exp2({0})"},
      {"lg2", "::std::log2({0})"},
      {"tanh", "::std::tanh({0})"},
      {"sin", "::std::sin({0})"},
      {"cos", "::std::cos({0})"},
      {"rem", "{0} % {1}"}};
  const auto found = expressions.find(it.words[0]);
  if (found == expressions.end() || it.operands.size() < 2 || !types().contains(it.type()) ||
      it.has("wide") || it.has("hi") || it.has("cc") || it.has("sat") || it.has("rz") ||
      it.has("rm") || it.has("rp"))
    return "";
  std::array<std::string, 3> of;
  for (std::size_t i = 0; i < 3 && i + 1 < it.operands.size(); ++i)
    of[i] = as(it.type(), it.operands[i + 1]);
  return set(it.type(), it.operands[0],
             fmt::format(fmt::runtime(found->second), of[0], of[1], of[2]));
}

std::string comparison(const Instruction& it) {
  static const std::map<std::string, std::string, std::less<>> signs = {
      {"eq", "=="}, {"ne", "!="}, {"lt", "<"},  {"le", "<="}, {"gt", ">"},
      {"ge", ">="}, {"lo", "<"},  {"ls", "<="}, {"hi", ">"},  {"hs", ">="}};
  if (it.words.size() != 3 || it.operands.size() != 3 || !signs.contains(it.words[1])) return "";
  return fmt::format("{} = {} {} {};", value(it.operands[0]), as(it.type(), it.operands[1]),
                     signs.at(it.words[1]), as(it.type(), it.operands[2]));
}

std::string conversion(const Instruction& it) {
  if (it.operands.size() < 2) return "";
  static const std::set<std::string, std::less<>> special = {
      "rn.f16.f32",   "f32.f16",       "rn.bf16.f32", "rna.tf32.f32",
      "rn.f16x2.f32", "rn.bf16x2.f32", "f32.bf16"};
  std::string rest = fmt::format("{}", fmt::join(it.words.begin() + 1, it.words.end(), "."));
  if (special.contains(rest)) {
    std::ranges::replace(rest, '.', '_');
    std::vector<std::string> from;
    for (std::size_t i = 1; i < it.operands.size(); ++i) from.push_back(value(it.operands[i]));
    return fmt::format("{}convert_{}({}, {});", space, rest, value(it.operands[0]),
                       fmt::join(from, ", "));
  }
  const std::size_t n = it.words.size();
  if (n < 3 || !types().contains(it.words[n - 1]) || !types().contains(it.words[n - 2])) return "";
  const std::string to = type_name(it.words[n - 2]);
  std::string from = as(it.words[n - 1], it.operands[1]);
  if (it.has("rni"))
    from = fmt::format("::std::rint({})", from);
  else if (n > 3 && !it.has("rzi") && !it.has("rn"))
    return "";
  return fmt::format("{}set<{}>({}, static_cast<{}>({}));", space, to, value(it.operands[0]), to,
                     from);
}

std::string address_conversion(const Instruction& it) {
  if (it.operands.size() != 2) return "";
  const std::string from = as("b64", it.operands[1]);
  if (!is_shared(it)) return set("b64", it.operands[0], from);
  const bool to_shared = it.has("to");
  return set("b64", it.operands[0],
             fmt::format("{}{}({})", space, to_shared ? "to_shared" : "from_shared", from));
}

std::string barrier(const Instruction& it, const std::string& site) {
  if (it.has("warp") && it.operands.size() == 1)
    return fmt::format("__syncwarp({}, {});", value(it.operands[0]), site);
  // Barriers with other numbers, or of some threads only, are none of __syncthreads.
  if (!it.has("sync") || it.operands.size() != 1 || it.operands[0] != "0") return "";
  return fmt::format("__syncthreads({});", site);
}

std::string unguarded(const Instruction& it, const std::string& site) {
  const std::string& word = it.words[0];
  if (word == "ld" || word == "st" || word == "ldu") return memory_access(it, site);
  if (word == "red" || word == "atom") return atomic(it, site);
  if (word == "cp" && it.words.size() > 2 && it.words[1] == "async")
    return asynchronous_copy(it, site);
  if (word == "ldmatrix") return load_of_matrices(it, site);
  if (word == "mma") return product_of_matrices(it, site);
  if (word == "mov") return move(it);
  if (word == "cvta") return address_conversion(it);
  if (word == "cvt") return conversion(it);
  if (word == "setp") return comparison(it);
  if (word == "selp" && it.operands.size() == 4)
    return set(it.type(), it.operands[0],
               fmt::format("{} ? {} : {}", value(it.operands[3]), as(it.type(), it.operands[1]),
                           as(it.type(), it.operands[2])));
  if (word == "lop3" && it.operands.size() == 5)
    return set("b32", it.operands[0],
               fmt::format("{}lop3({}, {}, {}, {})", space, value(it.operands[1]),
                           value(it.operands[2]), value(it.operands[3]), value(it.operands[4])));
  if (word == "bar" || word == "barrier") return barrier(it, site);
  if (word == "membar" || (word == "fence" && !it.has("proxy") && !it.has("mbarrier_init")))
    return "::convict_device::fence();";
  if (word == "prefetch" || word == "nanosleep" || word == "discard" || word == "pmevent")
    return ";";
  if (word == "trap") return fmt::format("::convict_device::trap(\"trap\", {});", site);
  if (word == "activemask" && it.operands.size() == 1)
    return set("b32", it.operands[0], "__activemask()");
  return computation(it);
}

}  // namespace

std::string instruction_as_cpp(const Instruction& instruction, const std::string& site) {
  std::string statement = unguarded(instruction, site);
  if (statement.empty() || instruction.guard.empty()) return statement;
  return fmt::format("if ({}) {{ {} }}", value(instruction.guard), statement);
}

}  // namespace convict::emulation
