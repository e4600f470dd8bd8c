// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "fuzz/generator.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::fuzz {

/// `space` with what the subjects accept (Accepted), which is learned by asking them: about the
/// first trials of the search, then about `hints`, the example that a kernel declares, plain shapes
/// and the layers of networks. `subjects` must outlive the result.
Space with_accepted(Space space, std::span<const sandbox::Subject> subjects,
                    std::span<const Trial> hints = {});

/// A sentence for every kernel that refuses many problems, on what was done about it.
std::vector<std::string> notes_on_acceptance(const Space& space);

/// Trials inside what a kernel takes.
struct Derived {
  std::vector<Trial> trials;
  /// No more trials were wanted; otherwise hundreds of draws in a row led to nothing new.
  bool complete = false;
};

/// `count` trials of the search that `space` (with_accepted of one subject) describes, which the
/// subject accepts and which all differ in their problem. Invalid specs and tensors beyond 2^24
/// elements are left out. Fewer when the kernel accepts fewer problems.
Derived derived_trials(Space space, std::size_t count);

}  // namespace convict::fuzz
