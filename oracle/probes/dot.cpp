// SPDX-License-Identifier: Apache-2.0
#include "oracle/probes/dot.hpp"

namespace convict::oracle::probes {

double Dot::operator()(std::span<const Term> terms) const {
  OperandPair pair{std::vector<double>(static_cast<std::size_t>(bench_.first_elements(spec_))),
                   std::vector<double>(static_cast<std::size_t>(bench_.second_elements(spec_)))};
  for (const Term& term : terms) {
    pair.first[places_[term.place].first] = term.a;
    pair.second[places_[term.place].second] = term.b;
  }
  return bench_.values(spec_, pair)[result_];
}

}  // namespace convict::oracle::probes
