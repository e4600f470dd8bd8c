// SPDX-License-Identifier: Apache-2.0
// The plug-in that convict loads: the user's kernels, each call of which goes to one of the two
// variants (variant.hpp). Which, and all orders, follow from the problem and from how often it was
// called in a row, so that a trial that is made again is made the same.
#include <dlfcn.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "lines.hpp"
#include "variant.hpp"

extern "C" const convict_device::Variant* convict_emulated_variant_v1();

namespace convict_device {
namespace {

constexpr std::size_t most_kernels = 64;
// One problem in so many is watched, from its second call to its fourth in a row: what the first
// one shows about its cost must be little, since a kernel may do much more than the problem asks.
constexpr unsigned watched_one_in = 4;
constexpr std::uint64_t most_watched_calls = 4;
constexpr double most_watched_work = 1e6;
constexpr std::uint64_t most_watched_turns = 500'000;
constexpr double most_diagnosed_work = 3e7;

// A problem of more work that takes longer is too large for the emulated device, which is no fault
// of the kernel; one of less that does not end is. Calls in workers may take 10 s by default.
constexpr double least_slow_work = 1e5;
constexpr double most_seconds = 4;

struct Plans {
  void *fast, *watched;
};

class Front {
 public:
  Front() {
    variants_[0] = convict_emulated_variant_v1();
    variants_[1] = watched_variant();
    for (int which = 0; which < 2; ++which) users_[which] = variants_[which]->plugin();
  }

  const convict_plugin* table();
  int run(std::size_t kernel, const convict_problem* problem, const convict_buffers* buffers);
  void* create_plan(std::size_t kernel, const convict_problem* problem);
  void destroy_plan(std::size_t kernel, void* plan);

 private:
  static const Variant* watched_variant() {
    const std::string path = std::string(own_path()) + ".watched";
    void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    void* const entry = library == nullptr ? nullptr : dlsym(library, variant_entry);
    if (entry != nullptr) return reinterpret_cast<VariantEntry>(entry)();
    std::fprintf(stderr, "convict: %s\n", dlerror());
    std::_Exit(3);
  }
  std::uint64_t seed_of(const convict_problem& problem);
  struct Ended {
    int status;
    bool fault;
  };
  Ended call(std::size_t kernel, const convict_problem& problem, convict_buffers buffers,
             bool watched, std::uint64_t seed, bool tells_unwritten, bool repeated);

