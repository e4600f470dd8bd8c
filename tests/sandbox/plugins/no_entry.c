/* SPDX-License-Identifier: Apache-2.0 */
/* A shared object that is no plug-in. */
int convict_plugin_v2(void);
int convict_plugin_v2(void) { return 0; }
