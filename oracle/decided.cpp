#include "oracle/decided.hpp"

#include <utility>

namespace convict::oracle {

Verdict decided(Outcome outcome, std::string_view layer, std::string reason) {
  Verdict verdict;
  verdict.outcome = outcome;
  verdict.layer = layer;
  verdict.reason = std::move(reason);
  return verdict;
}

Verdict unsupported(std::string_view layer, std::string reason) {
  return decided(Outcome::unsupported, layer, std::move(reason));
}

std::optional<Verdict> verdict_on(const CallEnd& end) {
  switch (end.kind) {
    case CallEnd::Kind::returned: return std::nullopt;
    case CallEnd::Kind::failed:
      return decided(Outcome::fail, "custody", "reported failure: " + end.how);
    case CallEnd::Kind::crashed: return decided(Outcome::crashed, "custody", end.how);
    case CallEnd::Kind::hung: return decided(Outcome::hung, "custody", end.how);
  }
  return std::nullopt;
}

}  // namespace convict::oracle
