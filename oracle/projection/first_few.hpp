// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "core/index.hpp"

namespace convict::oracle {

/// Counts indices that are added in any order, and keeps the `most` smallest.
class FirstFew {
 public:
  explicit FirstFew(index_t most) : most_(static_cast<std::size_t>(most)) {}

  void add(index_t index) {
    ++count_;
    kept_.push_back(index);
    if (kept_.size() >= 2 * most_) drop();
  }
  index_t count() const { return count_; }
  std::vector<index_t> ascending() {
    std::ranges::sort(kept_);
    kept_.resize(std::min(kept_.size(), most_));
    return kept_;
  }

 private:
  void drop() {
    std::ranges::nth_element(kept_, kept_.begin() + static_cast<std::ptrdiff_t>(most_));
    kept_.resize(most_);
  }

  std::size_t most_;
  index_t count_ = 0;
  std::vector<index_t> kept_;
};

}  // namespace convict::oracle
