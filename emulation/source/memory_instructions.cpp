// SPDX-License-Identifier: Apache-2.0
// Operands of PTX, and its instructions that access memory.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "emulation/source/operands.hpp"

namespace convict::emulation {
namespace {

bool is_decimal_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

}  // namespace

const std::set<std::string, std::less<>>& types() {
  static const std::set<std::string, std::less<>> all = {"b8",  "u8",  "s8",  "b16", "u16",
                                                         "s16", "b32", "u32", "s32", "f32",
                                                         "b64", "u64", "s64", "f64", "pred"};
  return all;
}
std::string type_name(const std::string& type) { return space + type; }

std::string value(std::string text) {
  if (text.empty()) return "missing";
  if (text.starts_with('!')) return "!" + value(text.substr(1));
  if (text.starts_with('%') && text.size() > 1 && is_decimal_digit(text[1]))
    return "convict_o" + text.substr(1);
  if (text.starts_with("0f") || text.starts_with("0F"))
    return fmt::format("{}float_of_bits(0x{})", space, text.substr(2));
  if (is_decimal_digit(text.front()) || text.front() == '-') return text;
  static const std::set<std::string, std::less<>> special = {
      "laneid",      "warpid",      "nwarpid",     "smid",        "nsmid",
      "clock",       "clock64",     "globaltimer", "tid.x",       "tid.y",
      "tid.z",       "ntid.x",      "ntid.y",      "ntid.z",      "ctaid.x",
      "ctaid.y",     "ctaid.z",     "nctaid.x",    "nctaid.y",    "nctaid.z",
      "lanemask_lt", "lanemask_le", "lanemask_gt", "lanemask_ge", "lanemask_eq"};
  const bool has_percent = text.starts_with('%');
  if (has_percent) text.erase(0, 1);
  if (has_percent && special.contains(text)) {
    std::ranges::replace(text, '.', '_');
    return fmt::format("{}{}()", space, text);
  }
  return "convict_r_" + text;
}
std::vector<std::string> values(const std::string& operand) {
  if (!operand.starts_with('{')) return {value(operand)};
  std::vector<std::string> all;
  std::string part;
  for (const char c : operand.substr(1)) {
    if (c == ',' || c == '}')
      all.push_back(value(part)), part.clear();
    else if (std::isspace(static_cast<unsigned char>(c)) == 0)
      part += c;
  }
  return all;
}
std::string as(const std::string& type, const std::string& operand) {
  return fmt::format("{}as<{}>({})", space, type_name(type), value(operand));
}
std::string set(const std::string& type, const std::string& to, const std::string& expression) {
  return fmt::format("{}set<{}>({}, {});", space, type_name(type), value(to), expression);
}

std::string pointer(const std::string& operand, bool is_shared) {
  if (!operand.starts_with('[')) return "missing";
  std::string inner = operand.substr(1, operand.size() - 2);
  std::erase_if(inner, [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; });
  const std::size_t sign = inner.find_first_of("+-", 1);
  const std::string offset = sign == std::string::npos ? "0" : inner.substr(sign);
  return fmt::format("{}{}({}, {})", space, is_shared ? "shared_place" : "place",
                     value(inner.substr(0, sign)), offset);
}
bool is_shared(const Instruction& it) { return it.has("shared") || it.has("shared::cta"); }

std::string memory_access(const Instruction& it, const std::string& site) {
  const bool is_load = it.words[0] == "ld" || it.words[0] == "ldu";
  for (const char* word : {"acquire", "release", "volatile", "relaxed", "shared::cluster"})
    if (it.has(word)) return "";
  if (it.operands.size() != 2 || !types().contains(it.type())) return "";
  const auto parts = values(it.operands[is_load ? 0 : 1]);
  const std::string at = pointer(it.operands[is_load ? 1 : 0], is_shared(it));
  const std::string type = type_name(it.type());
  std::string text = fmt::format("{{ {} convict_v[{}]; ", type, parts.size());
  const std::string call = fmt::format("(convict_v, {}, sizeof convict_v, {});", at, site);
  if (is_load) text += "::convict_device::load_bytes" + call;
  for (std::size_t i = 0; i < parts.size(); ++i)
    text += is_load ? fmt::format(" {}set<{}>({}, convict_v[{}]);", space, type, parts[i], i)
                    : fmt::format(" convict_v[{}] = {}as<{}>({});", i, space, type, parts[i]);
  if (!is_load)
    text += fmt::format(" ::convict_device::store_bytes({}, convict_v, sizeof convict_v, {});", at,
                        site);
  return text + " }";
}

std::string atomic(const Instruction& it, const std::string& site) {
  static const std::map<std::string, std::string, std::less<>> functions = {
      {"add", "Add"}, {"min", "Min"}, {"max", "Max"}, {"exch", "Exch"}, {"and", "And"},
      {"or", "Or"},   {"xor", "Xor"}, {"inc", "Inc"}, {"dec", "Dec"},   {"cas", "CAS"}};
  for (const char* word : {"acquire", "release", "acq_rel", "noftz", "v2", "v4"})
    if (it.has(word)) return "";
  if (!types().contains(it.type())) return "";
  const std::size_t at = it.words[0] == "red" ? 0 : 1;
  if (it.operands.size() < at + 2) return "";
  for (const auto& [word, function] : functions) {
    if (!it.has(word)) continue;
    std::string call = fmt::format("atomic{}(({}*){}", function, type_name(it.type()),
                                   pointer(it.operands[at], is_shared(it)));
    for (std::size_t i = at + 1; i < it.operands.size(); ++i)
      call += ", " + as(it.type(), it.operands[i]);
    call += fmt::format(", {})", site);
    return at == 0 ? call + ";" : set(it.type(), it.operands[0], call);
  }
  return "";
}

std::string asynchronous_copy(const Instruction& it, const std::string& site) {
  if (it.has("commit_group")) return "::convict_device::commit_copies();";
  if (it.has("wait_all")) return "::convict_device::wait_for_all_copies();";
  if (it.has("wait_group") && it.operands.size() == 1)
    return fmt::format("::convict_device::wait_for_copies({});", value(it.operands[0]));
  const bool copies = it.words.size() > 2 && (it.words[2] == "ca" || it.words[2] == "cg");
  if (!copies || it.operands.size() < 3) return "";
  const std::string bytes = value(it.operands[2]);
  return fmt::format("::convict_device::copy_asynchronously({}, {}, {}, {}, {}, {});",
                     pointer(it.operands[0], true), pointer(it.operands[1], false), bytes,
                     it.operands.size() > 3 ? value(it.operands[3]) : bytes, bytes, site);
}

std::string load_of_matrices(const Instruction& it, const std::string& site) {
  if (!it.has("m8n8") || it.type() != "b16" || it.operands.size() != 2) return "";
  const auto to = values(it.operands[0]);
  std::string text = fmt::format(
      "{{ unsigned convict_v[{}]; ::convict_device::load_matrices(convict_v, {}, {}, {}, {});",
      to.size(), to.size(), it.has("trans"), pointer(it.operands[1], is_shared(it)), site);
  for (std::size_t i = 0; i < to.size(); ++i)
    text += fmt::format(" {}set<{}b32>({}, convict_v[{}]);", space, space, to[i], i);
  return text + " }";
}

}  // namespace convict::emulation
