// SPDX-License-Identifier: Apache-2.0
#include "cli/environment.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>
#include <sched.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>

#include "gpu/cudnn/entries.hpp"
#include "gpu/device/device.hpp"

namespace convict::cli {
namespace {

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name") && line.find(':') != std::string::npos)
      return line.substr(line.find(':') + 2);
  return "unknown";
}

std::string system_name() {
  utsname names{};
  return uname(&names) == 0 ? fmt::format("{} {} {}", names.sysname, names.release, names.machine)
                            : "unknown";
}

std::tm local_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  return parts;
}

}  // namespace

std::string_view version() { return CONVICT_VERSION; }

int available_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

std::string timestamp() { return fmt::format("{:%Y%m%d-%H%M%S}", local_now()); }

std::vector<std::pair<std::string, std::string>> environment() {
  std::vector<std::pair<std::string, std::string>> facts = {
      {"convict", std::string(version())},
      {"compiler", fmt::format("GCC {}", __VERSION__)},
      {"build", CONVICT_BUILD_TYPE},
      {"cpu", cpu_model()},
      {"cores", fmt::format("{}", available_cores())},
      {"system", system_name()},
      {"started", fmt::format("{:%Y-%m-%d %H:%M:%S %z}", local_now())}};
  for (auto& fact : gpu::device_facts()) facts.push_back(std::move(fact));
  if (!gpu::why_no_device()) facts.emplace_back("cudnn", gpu::cudnn_version());
  // Variables that change what kernels compute.
  for (const char* name :
       {"OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NVIDIA_TF32_OVERRIDE",
        "CUBLAS_WORKSPACE_CONFIG", "CUDA_VISIBLE_DEVICES", "CUDA_LAUNCH_BLOCKING"})
    if (const char* value = std::getenv(name)) facts.emplace_back(name, value);
  return facts;
}

}  // namespace convict::cli
