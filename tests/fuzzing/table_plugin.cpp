// SPDX-License-Identifier: Apache-2.0
// A plug-in whose table is what plugin_table_target.cpp makes of an input.
#include "core/plugin.h"

extern "C" const convict_plugin* convict_fuzzed_table;
const convict_plugin* convict_fuzzed_table = nullptr;

extern "C" const convict_plugin* convict_plugin_v1() { return convict_fuzzed_table; }
