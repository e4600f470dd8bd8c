// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "run/call_features.hpp"

namespace convict::run {

/// Learns in which region of problems a kernel hangs from calls that hung and calls that returned.
/// A region is a conjunction of literals "feature >= v", "feature <= v", "feature = v". Every
/// shortest conjunction that holds in all hung calls of a region and in no returned call is a
/// hypothesis about it. A call lies in the region when more than half of the hypotheses hold
/// (the halving algorithm: each wrong guess of the majority removes half of them). Kernels that
/// hang for several causes have several regions.
class HangRegions {
 public:
  /// A region is told from this many hung calls on.
  static constexpr std::size_t least_hangs = 3;
  /// So many hung calls that belong to no region end the attempts.
  static constexpr std::size_t most_unexplained = 20;
  /// A kernel none of whose calls returned is given up after so many hung ones.
  static constexpr std::size_t most_without_return = 5;

  void returned(const CallValues& call);
  void hung(const CallValues& call);

  /// Why the call should not be made: it lies in a region ("hung nearby: stride >= 3"), or the
  /// kernel is given up. The 2nd, 8th, 32nd, 128th, ... call in a region is to be made all the
  /// same: it shows whether the region is too large. Whenever it was, the count begins anew.
  std::optional<std::string> why_withheld(const CallValues& call);

  /// Why no call is made any more, or nothing.
  std::optional<std::string> given_up() const;

  std::size_t hangs() const { return hung_.size(); }

 private:
  /// "feature >= value", "feature <= value" or "feature = value".
  struct Literal {
    enum class Is { at_least, at_most, equal };
    std::size_t feature = 0;
    Is is = Is::equal;
    double value = 0;
    bool holds(const CallValues& call) const;
    std::string text() const;
  };
  using Conjunction = std::vector<Literal>;

  struct Region {
    std::vector<std::size_t> members;     ///< of hung_
    std::vector<Conjunction> hypotheses;  ///< none: no short conjunction separates the members
    std::size_t withheld = 0;             ///< calls in it since a hypothesis was refuted
  };

  static constexpr std::size_t most_returned = 1024;
  using Returned = std::bitset<most_returned>;

  void learn();
  Region region_of(std::vector<std::size_t> members) const;
  std::vector<Literal> literals_of(const std::vector<std::size_t>& members) const;
  std::vector<Conjunction> shortest_separating(const std::vector<Literal>& candidates) const;
  void keep(const CallValues& call);

  std::vector<CallValues> hung_;
  std::vector<CallValues> returned_;  ///< a sample, and every call that refuted a hypothesis
  std::size_t seen_ = 0;              ///< calls that returned
  std::size_t refuted_ = 0;           ///< the first so many of returned_ are never replaced
  std::vector<Region> regions_;
};

}  // namespace convict::run