  std::array<const Variant*, 2> variants_{};  ///< fast, watched
  std::array<const convict_plugin*, 2> users_{};
  std::vector<convict_kernel> kernels_;
  std::vector<const convict_kernel*> pointers_;
  convict_plugin table_{};
  std::uint64_t latest_ = 0;
  std::uint64_t calls_ = 0;  ///< of the latest problem, in a row
  bool latest_was_watched_ = false;
  std::uint64_t turns_ = 0;  ///< of the latest call that was not watched
};

Front& front() {
  static auto* const one = new Front;
  return *one;
}

std::uint64_t fnv_1a(const void* bytes, std::size_t count, std::uint64_t hash) {
  for (std::size_t i = 0; i < count; ++i)
    hash = (hash ^ static_cast<const unsigned char*>(bytes)[i]) * 0x100000001b3;
  return hash;
}
std::uint64_t mixed(std::uint64_t x) {  // splitmix64
  x += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

std::uint64_t Front::seed_of(const convict_problem& problem) {
  std::uint64_t hash = 0xcbf29ce484222325;
  hash = fnv_1a(&problem.pass, 4 * sizeof(std::int32_t), hash);
  hash = fnv_1a(&problem.batch, offsetof(convict_problem, alpha) - offsetof(convict_problem, batch),
                hash);
  hash = fnv_1a(&problem.alpha, 2 * sizeof(double), hash);
  hash = fnv_1a(problem.input_strides, sizeof problem.input_strides, hash);
  if (hash != latest_) latest_ = hash, calls_ = 0;
  return hash;
}

/// Multiply-adds and elements, of which watching costs more: copies go over all of them.
double work_of(const convict_problem& p) {
  double inputs = 1, taps = 1, outputs = 1;
  for (int a = 0; a < 3; ++a) {
    inputs *= static_cast<double>(p.input[a]);
    taps *= static_cast<double>(p.filter[a]);
    outputs *= static_cast<double>(p.output[a]);
  }
  const auto n = static_cast<double>(p.batch), c = static_cast<double>(p.in_channels);
  const auto k = static_cast<double>(p.out_channels), g = static_cast<double>(p.groups);
  const double filters = k * c / g * taps * (p.unshared != 0 ? outputs : 1);
  return n * k * outputs * c / g * taps + 4 * (n * c * inputs + filters + n * k * outputs);
}

int Front::run(std::size_t kernel, const convict_problem* problem, const convict_buffers* buffers) {
  const std::uint64_t hash = seed_of(*problem);
  convict_buffers own = *buffers;
  const bool diagnose = own.diagnose != 0;
  static const bool all = std::getenv("CONVICT_WATCH_ALL") != nullptr;
  const double work = work_of(*problem);
  if (diagnose && work > most_diagnosed_work) return 0;
  const bool drawn = mixed(hash) % watched_one_in == 0 && work <= most_watched_work && calls_ > 0 &&
                     calls_ < most_watched_calls && turns_ <= most_watched_turns;
  const bool watched = diagnose || all || CONVICT_MAY_SPIN != 0 || drawn;
  const bool repeated = calls_ > 0 && watched == latest_was_watched_;
  latest_was_watched_ = watched;
  const std::uint64_t seed = mixed(hash + calls_++);
  const auto [status, fault] = call(kernel, *problem, own, watched, seed, diagnose, repeated);
  if (!watched) turns_ = variants_[0]->turns();
  // The same again, watched, says more: the line, and what came before.
  if (fault && !watched && work <= most_diagnosed_work) {
    std::array<char, 512> words{};
    convict_buffers again = own;
    again.message = words.data(), again.message_bytes = words.size();
    if (call(kernel, *problem, again, true, seed, true, false).fault && own.message != nullptr)
      std::snprintf(own.message, own.message_bytes, "%s", words.data());
  }
  if (status == CONVICT_REFUSED) return diagnose ? 0 : status;
  return status != 0 ? status : fault ? 1 : 0;
}

Front::Ended Front::call(std::size_t kernel, const convict_problem& problem,
                         convict_buffers buffers, bool watched, std::uint64_t seed,
                         bool tells_unwritten, bool repeated) {
  const Variant& variant = *variants_[watched];
  const auto* const plans = static_cast<const Plans*>(buffers.plan);
  if (plans != nullptr) buffers.plan = watched ? plans->watched : plans->fast;
  variant.begin(seed, tells_unwritten, work_of(problem) > least_slow_work ? most_seconds : 0);
  const int status = users_[watched]->kernels[kernel]->run(&problem, &buffers);
  const bool fault = variant.end(buffers.message, buffers.message_bytes, repeated);
  // What a stopped launch did not write is no fault of the kernel.
  if (!variant.was_stopped() || (fault && !tells_unwritten)) return {status, fault};
  if (buffers.message != nullptr)
    std::snprintf(buffers.message, buffers.message_bytes,
                  "too large for the emulated device: stopped after %g s", most_seconds);
  return {CONVICT_REFUSED, false};
}

void* Front::create_plan(std::size_t kernel, const convict_problem* problem) {
  auto* const plans = new Plans{};
  for (const bool watched : {false, true}) {
    variants_[watched]->begin(mixed(seed_of(*problem)), false, 0);
    void* const plan = users_[watched]->kernels[kernel]->plan_create(problem);
    (watched ? plans->watched : plans->fast) = plan;
    variants_[watched]->end(nullptr, 0, false);
    if (plan == nullptr) return nullptr;
  }
  return plans;
}
void Front::destroy_plan(std::size_t kernel, void* plan) {
  auto* const plans = static_cast<Plans*>(plan);
  for (const bool watched : {false, true}) {
    const auto destroy = users_[watched]->kernels[kernel]->plan_destroy;
    if (destroy == nullptr) continue;
    variants_[watched]->begin(0, false, 0);
    destroy(watched ? plans->watched : plans->fast);
    variants_[watched]->end(nullptr, 0, false);
  }
  delete plans;
}

// The functions of the table take no pointer to what they belong to: one of each for each kernel.
template <std::size_t kernel>
struct Calls {
  static int run(const convict_problem* problem, const convict_buffers* buffers) {
    return front().run(kernel, problem, buffers);
  }
  static void* create_plan(const convict_problem* problem) {
    return front().create_plan(kernel, problem);
  }
  static void destroy_plan(void* plan) { front().destroy_plan(kernel, plan); }
};

template <std::size_t... kernel>
void redirect(std::vector<convict_kernel>& kernels, std::index_sequence<kernel...>) {
  const auto one = [&](std::size_t at, auto run, auto create, auto destroy) {
    if (at >= kernels.size()) return;
    kernels[at].run = run;
    if (kernels[at].plan_create != nullptr)
      kernels[at].plan_create = create, kernels[at].plan_destroy = destroy;
  };
  (one(kernel, Calls<kernel>::run, Calls<kernel>::create_plan, Calls<kernel>::destroy_plan), ...);
}

const convict_plugin* Front::table() {
  const convict_plugin* const user = users_[0];
  if (user == nullptr || user->size < sizeof(convict_plugin) || user->abi != CONVICT_PLUGIN_ABI ||
      user->kernels == nullptr || user->kernel_count < 1)
    return user;  // refused where it is loaded
  if (static_cast<std::size_t>(user->kernel_count) > most_kernels) {
    std::fprintf(stderr, "convict: a .cu file has at most %zu kernels\n", most_kernels);
    std::_Exit(3);
  }
  for (int at = 0; at < user->kernel_count; ++at) {
    const convict_kernel* const kernel = user->kernels[at];
    if (kernel == nullptr || kernel->size != sizeof(convict_kernel) || kernel->run == nullptr)
      return user;
    kernels_.push_back(*kernel);
    kernels_.back().diagnoses = 1;
  }
  redirect(kernels_, std::make_index_sequence<most_kernels>{});
  for (const convict_kernel& kernel : kernels_) pointers_.push_back(&kernel);
  table_.size = sizeof table_, table_.abi = CONVICT_PLUGIN_ABI;
  table_.kernel_count = user->kernel_count, table_.kernels = pointers_.data();
  return &table_;
}

}  // namespace
}  // namespace convict_device

extern "C" __attribute__((visibility("default"))) const convict_plugin* convict_plugin_v1() {
  static const convict_plugin* const table = convict_device::front().table();
  return table;
}
