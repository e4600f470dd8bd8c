// SPDX-License-Identifier: Apache-2.0
// What libFuzzer does where the tests are built without it: a target's corpus, then mutations of it
// that depend on the seed only. usage: fuzz_NAME CORPUS EXECUTIONS [SEED]
// The input being tried lies in fuzz_NAME.input, which is removed at the end: a finding leaves it.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <span>
#include <vector>

#include "tests/fuzzing/target.hpp"

namespace {

namespace fuzzing = convict::fuzzing;
using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t limit) {
  return random() % std::max<std::size_t>(1, limit);
}

/// One small change. `other` is another input, of which a piece may be taken.
void mutate(std::string& input, const std::string& other, Random& random) {
  constexpr std::string_view digits = "0123456789-";
  const std::size_t at = below(random, input.size() + 1);
  const std::size_t length = 1 + below(random, 8) * below(random, 8);
  switch (below(random, 7)) {
    case 0: input.insert(at, 1, static_cast<char>(random())); break;
    case 1: input.erase(at, length); break;
    case 2: input.insert(at, input.substr(below(random, input.size() + 1), length)); break;
    case 3: input.insert(at, other.substr(below(random, other.size() + 1), length)); break;
    case 4: input.resize(at); break;
    case 5:
      if (at < input.size()) input[at] = digits[below(random, digits.size())];
      break;
    default:
      if (at < input.size())
        input[at] =
            static_cast<char>(static_cast<unsigned char>(input[at]) ^ (1U << below(random, 8)));
  }
}

class Inputs {
 public:
  explicit Inputs(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry);
    std::ranges::sort(paths);
    for (const auto& path : paths) {
      std::ifstream file(path, std::ios::binary);
      texts_.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    if (texts_.empty()) fuzzing::fail("there is no corpus in " + folder.string());
  }

  const std::vector<std::string>& corpus() const { return texts_; }
  std::string mutated(Random& random) const {
    constexpr std::size_t most_changes = 6;
    std::string input = texts_[below(random, texts_.size())];
    for (std::size_t left = 1 + below(random, most_changes); left > 0; --left)
      mutate(input, texts_[below(random, texts_.size())], random);
    return input;
  }

 private:
  std::vector<std::string> texts_;
};

/// Tries inputs, each after it was written to a file.
class Trials {
 public:
  explicit Trials(std::string path)
      : path_(std::move(path)), file_(::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644)) {
    if (file_ < 0) fuzzing::fail("cannot write " + path_);
  }
  ~Trials() {
    ::close(file_);
    std::filesystem::remove(path_);
  }
  Trials(const Trials&) = delete;
  Trials& operator=(const Trials&) = delete;

  void run(const std::string& input) const {
    constexpr double most_s = 1;
    const auto size = static_cast<off_t>(input.size());
    if (::ftruncate(file_, size) != 0 || ::pwrite(file_, input.data(), input.size(), 0) != size)
      fuzzing::fail("cannot write " + path_);
    const std::clock_t begin = std::clock();
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
    const double took_s = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    if (took_s > most_s) fuzzing::fail(fmt::format("an input that takes {:.1f} s", took_s));
  }

 private:
  std::string path_;
  int file_;
};

std::uint64_t number_from(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size())
    fuzzing::fail(fmt::format("'{}' is no number", text));
  return number;
}

}  // namespace

int main(int count, char** words) {
  const std::span arguments(words, static_cast<std::size_t>(count));
  if (count < 3 || count > 4) fuzzing::fail("usage: fuzz_NAME CORPUS EXECUTIONS [SEED]");
  const Inputs inputs(arguments[1]);
  const std::uint64_t executions = number_from(arguments[2]);
  const std::uint64_t seed = count == 4 ? number_from(arguments[3]) : 0;
  const std::string name = std::filesystem::path(arguments[0]).filename();
  const Trials trials(name + ".input");
  for (const std::string& input : inputs.corpus()) trials.run(input);
  Random random(seed);
  for (std::uint64_t i = 0; i < executions; ++i) trials.run(inputs.mutated(random));
  fmt::print("{}: {} inputs of the corpus and {} mutations of seed {}: no finding\n", name,
             inputs.corpus().size(), executions, seed);
}
