// SPDX-License-Identifier: Apache-2.0
// Every set of inner loops that this CPU can run, against a plain implementation of the definition.
#include "oracle/projection/ring.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "datasets/random.hpp"

namespace convict::oracle {
namespace {

BOOST_AUTO_TEST_SUITE(ring_test)

using datasets::Draws;

constexpr Word untouched = 0x5ca1ab1e;

/// Integers times a power of two, and the reading that makes them integers again.
template <class T>
struct Drawn {
  Drawn(Draws& draw, index_t most_rows, index_t most_columns) {
    rows = draw.between(0, most_rows);
    columns = draw.between(0, most_columns);
    stride = columns + draw.below(40);
    reading.scale = std::ldexp(1.0, static_cast<int>(draw.below(9)));
    const int bits = static_cast<int>(draw.between(1, sizeof(T) == 4 ? 24 : 51));
    reading.limit = std::ldexp(1.0, bits);
    for (index_t i = 0; i < rows * stride; ++i) {
      integers.push_back(draw.between(-(index_t{1} << bits), index_t{1} << bits));
      values.push_back(static_cast<T>(static_cast<double>(integers.back()) / reading.scale));
      weights.push_back(static_cast<Word>(draw.below(std::numeric_limits<index_t>::max())) * 2 + 1);
    }
  }
  Block<T> block() const {
    return {.values = values.data(), .rows = rows, .stride = stride, .columns = columns};
  }

  index_t rows, columns, stride;
  Reading reading;
  std::vector<index_t> integers;
  std::vector<T> values;
  std::vector<Word> weights;
};

constexpr index_t behind = 20;  // words behind the sums that must stay as they are

/// sums[i] += sum_j weight(j, i) * value(j, i)
template <class T>
std::vector<Word> expected(const Drawn<T>& drawn, bool weighted) {
  std::vector<Word> sums(static_cast<std::size_t>(drawn.columns + behind), untouched);
  for (index_t j = 0; j < drawn.rows; ++j)
    for (index_t i = 0; i < drawn.columns; ++i) {
      const auto at = static_cast<std::size_t>(j * drawn.stride + i);
      const auto weight = weighted ? at : static_cast<std::size_t>(j);
      sums[static_cast<std::size_t>(i)] +=
          drawn.weights[weight] * static_cast<Word>(drawn.integers[at]);
    }
  return sums;
}

template <class T>
void every_set_adds_what_the_definition_adds() {
  for (const RingLoops& loops : usable_ring_loops()) {
    Draws draw(7, 81);
    for (int trial = 0; trial < 600; ++trial) {
      const Drawn<T> drawn(draw, 21, 70);
      for (const bool weighted : {false, true}) {
        std::vector<Word> sums(static_cast<std::size_t>(drawn.columns + behind), untouched);
        const auto add = weighted ? loops.add_weighted<T>() : loops.add_rows<T>();

        const bool possible = add(sums.data(), drawn.block(), drawn.weights.data(), drawn.reading);

        BOOST_REQUIRE_MESSAGE(possible, loops.name << " trial " << trial);
        BOOST_REQUIRE_MESSAGE(sums == expected(drawn, weighted), loops.name << " trial " << trial);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(every_set_adds_floats_as_the_definition_does) {
  every_set_adds_what_the_definition_adds<float>();
}

BOOST_AUTO_TEST_CASE(every_set_adds_doubles_as_the_definition_does) {
  every_set_adds_what_the_definition_adds<double>();
}

/// Replaces one value at a time, at every place, by one that may be impossible.
template <class T>
void every_set_detects_impossible_values() {
  using Limits = std::numeric_limits<T>;
  const std::array<T, 12> impossible = {T(0.5),
                                        T(-2.25),
                                        T(17),
                                        T(-17),
                                        T(0x1p31),
                                        T(-0x1p31),
                                        T(0x1p63),
                                        T(-0x1p63),
                                        Limits::infinity(),
                                        -Limits::infinity(),
                                        Limits::quiet_NaN(),
                                        Limits::denorm_min()};
  const std::array<T, 4> possible = {T(16), T(-16), T(0), T(-0.0)};
  const Reading reading{.scale = 1, .limit = 16};
  constexpr index_t rows = 13, columns = 21, stride = 24;
  const std::vector<Word> weights(static_cast<std::size_t>(rows * stride), 3);
  for (const RingLoops& loops : usable_ring_loops())
    for (const auto add : {loops.add_rows<T>(), loops.add_weighted<T>()}) {
      std::vector<T> values(static_cast<std::size_t>(rows * stride), T(5));
      std::vector<Word> sums(static_cast<std::size_t>(columns));
      const Block<T> block{
          .values = values.data(), .rows = rows, .stride = stride, .columns = columns};
      const auto all_possible = [&](std::size_t at, T value) {
        const T before = std::exchange(values[at], value);
        const bool all = add(sums.data(), block, weights.data(), reading);
        values[at] = before;
        return all;
      };
      for (index_t j = 0; j < rows; ++j)
        for (index_t i = 0; i < stride; ++i) {
          const auto at = static_cast<std::size_t>(j * stride + i);
          for (const T value : impossible)
            BOOST_REQUIRE_MESSAGE(all_possible(at, value) == (i >= columns),
                                  loops.name << " at " << j << ", " << i << ": " << value);
          for (const T value : possible)
            BOOST_REQUIRE_MESSAGE(all_possible(at, value),
                                  loops.name << " at " << j << ", " << i << ": " << value);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_set_detects_an_impossible_float_anywhere) {
  every_set_detects_impossible_values<float>();
}

BOOST_AUTO_TEST_CASE(every_set_detects_an_impossible_double_anywhere) {
  every_set_detects_impossible_values<double>();
}

BOOST_AUTO_TEST_CASE(every_set_multiplies_lanes_as_the_definition_does) {
  constexpr index_t most = 60;
  constexpr std::array<index_t, 3> strides{0, 1, 3};
  for (const RingLoops& loops : usable_ring_loops()) {
    Draws draw(9, 82);
    const auto words = [&] {
      std::vector<Word> drawn(static_cast<std::size_t>(3 * most + 1));
      for (Word& word : drawn)
        word = static_cast<Word>(draw.below(std::numeric_limits<index_t>::max())) * 3;
      return drawn;
    };
    for (const index_t to : strides)
      for (const index_t from : strides)
        for (const index_t other : strides)
          for (index_t count = 0; count <= most; ++count) {
            const std::vector<Word> a = words();
            const std::vector<Word> b = words();
            std::vector<Word> sums = words();
            std::vector<Word> truth = sums;
            for (index_t i = 0; i < count; ++i)
              truth[static_cast<std::size_t>(i * to)] +=
                  a[static_cast<std::size_t>(i * from)] * b[static_cast<std::size_t>(i * other)];

            loops.add_products({sums.data(), to}, {a.data(), from}, {b.data(), other}, count);

            BOOST_REQUIRE_MESSAGE(sums == truth, loops.name << " strides " << to << from << other
                                                            << " count " << count);
          }
  }
}

BOOST_AUTO_TEST_CASE(the_last_set_runs_anywhere) {
  BOOST_TEST(std::string_view(usable_ring_loops().back().name) == "plain");
  for (const RingLoops& loops : usable_ring_loops()) BOOST_TEST_MESSAGE(loops.name);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::oracle
