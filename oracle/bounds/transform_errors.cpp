// SPDX-License-Identifier: Apache-2.0
#include "oracle/bounds/transform_errors.hpp"

#include <algorithm>

#include "oracle/bounds/cook_toom.hpp"
#include "oracle/bounds/correlation.hpp"

namespace convict::oracle {

bool winograd_applies(const ConvSpec& spec, const Arithmetic& arithmetic) {
  if (!is_plain(spec) || !has_cook_toom(arithmetic.tile, arithmetic.taps)) return false;
  const Axes& filter = spec.filter;
  const auto rank = static_cast<std::ptrdiff_t>(spec.rank);
  return std::all_of(filter.begin(), filter.begin() + rank,
                     [&](index_t k) { return k == 1 || k == arithmetic.taps; });
}

std::vector<double> transform_errors(const reference::Question& question, Precision precision,
                                     const Claims& claims) {
  switch (claims.arithmetic.kind) {
    case Arithmetic::Class::direct: return {};
    case Arithmetic::Class::winograd:
      return winograd_applies(question.spec, claims.arithmetic)
                 ? winograd_errors(question, precision, claims)
                 : std::vector<double>{};
    case Arithmetic::Class::fft:
      return is_plain(question.spec) ? fft_errors(question, precision, claims)
                                     : std::vector<double>{};
  }
  return {};
}

}  // namespace convict::oracle
