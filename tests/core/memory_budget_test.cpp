// SPDX-License-Identifier: Apache-2.0
#include "core/memory_budget.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

namespace convict {

BOOST_AUTO_TEST_SUITE(memory_budget_test)

namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_available_is_part_of_the_machine) {
  BOOST_TEST(available_memory() > 16 * mebibyte);
  BOOST_TEST(MemoryBudget::of_process().bytes() > 4 * mebibyte);
  BOOST_TEST(MemoryBudget::of_process().bytes() <= available_memory());
}

BOOST_AUTO_TEST_CASE(sizes_are_written_with_a_unit) {
  BOOST_TEST(memory_text(4.1 * mebibyte) == "4.1 MiB");
  BOOST_TEST(memory_text(512) == "0.5 KiB");
  BOOST_TEST(memory_text(16 * 1024.0 * mebibyte) == "16 GiB");
}

BOOST_AUTO_TEST_CASE(more_than_the_budget_is_too_large_and_says_how_much) {
  MemoryBudget budget(100 * mebibyte);
  MemoryBudget::Share first(budget);
  MemoryBudget::Share second(budget);
  first.resize(60 * mebibyte);

  BOOST_CHECK_EXCEPTION(second.resize(41 * mebibyte), TooLarge, [](const TooLarge& error) {
    return error.what() ==
           std::string(
               "too large here: it takes 105906176 bytes (101 MiB); the trials of a run "
               "may have 100 MiB together");
  });
  second.resize(40 * mebibyte);
  first.resize(0);
  second.resize(100 * mebibyte);
}

BOOST_AUTO_TEST_CASE(a_thread_waits_until_another_gives_memory_back) {
  MemoryBudget budget(100 * mebibyte);
  MemoryBudget::Share here(budget);
  here.resize(60 * mebibyte);
  std::atomic<bool> has = false;
  std::thread other([&] {
    MemoryBudget::Share there(budget);
    there.resize(60 * mebibyte);
    has = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  BOOST_TEST(!has);

  here.resize(10 * mebibyte);
  other.join();

  BOOST_TEST(has);
}

BOOST_AUTO_TEST_CASE(threads_that_all_wait_for_more_go_on_one_after_the_other) {
  MemoryBudget budget(100 * mebibyte);
  std::atomic<int> ready = 0;
  const auto grow = [&] {
    MemoryBudget::Share data(budget);
    MemoryBudget::Share workspace(budget);
    data.resize(30 * mebibyte);
    for (++ready; ready < 3;) std::this_thread::yield();
    workspace.resize(60 * mebibyte);
  };

  std::thread first(grow);
  std::thread second(grow);
  grow();
  first.join();
  second.join();

  MemoryBudget::Share all(budget);
  all.resize(100 * mebibyte);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace convict
