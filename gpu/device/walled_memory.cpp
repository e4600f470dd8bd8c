// SPDX-License-Identifier: Apache-2.0
#include "gpu/device/walled_memory.hpp"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "core/errors.hpp"

namespace convict::gpu {
namespace {

/// The driver's interface as of CUDA 12.0, which every driver for this runtime has.
constexpr unsigned interface_version = 12000;

template <class Function>
bool bind(Function*& function, const char* name) {
  void* found = nullptr;
  cudaDriverEntryPointQueryResult result{};
  const cudaError_t status =
      cudaGetDriverEntryPointByVersion(name, &found, interface_version, cudaEnableDefault, &result);
  function = reinterpret_cast<Function*>(found);
  return status == cudaSuccess && result == cudaDriverEntryPointSuccess && found != nullptr;
}

void require(CUresult status, const char* call) {
  if (status == CUDA_ERROR_OUT_OF_MEMORY) throw std::bad_alloc();
  if (status != CUDA_SUCCESS)
    throw EnvironmentError(fmt::format("{}: driver error {}", call, static_cast<int>(status)));
}

}  // namespace

std::optional<Driver> driver() {
  Driver all;
  const bool complete = bind(all.granularity, "cuMemGetAllocationGranularity") &&
                        bind(all.reserve, "cuMemAddressReserve") &&
                        bind(all.unreserve, "cuMemAddressFree") &&
                        bind(all.create, "cuMemCreate") && bind(all.release, "cuMemRelease") &&
                        bind(all.map, "cuMemMap") && bind(all.unmap, "cuMemUnmap") &&
                        bind(all.set_access, "cuMemSetAccess");
  static_cast<void>(cudaGetLastError());
  return complete ? std::optional(all) : std::nullopt;
}

WalledMemory::WalledMemory(const Driver& driver, int device) : driver_(driver) {
  kind_.type = CU_MEM_ALLOCATION_TYPE_PINNED;
  kind_.location = {.type = CU_MEM_LOCATION_TYPE_DEVICE, .id = device};
  require(driver_.granularity(&granularity_, &kind_, CU_MEM_ALLOC_GRANULARITY_MINIMUM),
          "cuMemGetAllocationGranularity");
}

WalledMemory::~WalledMemory() {
  for (const auto& [address, piece] : pieces_) unmap(piece);
}

Walled WalledMemory::allocate(std::size_t bytes) {
  Piece piece;
  piece.bytes = (std::max<std::size_t>(bytes, 1) + granularity_ - 1) / granularity_ * granularity_;
  piece.range_bytes = piece.bytes + 2 * granularity_;
  try {
    map(piece);
  } catch (...) {
    unmap(piece);
    throw;
  }
  auto* const begin = reinterpret_cast<std::byte*>(piece.range + granularity_);
  pieces_.emplace(begin, piece);
  return {begin, piece.bytes};
}

void WalledMemory::map(Piece& piece) {
  require(driver_.reserve(&piece.range, piece.range_bytes, 0, 0, 0), "cuMemAddressReserve");
  require(driver_.create(&piece.handle, piece.bytes, &kind_, 0), "cuMemCreate");
  piece.created = true;
  const CUdeviceptr begin = piece.range + granularity_;
  require(driver_.map(begin, piece.bytes, 0, piece.handle, 0), "cuMemMap");
  piece.mapped = true;
  const CUmemAccessDesc access{.location = kind_.location,
                               .flags = CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
  require(driver_.set_access(begin, piece.bytes, &access, 1), "cuMemSetAccess");
}

void WalledMemory::unmap(const Piece& piece) const {
  if (piece.mapped) static_cast<void>(driver_.unmap(piece.range + granularity_, piece.bytes));
  if (piece.created) static_cast<void>(driver_.release(piece.handle));
  if (piece.range != 0) static_cast<void>(driver_.unreserve(piece.range, piece.range_bytes));
}

void WalledMemory::release(const Walled& memory) {
  const auto piece = pieces_.find(memory.begin);
  if (piece == pieces_.end()) return;
  unmap(piece->second);
  pieces_.erase(piece);
}

}  // namespace convict::gpu
