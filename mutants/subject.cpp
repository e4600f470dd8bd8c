// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <utility>

#include "mutants/mutants.hpp"

namespace convict::mutants {
namespace {

/// Another sandbox, in which the mutant says how much memory it holds.
class Accounted final : public sandbox::Sandbox {
 public:
  Accounted(std::unique_ptr<Sandbox> inner, std::size_t (*held)())
      : inner_(std::move(inner)), held_(held) {}

  sandbox::Admission admit(const Problem& problem) override { return inner_->admit(problem); }
  std::span<std::byte> arena(std::size_t bytes) override { return inner_->arena(bytes); }
  sandbox::CallEnd run(const Problem& problem, const sandbox::Placement& placement) override {
    return inner_->run(problem, placement);
  }
  std::optional<std::size_t> memory() const override { return held_(); }
  void renew() override { inner_->renew(); }
  void disturb(std::uint32_t seed) override { inner_->disturb(seed); }

 private:
  std::unique_ptr<Sandbox> inner_;
  std::size_t (*held_)();
};

}  // namespace

sandbox::Subject subject_of(const Mutant& mutant) {
  sandbox::Subject subject = sandbox::in_process(mutant.kernel);
  if (mutant.memory != nullptr)
    subject.open = [open = std::move(subject.open), held = mutant.memory] {
      return std::make_unique<Accounted>(open(), held);
    };
  return subject;
}

}  // namespace convict::mutants
