#include "core/verdict.hpp"

#include <fmt/format.h>

namespace convict {

std::string replay_command(std::string_view kernel, const Trial& trial) {
  return fmt::format("convict replay --kernel {} '{}'", kernel, to_string(trial));
}

}  // namespace convict
