// A plug-in that is faulty before any kernel runs. The environment variable CONVICT_TEST_FAULT says
// how; without it, it is a good one.
#include <cstdlib>
#include <cstring>

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

convict_kernel row;
convict_kernel other;
const convict_kernel* rows[] = {&row, &other};
convict_plugin plugin;

void fill_table() {
  row.size = other.size = sizeof(convict_kernel);
  row.name = "first";
  other.name = "second";
  row.passes = other.passes = CONVICT_FORWARD | CONVICT_GRAD_WEIGHTS;
  row.precisions = other.precisions = CONVICT_F64 | CONVICT_BF16;
  row.run = other.run = run;
  row.any_strides = 1;
  row.arithmetic = CONVICT_WINOGRAD;
  row.winograd_tile = 2;
  row.winograd_taps = 3;
  row.accumulator = CONVICT_F32;
  row.input_rounding = CONVICT_BF16;
  row.accumulation_depth = 12;
  row.truncating_adds = 1;
  row.truncation_block = 4;
  row.flush_to_zero = row.denormals_are_zero = row.nondeterministic = 1;
  row.required_alignment = 16;
  row.over_read = 3;
  plugin = {sizeof(convict_plugin), CONVICT_PLUGIN_ABI, 2, rows};
}

void spoil_table() {
  if (fault_is("other_abi")) plugin.abi = 2;
  if (fault_is("short_table")) plugin.size = 4;
  if (fault_is("no_kernels")) plugin.kernel_count = 0;
  if (fault_is("null_kernel")) rows[1] = nullptr;
  if (fault_is("wild_kernel")) rows[1] = reinterpret_cast<const convict_kernel*>(8);
  if (fault_is("short_kernel")) other.size = 40;
  if (fault_is("half_kernel")) other.size = sizeof(convict_kernel) - 8;
  if (fault_is("null_name")) other.name = nullptr;
  if (fault_is("empty_name")) other.name = "";
  if (fault_is("name_with_a_space")) other.name = "my kernel";
  if (fault_is("null_run")) other.run = nullptr;
  if (fault_is("duplicate_names")) other.name = "first";
  if (fault_is("no_pass")) other.passes = 0;
  if (fault_is("unknown_pass")) other.passes = 9;
  if (fault_is("no_precision")) other.precisions = 0;
  if (fault_is("unknown_precision")) other.precisions = 64;
  if (fault_is("unknown_arithmetic")) other.arithmetic = 3;
  if (fault_is("winograd_without_tile")) other.arithmetic = CONVICT_WINOGRAD;
  if (fault_is("two_accumulators")) other.accumulator = CONVICT_F64 | CONVICT_F32;
  if (fault_is("negative_over_read")) other.over_read = -1;
}

}  // namespace

extern "C" const convict_plugin* convict_plugin_v1() {
  if (fault_is("entry_hangs")) loop_for_ever();
  if (fault_is("entry_throws")) throw 7;
  if (fault_is("null_table")) return nullptr;
  fill_table();
  spoil_table();
  return &plugin;
}
