#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

#include "core/errors.hpp"
#include "oracle/custody/custody.hpp"
#include "oracle/custody/exception_words.hpp"

namespace convict::oracle {
namespace {

/// Memory of one device that grows and never shrinks; growing loses the contents.
class GrowingMemory {
 public:
  explicit GrowingMemory(Device& device) : device_(device) {}
  ~GrowingMemory() { clear(); }
  GrowingMemory(const GrowingMemory&) = delete;
  GrowingMemory& operator=(const GrowingMemory&) = delete;

  std::byte* data() const { return data_; }

  void reserve(std::size_t bytes) {
    if (data_ != nullptr && bytes <= capacity_) return;
    clear();
    bytes = std::max<std::size_t>(bytes, 1);  // some devices answer a request for nothing with null
    try {
      data_ = device_.allocate(bytes);
    } catch (const std::bad_alloc&) {
      throw EnvironmentError(fmt::format("no memory for {} bytes on {}", bytes, device_.name()));
    }
    capacity_ = bytes;
  }

 private:
  void clear() {
    if (data_ != nullptr) device_.release(std::exchange(data_, nullptr));
  }

  Device& device_;
  std::byte* data_ = nullptr;
  std::size_t capacity_ = 0;
};

template <class Call>
CallEnd end_of(Call&& call) {
  try {
    call();
    return {};
  } catch (const KernelError& error) {
    return {CallEnd::Kind::failed, error.what()};
  } catch (...) {
    return {CallEnd::Kind::crashed, "threw " + words_of_current_exception()};
  }
}

/// The arena is the device's memory where the host can reach it, else a host image of it.
class InProcess final : public Custody {
 public:
  InProcess(const Kernel& kernel, Device& device)
      : kernel_(kernel), device_(device), memory_(device), image_(host_device()) {}

  Admission admit(const Problem& problem) override {
    Admission admission;
    admission.end = end_of([&] {
      admission.refusal = refusal(kernel_, problem);
      // Whoever takes what is no convolution has said enough.
      if (!admission.refusal && !why_invalid(problem.spec))
        admission.workspace_bytes = workspace_bytes(kernel_, problem);
    });
    return admission;
  }

  std::span<std::byte> arena(std::size_t bytes) override {
    bytes_ = bytes;
    memory_.reserve(bytes);
    if (device_.host_addressable()) return {memory_.data(), bytes};
    image_.reserve(bytes);
    return {image_.data(), bytes};
  }

  CallEnd run(const Problem& problem, const Placement& placement) override {
    if (device_.host_addressable()) return call(problem, placement);
    device_.upload(memory_.data(), image_.data(), bytes_);
    CallEnd end = call(problem, placement);
    try {
      device_.download(image_.data(), memory_.data(), bytes_);
    } catch (const EnvironmentError& error) {
      // A kernel that broke the device is a finding; a device that breaks on its own is not.
      if (end.kind == CallEnd::Kind::returned) throw;
      end.how += fmt::format("; its memory could not be read afterwards: {}", error.what());
    }
    return end;
  }

 private:
  CallEnd call(const Problem& problem, const Placement& at) {
    std::byte* const base = memory_.data();
    const Buffers buffers{.input = base + at.input,
                          .filters = base + at.filters,
                          .output = base + at.output,
                          .workspace = at.workspace_bytes != 0 ? base + at.workspace : nullptr,
                          .workspace_bytes = at.workspace_bytes,
                          .stream = device_.stream(),
                          .plan = nullptr};
    return end_of([&] { run_planned(problem, buffers); });
  }

  void run_planned(const Problem& problem, Buffers buffers) {
    if (kernel_.plan && (!plan_ || planned_ != problem)) {
      plan_.reset();  // the old one first: only one is kept
      plan_ = kernel_.plan(problem);
      planned_ = problem;
    }
    buffers.plan = plan_.get();
    kernel_.run(problem, buffers);
    device_.synchronize();
  }

  Kernel kernel_;
  Device& device_;
  GrowingMemory memory_;
  GrowingMemory image_;
  std::size_t bytes_ = 0;
  std::shared_ptr<void> plan_;
  Problem planned_;  ///< what plan_ is for
};

}  // namespace

Subject built_in(const Kernel& kernel, Device& device) {
  return {kernel, [kernel, &device] { return std::make_unique<InProcess>(kernel, device); }};
}

}  // namespace convict::oracle
