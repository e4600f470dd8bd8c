// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/verdict.hpp"
#include "oracle/truth/case.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::oracle {

/// All three passes are partial derivatives of one trilinear form
///     T(x, w, t) = <t, conv(x, w)>,   conv = dT/dt,  grad_input = dT/dx,  grad_weights = dT/dw.
/// The checks below compare the subject's passes with each other; no other kernel is used.

/// <t, conv(x, w)> = <grad_input(t, w), x> = <grad_weights(x, t), w>, for the passes that the
/// subject has; at least two are needed. Integers are added up exactly, in 128 bits. On real data
/// the sides may differ by the sum of
///     sum_i |o_i| tau_i
/// over both, where tau is the bound of a result and o the tensor that it is multiplied with.
Verdict adjoint(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases& cases);

/// Differences of the forward pass against the gradients: conv is linear in each argument, so a
/// difference of step 1 on integers is the derivative, exactly:
///     <t, conv(x + e_i, w) - conv(x, w)> = grad_input(t, w)[i]
///     <t, conv(x, w + e_i) - conv(x, w)> = grad_weights(x, t)[i]
/// for every coordinate i of a small problem (at most 256 coordinates and 2 million operations in
/// all), else in 6 random directions of +-1. On real data: central differences in such directions,
/// which may differ by what the bounds of the results add up to.
Verdict finite_differences(const Trial& trial, const sandbox::Subject& subject,
                           sandbox::Sandbox& sandbox, Cases& cases);

/// Gradients of gradients, in the same way:
///     d/dt <grad_input(t, w), v> = conv(v, w)
///     d/dw <grad_input(t, w), v> = grad_weights(v, t)
///     d/dt <grad_weights(x, t), v> = conv(x, v)
///     d/dx <grad_weights(x, t), v> = grad_input(t, v)
Verdict second_order(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                     Cases& cases);

}  // namespace convict::oracle
