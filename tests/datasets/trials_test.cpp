// SPDX-License-Identifier: Apache-2.0
// Files of trials: what is read, what is refused, what appending leaves behind.
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include "core/errors.hpp"
#include "datasets/files/trial_file.hpp"
#include "tests/fabricated_run.hpp"

namespace convict::datasets {
namespace {

BOOST_AUTO_TEST_SUITE(trials_test)

using fabricated::contains;
using fabricated::Folder;

void write(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}
std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
const Trial one = parse_trial("c1_i4_k1_f2/forward/f32");
const Trial two = parse_trial("c1_i4_k1_f2/grad_input/f64/fill=flat,seed=7");

template <class Error>
auto says(const std::string& text) {
  return [text](const Error& error) { return contains(error.what(), text); };
}

BOOST_AUTO_TEST_CASE(comments_and_blanks_do_not_count) {
  const Folder folder;
  const auto path = folder / "kept.txt";
  write(path, "# first\n\n  " + to_string(one) + "  # why\r\n\t\n" + to_string(two));

  const std::vector<Trial> trials = read_trials(path);

  BOOST_REQUIRE(trials.size() == 2);
  BOOST_TEST((trials[0] == one));
  BOOST_TEST((trials[1] == two));
}

BOOST_AUTO_TEST_CASE(a_line_that_is_no_trial_is_named_with_its_number) {
  const Folder folder;
  const auto path = folder / "kept.txt";
  write(path, to_string(one) + "\n# fine\nc1_i4_k1_f2/backward/f32\n");

  BOOST_CHECK_EXCEPTION(read_trials(path), FileError, says<FileError>(path.string() + ":3: "));
  BOOST_CHECK_EXCEPTION(read_trials(path), FileError, says<FileError>("'backward'"));
  BOOST_CHECK_EXCEPTION(append_trial(path, two, "x"), FileError, says<FileError>(":3: "));
  const auto refuse = [](const Trial&) { throw InputError("not today"); };
  BOOST_CHECK_EXCEPTION(read_trials(path, refuse), FileError, says<FileError>(":1: not today"));
  BOOST_CHECK_EXCEPTION(read_trials(folder / "absent"), FileError, says<FileError>("absent"));
}

BOOST_AUTO_TEST_CASE(a_trial_is_appended_once_with_its_comment) {
  const Folder folder;
  const auto path = folder / "kept.txt";

  BOOST_TEST(append_trial(path, one, "a.b, fail: two\nlines"));
  BOOST_TEST(!append_trial(path, one, "again"));
  BOOST_TEST(append_trial(path, two, "c.d"));

  BOOST_TEST(contents(path) ==
             "# a.b, fail: two lines\n" + to_string(one) + "\n# c.d\n" + to_string(two) + "\n");
}

BOOST_AUTO_TEST_CASE(a_last_line_without_its_end_stays_a_line_of_its_own) {
  const Folder folder;
  const auto path = folder / "kept.txt";
  write(path, to_string(one));

  append_trial(path, two, "c.d");

  BOOST_TEST(read_trials(path).size() == 2);
}

BOOST_AUTO_TEST_CASE(writers_at_the_same_time_lose_and_double_nothing) {
  const Folder folder;
  const auto path = folder / "kept.txt";
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < 4; ++writer)
      writers.emplace_back([&path] {
        for (std::uint64_t seed = 1; seed <= 25; ++seed) {
          Trial trial = one;
          trial.recipe.seed = seed;
          append_trial(path, trial, "a.b");
        }
      });
  }

  BOOST_TEST(read_trials(path).size() == 25);
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_the_file_as_it_was) {
  const Folder folder;
  const auto path = folder / "kept.txt";
  append_trial(path, one, "a.b");
  const std::string before = contents(path);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit unlimited{};
  getrlimit(RLIMIT_FSIZE, &unlimited);
  rlimit full = unlimited;
  full.rlim_cur = before.size() + 9;
  setrlimit(RLIMIT_FSIZE, &full);

  BOOST_CHECK_THROW(append_trial(path, two, "c.d"), EnvironmentError);

  setrlimit(RLIMIT_FSIZE, &unlimited);
  BOOST_TEST(contents(path) == before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::datasets
