// SPDX-License-Identifier: Apache-2.0
// A plug-in with a fault that shows before any kernel runs. The environment variable
// CONVICT_TEST_FAULT selects the fault; without it the plug-in is valid.
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "core/plugin.h"

namespace {

bool fault_is(const char* name) {
  const char* const fault = std::getenv("CONVICT_TEST_FAULT");
  return fault != nullptr && std::strcmp(fault, name) == 0;
}

void loop_for_ever() {
  volatile bool ended = false;
  while (!ended) {
  }
}

struct AtLoad {
  AtLoad() {
    if (fault_is("constructor_segfaults")) *reinterpret_cast<volatile int*>(8) = 1;
    if (fault_is("constructor_hangs")) loop_for_ever();
    if (fault_is("constructor_exits")) std::exit(0);
  }
} at_load;

int run(const convict_problem*, const convict_buffers*) { return 0; }

convict_kernel first;
convict_kernel second;
const convict_kernel* kernels[] = {&first, &second};
convict_plugin plugin;

void fill_table() {
  first.size = second.size = sizeof(convict_kernel);
  first.name = "first";
  second.name = "second";
  first.passes = second.passes = CONVICT_FORWARD | CONVICT_GRAD_WEIGHTS;
  first.precisions = second.precisions = CONVICT_F64 | CONVICT_BF16;
  first.run = second.run = run;
  first.any_strides = 1;
  first.example = "n16_c32_i14x14_k32_f1x1";
  first.arithmetic = CONVICT_WINOGRAD;
  first.winograd_tile = 2;
  first.winograd_taps = 3;
  first.accumulator = CONVICT_F32;
  first.input_rounding = CONVICT_BF16;
  first.accumulation_depth = 12;
  first.truncating_adds = 1;
  first.truncation_block = 4;
  first.flush_to_zero = first.denormals_are_zero = first.nondeterministic = 1;
  first.required_alignment = 16;
  first.over_read = 3;
  first.transform_axes = CONVICT_AXIS_1 | CONVICT_AXIS_2;
  first.transform_fallback = CONVICT_FALLBACK_THAT_AXIS;
  second.bits_depend_on_threads = 1;
  first.special_strides = CONVICT_ZERO_STRIDES | CONVICT_NEGATIVE_STRIDES;
  plugin = {sizeof(convict_plugin), CONVICT_PLUGIN_ABI, 2, kernels};
}

void list_very_many() {
  constexpr std::size_t count = 100000;
  static std::vector<std::string> names;
  static std::vector<convict_kernel> many(count, first);
  static std::vector<const convict_kernel*> list;
  names.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    names.push_back("k" + std::to_string(i));
    many[i].name = names.back().c_str();
    list.push_back(&many[i]);
  }
  plugin.kernel_count = static_cast<int>(count);
  plugin.kernels = list.data();
}

void break_table() {
  if (fault_is("other_abi")) plugin.abi = 2;
  if (fault_is("short_table")) plugin.size = 4;
  if (fault_is("no_kernels")) plugin.kernel_count = 0;
  if (fault_is("too_many_kernels")) plugin.kernel_count = 2147483647;
  if (fault_is("null_list")) plugin.kernels = nullptr;
  if (fault_is("very_many")) list_very_many();
  if (fault_is("null_kernel")) kernels[1] = nullptr;
  if (fault_is("wild_kernel")) kernels[1] = reinterpret_cast<const convict_kernel*>(8);
  if (fault_is("short_kernel")) second.size = 40;
  if (fault_is("half_kernel")) second.size = sizeof(convict_kernel) - 4;
  if (fault_is("without_example")) {
    second.size = offsetof(convict_kernel, transform_axes);
    second.example = "what lies behind an older struct";
  }
  if (fault_is("no_spec")) second.example = "c1_i4_k1_f9";
  if (fault_is("null_name")) second.name = nullptr;
  if (fault_is("empty_name")) second.name = "";
  if (fault_is("name_with_a_space")) second.name = "my kernel";
  if (fault_is("null_run")) second.run = nullptr;
  if (fault_is("duplicate_names")) second.name = "first";
  if (fault_is("no_pass")) second.passes = 0;
  if (fault_is("unknown_pass")) second.passes = 9;
  if (fault_is("no_precision")) second.precisions = 0;
  if (fault_is("unknown_precision")) second.precisions = 64;
  if (fault_is("unknown_arithmetic")) second.arithmetic = 3;
  if (fault_is("winograd_without_tile")) second.arithmetic = CONVICT_WINOGRAD;
  if (fault_is("two_accumulators")) second.accumulator = CONVICT_F64 | CONVICT_F32;
  if (fault_is("negative_over_read")) second.over_read = -1;
  if (fault_is("unknown_axis")) {
    second.arithmetic = CONVICT_FFT;
    second.transform_axes = 8;
  }
  if (fault_is("unknown_fallback")) {
    second.arithmetic = CONVICT_FFT;
    second.transform_fallback = 2;
  }
  if (fault_is("axes_of_direct_sums")) second.transform_axes = CONVICT_AXIS_2;
  if (fault_is("fallback_of_direct_sums")) second.transform_fallback = CONVICT_FALLBACK_THAT_AXIS;
  if (fault_is("unknown_layout")) second.layouts = "nchw nhhc";
  if (fault_is("no_layout")) second.layouts = "";
  if (fault_is("blank_layouts")) second.layouts = " ";
  if (fault_is("unknown_special_strides")) second.special_strides = 4;
  if (fault_is("two_layouts")) second.layouts = "nhwc nchw:rsck:nchw";
  if (fault_is("before_layouts")) {
    second.size = offsetof(convict_kernel, transform_axes);
    second.layouts = "not there";
    second.special_strides = -1;
  }
}

}  // namespace

extern "C" const convict_plugin* convict_plugin_v1() {
  if (fault_is("entry_hangs")) loop_for_ever();
  if (fault_is("entry_throws")) throw 7;
  if (fault_is("null_table")) return nullptr;
  fill_table();
  break_table();
  return &plugin;
}
