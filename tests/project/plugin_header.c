/* SPDX-License-Identifier: Apache-2.0 */
/* The plug-in header promises C99. */
#include "core/plugin.h"

const convict_plugin* convict_plugin_v1(void);
