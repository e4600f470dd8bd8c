// SPDX-License-Identifier: Apache-2.0
#include "emulation/build.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/errors.hpp"
#include "core/fnv.hpp"
#include "emulation/cache.hpp"
#include "emulation/capabilities.hpp"
#include "emulation/compiler.hpp"
#include "emulation/device_texts.hpp"
#include "emulation/source/rewrite.hpp"

namespace convict::emulation {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

/// The compute capability that an option for nvcc names: -arch=sm_86, sm_90a or compute_80 behind
/// -arch, arch=compute_80,code=sm_80 behind -gencode. Throws InputError for one that the emulated
/// device cannot be.
std::optional<std::string> architecture(std::string_view word) {
  const std::size_t at = std::min(word.find("sm_"), word.find("compute_"));
  const std::string_view before = word.substr(0, std::min(at, word.size()));
  if (at == std::string_view::npos ||
      !(before.empty() || before.ends_with("arch=") || before.ends_with("architecture=")))
    return std::nullopt;
  const std::string_view rest = word.substr(word.find('_', at) + 1);
  std::string digits(rest.substr(0, rest.find_first_not_of("0123456789")));
  if (capability_of(std::atoi(digits.c_str())) != nullptr) return digits;
  std::vector<int> known;
  for (const Capability& one : capabilities) known.push_back(one.number);
  throw InputError(fmt::format("NVCC_APPEND_FLAGS: {}: the emulated device can be sm_{}", word,
                               fmt::join(known, ", sm_")));
}

/// What nvcc's options mean for the compilers of hosts.
struct Flags {
  Words preprocess, compile;
};
Flags flags_of(const char* nvcc_flags) {
  Flags flags;
  std::string standard = "-std=gnu++17", contract = "-ffp-contract=fast", capability = "90";
  std::istringstream words(nvcc_flags == nullptr ? "" : nvcc_flags);
  for (std::string word; words >> word;) {
    const std::string_view head = std::string_view(word).substr(0, 2);
    if (word == "-I" || word == "-D" || word == "-U" || word == "-include") {
      flags.preprocess.push_back(word);
      if (words >> word) flags.preprocess.push_back(word);
    } else if (head == "-I" || head == "-D" || head == "-U") {
      flags.preprocess.push_back(word);
    } else if (const auto sm = architecture(word)) {
      capability = *sm;
    } else if (word.starts_with("-std=") || word.starts_with("--std=")) {
      standard = word.substr(word.starts_with("--") ? 1 : 0);
    } else if (word == "-fmad=false" || word == "--fmad=false") {
      contract = "-ffp-contract=off";
    } else if (word == "-use_fast_math" || word == "--use_fast_math") {
      flags.preprocess.emplace_back("-DCONVICT_FLUSHES_SUBNORMALS=1");
    }
  }
  flags.preprocess.insert(flags.preprocess.end(), {standard, "-DCONVICT_SM=" + capability,
                                                   fmt::format("-D__CUDA_ARCH__={}0", capability)});
  flags.compile = {standard, contract};
  return flags;
}

/// The compiler, and how it is asked for what the emulated device needs.
struct Compiler {
  std::string program = compiler();
  std::string version = Program({program, "--version"}).wait().output;
  bool is_clang = version.find("clang") != std::string::npos;

