#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "core/layout.hpp"
#include "core/text.hpp"
#include "gpu/cudnn/planner.hpp"

namespace convict::gpu::cudnn::test {

/// The description of an H200. It was written by hand from what cuDNN asks for; a device's own is
/// to take its place.
inline std::string h200() {
  std::ifstream file(H200_DEVICEPROP);
  return {std::istreambuf_iterator<char>(file), {}};
}

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
