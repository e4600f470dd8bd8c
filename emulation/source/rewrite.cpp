// SPDX-License-Identifier: Apache-2.0
#include "emulation/source/rewrite.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "core/errors.hpp"
#include "emulation/source/assembly.hpp"
#include "emulation/source/shared_declaration.hpp"
#include "emulation/source/text.hpp"

namespace convict::emulation {
namespace {

using Kind = Token::Kind;

/// Words that mean nothing on the emulated device, where host and device are one.
constexpr std::array dropped = {"__global__",   "__device__",  "__host__",
                                "__constant__", "__managed__", "__grid_constant__"};

struct Refused {
  std::string_view word;
  std::string_view what;
};
constexpr std::array refused = {
    Refused{"__cluster_dims__", "clusters of blocks"},
    Refused{"this_cluster", "clusters of blocks"},
    Refused{"cudaLaunchAttributeClusterDimension", "clusters of blocks"},
    Refused{"cudaTextureObject_t", "textures"},
    Refused{"cudaSurfaceObject_t", "surfaces"},
    Refused{"cudaCreateTextureObject", "textures"},
    Refused{"cuModuleLoad", "modules of the driver interface"},
    Refused{"cuLaunchKernel", "launches through the driver interface"},
};

/// Functions that take a kernel's address, often cast to void*, and which argument it is.
struct TakesKernel {
  std::string_view function;
  std::size_t argument;
};
constexpr std::array takes_kernel = {
    TakesKernel{"cudaLaunchKernel", 0},
    TakesKernel{"cudaLaunchCooperativeKernel", 0},
    TakesKernel{"cudaFuncSetAttribute", 0},
    TakesKernel{"cudaFuncSetCacheConfig", 0},
    TakesKernel{"cudaFuncGetAttributes", 1},
    TakesKernel{"cudaOccupancyMaxActiveBlocksPerMultiprocessor", 1},
    TakesKernel{"cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags", 1},
    TakesKernel{"cudaOccupancyMaxPotentialBlockSize", 2},
    TakesKernel{"cudaOccupancyMaxPotentialBlockSizeVariableSMem", 2},
    TakesKernel{"cudaLaunchKernelEx", 1},
};

class Rewriter {
 public:
  Rewriter(std::string_view source, std::string_view own_headers) : text_(source, own_headers) {}

  Rewritten run() {
    for (std::size_t at = 0; at < text_.size(); ++at)
      if (!text_[at].from_system && !text_.is_removed(at)) visit(at);
    return {text_.str(), may_spin_};
  }

 private:
  void visit(std::size_t at) {
    const Token& token = text_[at];
    if (token.kind == Kind::sign) return visit_sign(at);
    if (token.kind != Kind::word) return;
    if (std::ranges::find(dropped, token.text) != dropped.end()) return text_.remove(at);
    if (const auto* const no = std::ranges::find(refused, token.text, &Refused::word);
        no != refused.end())
      refuse(text_, at, fmt::format("{} ({})", no->what, no->word));
    // As variables these are words like others.
    if ((token.text == "texture" || token.text == "surface") && text_.is(text_.after(at), "<"))
      refuse(text_, at, fmt::format("{0}s ({0})", token.text));
    if (token.text == "__forceinline__") return text_.replace(at, "inline");
    if (token.text == "__align__") return text_.replace(at, "alignas");
    if (token.text == "__launch_bounds__") return text_.remove(at, text_.closing(text_.after(at)));
    if (token.text == "__noinline__" && !text_.is(text_.before(at), "("))
      return text_.replace(at, "__attribute__((noinline))");
    if (token.text == "volatile") may_spin_ = true;
    if (token.text == "__shared__") return declare_shared(at);
    if (token.text == "asm" || token.text == "__asm__" || token.text == "__asm")
      return translate_assembly(at);
    if (const auto* const takes =
            std::ranges::find(takes_kernel, token.text, &TakesKernel::function);
        takes != takes_kernel.end())
      return name_kernel(at, takes->argument);
    if (const auto use = outer_.find(std::string(token.text)); use != outer_.end())
      if (!is_member(at)) text_.replace(at, use->second);
  }