  Words common() const {
    Words words = {"-fPIC", "-fvisibility=hidden", "-w"};
    if (!is_clang) words.emplace_back("-fno-gnu-unique");
    return words;
  }
  /// CUDA leaves less undefined than C++.
  static Words device_rules() { return {"-fno-strict-aliasing", "-fwrapv", "-march=native"}; }
  /// Each access to memory calls emulation/device/runtime/watch.cpp, and so does an index outside
  /// of an array or an access that only some processors trap on. -O2 takes twice as long to
  /// compile; products and sums are fused as there, so that both variants give the same bits.
  Words watched_rules() const {
    Words words = {"-O1", "-fexpensive-optimizations", "-g1", "-fsanitize=thread",
                   "-fsanitize=bounds,alignment"};
    for (const char* const rule :
         {"tsan-distinguish-volatile=1", "tsan-instrument-func-entry-exit=0"})
      if (is_clang)
        words.insert(words.end(), {"-mllvm", std::string("-") + rule});
      else
        words.push_back(std::string("--param=") + rule);
    return words;
  }
};

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

void must_succeed(const Outcome& outcome, const std::string& what,
                  std::string_view device = "the emulated device") {
  if (outcome.succeeded) return;
  fmt::print(stderr, "{}", outcome.output);
  throw InputError(
      fmt::format("{} cannot be built for {}: the compiler's words are above", what, device));
}

/// The headers and compiled sources of the emulated device.
fs::path device(const Compiler& cxx) {
  std::uint64_t hash = fnv_1a(cxx.version);
  for (const SourceText& text : device_texts()) hash = fnv_1a(text.text, fnv_1a(text.path, hash));
  CachedFolder folder(fmt::format("device-{:016x}", hash));
  if (folder.exists()) return folder.path();
  std::string all;
  for (const SourceText& text : device_texts()) {
    write_file(folder.path() / text.path, text.text);
    if (text.path.starts_with("runtime/") && text.path.ends_with(".cpp") &&
        text.path != "runtime/front.cpp")
      all += fmt::format("#include \"{}\"\n", text.path.substr(8));
  }
  write_file(folder.path() / "runtime/all.cpp", all);
  const Words words =
      Words{cxx.program, "-std=c++20", "-c", "-O2"} + cxx.common() +
      Words{"-I", (folder.path() / "include").string(), "-I", (folder.path() / "plugin").string()};
  const auto compiled = [&](const char* source, const char* object, const Words& more) {
    return Program(words + more +
                   Words{(folder.path() / "runtime" / source).string(), "-o",
                         (folder.path() / object).string()});
  };
  Program runtime = compiled("all.cpp", "runtime.o", {"-DCONVICT_SETS_INDICES"});
  Program front = compiled("front.cpp", "front.o", {"-DCONVICT_MAY_SPIN=0"});
  Program spinning = compiled("front.cpp", "spinning_front.o", {"-DCONVICT_MAY_SPIN=1"});
  for (Program* program : {&runtime, &front, &spinning})
    if (const Outcome outcome = program->wait(); !outcome.succeeded) {
      fmt::print(stderr, "{}", outcome.output);
      throw EnvironmentError(
          fmt::format("{} cannot build the emulated device: its words are above", cxx.program));
    }
  folder.finish();
  return folder.path();
}

std::string preprocessed(const Compiler& cxx, const std::string& source, const Words& flags,
                         const fs::path& device_folder, const fs::path& to) {
  Program program(Words{cxx.program, "-E", "-x", "c++"} + flags +
                      Words{"-D__CUDACC__=1", "-D__NVCC__=1", "-D__CUDACC_VER_MAJOR__=13",
                            "-D__CUDACC_VER_MINOR__=0",
                            "-Dconvict_plugin_v1=convict_user_plugin_v1", "-DCONVICT_EMULATED=1",
                            "-include", (device_folder / "include/cuda_runtime.h").string(), "-I",
                            (device_folder / "include").string(), "-idirafter",
                            (device_folder / "plugin").string(), source},
                  to.string());
  must_succeed(program.wait(), source);
  return read_file(to);
}

/// Reads objdump's table of lines into lines "offset line file" of the user's code: for code from
/// the emulated device's headers the line before it stands.
void write_lines(const fs::path& library, const fs::path& device_folder) {
  const fs::path dump = library.string() + ".dump";
  Program program({"objdump", "--dwarf=decodedline", library.string()}, dump.string());
  if (!program.wait().succeeded) throw EnvironmentError("objdump cannot read " + library.string());
  std::ifstream rows(dump);
  std::string folder, file;
  std::vector<std::tuple<std::uint64_t, int, std::string>> table;
  for (std::string row; std::getline(rows, row);) {
    if (row.ends_with(':')) {
      file = row.substr(0, row.size() - 1);
      if (file.starts_with("CU: ")) file.erase(0, 4);
      continue;
    }
    std::istringstream words(row);
    std::string name, line, address;
    if (!(words >> name >> line >> address) || !address.starts_with("0x")) continue;
    if (line.find_first_not_of("0123456789") != std::string::npos) continue;
    table.emplace_back(std::strtoull(address.c_str(), nullptr, 16), std::atoi(line.c_str()), file);
  }
  std::ranges::stable_sort(table, {}, [](const auto& row) { return std::get<0>(row); });
  std::string text;
  for (const auto& [offset, line, name] : table)
    if (!name.starts_with(device_folder.string()) && !name.starts_with("/usr/"))
      text += fmt::format("{:x} {} {}\n", offset, line, name);
  write_file(library.string() + ".lines", text);
  std::error_code ignored;
  fs::remove(dump, ignored);
}

void build(const Compiler& cxx, const std::string& source, const Rewritten& code,
           const Flags& flags, const fs::path& device_folder, const fs::path& folder) {
  const fs::path text = folder / "kernel.ii", fast = folder / "fast.o";
  const fs::path watched = folder / "watched.o";
  write_file(text, code.text);
  const Words words = Words{cxx.program, "-x", "c++-cpp-output", "-c"} + cxx.common() +
                      flags.compile + Compiler::device_rules() + Words{text.string(), "-o"};
  Program fast_one(words + Words{fast.string(), "-O2"});
  Program watched_one(words + Words{watched.string()} + cxx.watched_rules());
  const Outcome first = fast_one.wait(), second = watched_one.wait();
  must_succeed(first, source);
  must_succeed(second, source);
  const fs::path library = folder / (fs::path(source).stem().string() + ".so");
  const fs::path watched_library = library.string() + ".watched";
  const Words link = {cxx.program, "-shared", "-Wl,-Bsymbolic", "-Wl,--no-undefined"};
  const std::string runtime = (device_folder / "runtime.o").string();
  const std::string front =
      (device_folder / (code.may_spin ? "spinning_front.o" : "front.o")).string();
  // The emulated device comes first: of templates that both use it gets its own, which are not
  // watched.
  Program fast_link(link + Words{"-o", library.string(), runtime, fast.string(), front, "-ldl"});
  Program watched_link(link +
                       Words{"-o", watched_library.string(), runtime, watched.string(), "-ldl"});
  const Outcome third = fast_link.wait(), fourth = watched_link.wait();
  must_succeed(third, source);
  must_succeed(fourth, source);
  write_lines(watched_library, device_folder);
  for (const fs::path& part : {text, fast, watched}) fs::remove(part);
}

std::string built(const std::string& source, const char* nvcc_flags) {
  if (!fs::is_regular_file(source)) throw FileError(fmt::format("cannot read {}", source));
  const Compiler cxx;
  const Flags flags = flags_of(nvcc_flags);
  const fs::path device_folder = device(cxx);
  const ScratchFile scratch;
  const std::string text =
      preprocessed(cxx, source, flags.preprocess, device_folder, scratch.path());
  const Rewritten code = rewritten(text, device_folder.string());
  if (code.text.find("convict_user_plugin_v1") == std::string::npos)
    throw InputError(
        fmt::format("{} defines no convict_plugin_v1: convict new-kernel NAME --language cuda "
                    "writes a source that does",
                    source));
  std::uint64_t hash = fnv_1a(device_folder.string(), fnv_1a(code.text));
  const Words recipe =
      cxx.common() + flags.compile + Compiler::device_rules() + cxx.watched_rules();
  for (const std::string& word : recipe) hash = fnv_1a(word, hash);
  CachedFolder folder(fmt::format("kernel-{:016x}", hash));
  if (!folder.exists()) {
    fmt::print(stderr, "convict: building {} for the emulated device\n",
               fs::path(source).filename().string());
    build(cxx, source, code, flags, device_folder, folder.path());
    folder.finish();
  }
  return (folder.path() / (fs::path(source).stem().string() + ".so")).string();
}

}  // namespace

