// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernel.hpp"
#include "core/plugin.h"

namespace convict::sandbox {

/// `problem` as a plug-in sees it: three spatial axes, strides in elements, shared filters with
/// stride 0 along the output positions. For an invalid spec only the parameters that the user wrote
/// are filled in: output extents and strides are 0, as is symbolic padding that does not fit in 64
/// bits. Never throws.
convict_problem plugin_problem(const Problem& problem);

/// The bit of core/plugin.h that stands for a pass or precision.
constexpr std::int32_t plugin_bit(Pass pass) { return 1 << static_cast<int>(pass); }
constexpr std::int32_t plugin_bit(Precision precision) { return 1 << static_cast<int>(precision); }

static_assert(plugin_bit(Pass::forward) == CONVICT_FORWARD);
static_assert(plugin_bit(Pass::grad_input) == CONVICT_GRAD_INPUT);
static_assert(plugin_bit(Pass::grad_weights) == CONVICT_GRAD_WEIGHTS);
static_assert(plugin_bit(Precision::f64) == CONVICT_F64);
static_assert(plugin_bit(Precision::f32) == CONVICT_F32);
static_assert(plugin_bit(Precision::tf32) == CONVICT_TF32);
static_assert(plugin_bit(Precision::bf16) == CONVICT_BF16);
static_assert(plugin_bit(Precision::f16) == CONVICT_F16);
static_assert(plugin_bit(Precision::f16a16) == CONVICT_F16A16);

}  // namespace convict::sandbox
