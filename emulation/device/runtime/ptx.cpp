// SPDX-License-Identifier: Apache-2.0
#include "convict_device/ptx.hpp"

#include <chrono>
#include <string_view>

#include "capability.hpp"
#include "cuda_bf16.h"
#include "cuda_fp16.h"
#include "scheduler.hpp"

namespace convict_device::ptx {
namespace {

Element element(std::string_view type) {
  if (type == "f16") return Element::f16;
  if (type == "bf16") return Element::bf16;
  if (type == "tf32") return Element::tf32;
  if (type == "f64") return Element::f64;
  if (type == "s8") return Element::s8;
  if (type == "u8") return Element::u8;
  return type == "s32" ? Element::s32 : Element::f32;
}

}  // namespace

void multiply(int m, int n, int k, const char* factor, const char* addend, const char* sum,
              bool saturates, const void* a, const void* b, void* c, Site site) {
  multiply_matrices("mma",
                    {m, n, k, element(factor), element(factor), element(addend), element(sum), true,
                     saturates, a, b, c, c},
                    site);
}

unsigned warpid() { return running->current().in_block / 32; }
unsigned nwarpid() {
  return static_cast<unsigned>((running->current().block->threads.size() + 31) / 32);
}
unsigned smid() { return running->current().block->number % multiprocessors; }
unsigned nsmid() { return multiprocessors; }
std::uint64_t globaltimer() {
  // A loop may wait here for time to pass, or for another thread.
  running->yield();
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

unsigned short half_bits(float value) { return __half(value).__x; }
unsigned short bfloat_bits(float value) { return __nv_bfloat16(value).__x; }
float of_half_bits(unsigned short bits) { return __half::of_bits(bits); }

}  // namespace convict_device::ptx