std::string built_for_emulated_device(const std::string& source) {
  return built(source, std::getenv("NVCC_APPEND_FLAGS"));
}

std::string built_for_emulated_device(std::span<const SourceText> files,
                                      const std::string& source) {
  const fs::path folder = cached_files(files, "sources");
  const std::string flags = fmt::format("-std=c++20 -I {}", folder.string());
  return built((folder / source).string(), flags.c_str());
}

std::optional<std::string> why_no_emulated_device() {
  try {
    static_cast<void>(compiler());
    return std::nullopt;
  } catch (const EnvironmentError& error) {
    return error.what();
  }
}

bool has_gpu_and_nvcc() { return fs::exists("/dev/nvidiactl") && is_on_path("nvcc"); }

std::string built_for_gpu(const std::string& source) {
  if (!fs::is_regular_file(source)) throw FileError(fmt::format("cannot read {}", source));
  if (!is_on_path("nvcc"))
    throw EnvironmentError(
        fmt::format("{}: building for a GPU needs nvcc on the path; --device emulated needs a C++ "
                    "compiler only",
                    source));
  std::vector<SourceText> headers;
  for (const SourceText& text : device_texts())
    if (text.path.starts_with("plugin/")) headers.push_back({text.path.substr(7), text.text});
  const Words includes = {"-I", cached_files(headers, "plugin").string()};
  const ScratchFile scratch;
  must_succeed(
      Program(Words{"nvcc", "-E"} + includes + Words{source}, scratch.path().string()).wait(),
      source, "a GPU");
  const char* const more = std::getenv("NVCC_APPEND_FLAGS");
  const std::uint64_t hash = fnv_1a(more == nullptr ? "" : more, fnv_1a(read_file(scratch.path())));
  CachedFolder folder(fmt::format("gpu-{:016x}", hash));
  const std::string name = fs::path(source).stem().string() + ".so";
  if (!folder.exists()) {
    const Words words = Words{"nvcc", "-O2", "-shared", "-Xcompiler", "-fPIC"} + includes;
    must_succeed(Program(words + Words{source, "-o", (folder.path() / name).string()}).wait(),
                 source, "a GPU");
    folder.finish();
  }
  return (folder.path() / name).string();
}

}  // namespace convict::emulation