  void visit_sign(std::size_t at) {
    const char sign = text_[at].text.front();
    if (sign == '{') braces_.push_back(in_function() || opens_function(at));
    if (sign == '}' && !braces_.empty()) braces_.pop_back();
    if (sign == '<' && text_.is_run(at, "<<<")) launch(at);
  }

  bool in_function() const { return !braces_.empty() && braces_.back(); }
  bool opens_function(std::size_t at) const {
    const std::size_t before = text_.before(at);
    if (before == Text::none) return false;
    const std::string_view text = text_[before].text;
    return text == ")" || text == "noexcept" || text == "const" || text == "mutable" ||
           (text == "]" && !text_.is(text_.before(before), "="));
  }
  bool is_member(std::size_t at) const {
    const std::size_t before = text_.before(at);
    return text_.is(before, ".") || text_.is(before, ":") ||
           (text_.is(before, ">") && text_.is(text_.before(before), "-"));
  }

  void declare_shared(std::size_t at) {
    const SharedDeclaration declaration = shared_declaration(text_, at, ++declarations_);
    if (in_function()) return text_.replace(declaration.first, declaration.last, declaration.local);
    text_.replace(declaration.first, declaration.last, declaration.type);
    for (const auto& [name, use] : declaration.uses) outer_[name] = use;
  }

  /// Assembly of the host is none of the emulated device's business, but it cannot be told apart.
  void translate_assembly(std::size_t at) {
    const std::size_t last = end_of_assembly(text_, at);
    for (std::size_t i = text_.after(at); i < last; ++i)
      if (text_[i].text != "volatile") visit(i);
    text_.replace(at, last, assembly_as_cpp(text_, at));
  }

  /// kernel<T><<<grid, block>>>(a, b) becomes a call that keeps the arguments until the stream gets
  /// to the launch. What the compiler deduces of the kernel's template arguments it deduces there.
  void launch(std::size_t open) {
    const std::size_t first = text_.start_of_callee(open);
    const std::size_t close = text_.end_of_configuration(open);
    const std::size_t paren = close == Text::none ? Text::none : text_.after(close);
    if (first == Text::none || !text_.is(paren, "("))
      refuse(text_, open, "'<<<' that is not the launch of a kernel");
    std::string kernel = text_.between(first, open);
    std::ranges::replace(kernel, '\n', ' ');  // the line ends stay where they are
    text_.insert_before(
        first, fmt::format("::convict_device::LaunchSite{{{}, {}, {}}}.configured(",
                           quoted(base_name(kernel)), quoted(text_[open].file), text_[open].line));
    for (std::size_t at = first; at < open + 3; ++at) text_.hide(at);
    for (std::size_t at = close - 2; at <= close; ++at) text_.hide(at);
    const bool no_arguments = text_.is(text_.after(paren), ")");
    text_.insert_before(paren, ").run");
    text_.insert_after(paren,
                       fmt::format("[=](auto... convict_argument) {{ ::convict_device::enter(); "
                                   "{}(convict_argument...); }}{}",
                                   kernel, no_arguments ? "" : ", "));
    text_.replace_null_arguments(paren, "::convict_device::Zero{}");
  }

  /// cudaFuncSetAttribute((const void*)kernel<4>, ...): the name stays with the address.
  void name_kernel(std::size_t at, std::size_t argument) {
    const std::size_t paren = text_.after(at);
    if (!text_.is(paren, "(")) return;
    const auto arguments = text_.arguments(paren);
    if (argument >= arguments.size()) return;
    const auto [first, last] = text_.without_cast(arguments[argument]);
    const std::string kernel = text_.between(first, last + 1);
    text_.replace(
        arguments[argument].first, arguments[argument].second,
        fmt::format("::convict_device::function({}, {})", quoted(base_name(kernel)), kernel));
  }

  Text text_;
  std::vector<bool> braces_;                  ///< whether each open brace is one of a function
  std::map<std::string, std::string> outer_;  ///< shared memory declared outside of functions
  int declarations_ = 0;
  bool may_spin_ = false;
};

}  // namespace

Rewritten rewritten(std::string_view preprocessed, std::string_view own_headers) {
  return Rewriter(preprocessed, own_headers).run();
}

}  // namespace convict::emulation
