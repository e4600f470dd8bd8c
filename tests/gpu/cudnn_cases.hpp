// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/layout.hpp"
#include "core/spec_text.hpp"
#include "gpu/cudnn/planner.hpp"

namespace convict::gpu::cudnn::test {

inline Problem problem(const ConvSpec& spec, Pass pass = Pass::forward,
                       Precision precision = Precision::f32, Layout layout = Layout::nchw,
                       index_t pitch = 0) {
  return {
      .spec = spec, .pass = pass, .precision = precision, .shapes = shapes_of(spec, layout, pitch)};
}

inline Problem problem(const std::string& spec, Pass pass = Pass::forward,
                       Precision precision = Precision::f32, Layout layout = Layout::nchw) {
  return problem(parse_valid_spec(spec), pass, precision, layout);
}

inline bool contains(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

}  // namespace convict::gpu::cudnn::test
