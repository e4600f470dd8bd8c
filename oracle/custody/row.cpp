#include <memory>
#include <string>

#include "oracle/custody/confined.hpp"
#include "oracle/custody/custody.hpp"

namespace convict::oracle {
namespace {

/// A row with something to say has the last word on layouts, too: `refusal` asks it first.
ConfinedRow confined(const Kernel& kernel) {
  ConfinedRow row{.declared = kernel, .asks = kernel.refuses || kernel.workspace_bytes};
  row.declared.refuses = nullptr;
  row.declared.workspace_bytes = nullptr;
  row.declared.plan = nullptr;
  row.declared.run = nullptr;
  row.declared.any_strides = kernel.any_strides || row.asks;
  return row;
}

}  // namespace

Subject in_custody(const Kernel& kernel, const Limits& wanted) {
  const Hosted hosted{
      .name = "kernel " + kernel.name,
      .argument = [argument = std::string(row_prefix) + kernel.name] { return argument; }};
  return {kernel, [hosted, row = confined(kernel), limits = with_usual_values(wanted)] {
            return std::make_unique<Confined>(hosted, row, limits);
          }};
}

}  // namespace convict::oracle
