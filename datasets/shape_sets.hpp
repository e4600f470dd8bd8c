// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/trial.hpp"

namespace convict::datasets {

/// A list of problems, from a text file: one spec a line (core/spec_text.hpp), `#` starts a
/// comment.
struct ShapeSet {
  std::string name;         ///< the file's name without .txt
  std::string description;  ///< the file's first line, when it is a comment
  std::vector<ConvSpec> specs;
  std::vector<std::string> labels;  ///< the comment behind each spec, or ""
};

/// The sets of datasets/shapes/, in the order of the folder's CMakeLists.txt. All specs describe
/// convolutions, except those of the set "invalid", of which none does.
std::span<const ShapeSet> shape_sets();

/// Throws InputError listing the sets, the nearest name first, when there is none of that name.
const ShapeSet& shape_set(std::string_view name);

/// Parses the text of a set; `where` names it in errors. Throws FileError `where:line: ...` with
/// the message of parse_spec for a malformed spec, and when there is no spec at all. Whether a spec
/// describes a convolution is not checked (why_invalid does that).
ShapeSet parse_shape_set(std::string_view text, const std::string& where);

/// A line of a user's suite: a spec, or a trial (SPEC/pass/precision[/recipe]).
struct SuiteLine {
  ConvSpec spec{};
  std::optional<Trial> trial{};  ///< with the same spec; nothing where the line is only a spec
};

/// A user's file of specs and trials, mixed, one a line; `#` starts a comment. Throws FileError
/// `path:line: ...` for a line that is neither, or for whose trial `check` throws InputError (of a
/// spec it gets the plain forward trial in f32), and when the file cannot be read or has no such
/// line.
std::vector<SuiteLine> read_suite_file(const std::filesystem::path& path,
                                       const std::function<void(const Trial&)>& check = {});

}  // namespace convict::datasets
