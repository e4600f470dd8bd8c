// What the folder's CUDA files define, for a build without them.

#include "core/errors.hpp"
#include "gpu/device.hpp"

namespace convict::gpu {
namespace {

constexpr const char* without_cuda = "built without CUDA";

}  // namespace

std::optional<std::string> why_no_device() { return without_cuda; }

Device& device() { throw EnvironmentError(without_cuda); }

}  // namespace convict::gpu
