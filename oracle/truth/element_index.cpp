// SPDX-License-Identifier: Apache-2.0
#include "oracle/truth/element_index.hpp"

#include "datasets/case_tensors.hpp"

namespace convict::oracle {

std::vector<index_t> element_index(const Trial& trial, index_t at) {
  const std::vector<index_t> extents = datasets::result_shape(trial.spec, trial.pass);
  std::vector<index_t> index(extents.size());
  for (std::size_t a = extents.size(); a-- > 0; at /= extents[a]) index[a] = at % extents[a];
  return index;
}

}  // namespace convict::oracle
