#pragma once

#include "core/verdict.hpp"
#include "oracle/truth/case.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::oracle {

/// All three passes are partial derivatives of one trilinear form
///     T(x, w, t) = <t, conv(x, w)>,   conv = dT/dt,  grad_input = dT/dx,  grad_weights = dT/dw.
/// The checks below hold the subject's passes against each other; nobody else's are used.

/// <t, conv(x, w)> = <grad_input(t, w), x> = <grad_weights(x, t), w>, of the passes the subject
/// has, two at least. Exact in integers, added up in 128 bits; on real data within
///     sum_i |o_i| tau_i   of either side, o the tensor a result tau off is multiplied with.
Verdict adjoint(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases& cases);

/// Differences of the forward pass against the gradients: conv is linear in each argument, so a
/// difference of step 1 on integers is the derivative, exactly:
///     <t, conv(x + e_i, w) - conv(x, w)> = grad_input(t, w)[i]
///     <t, conv(x, w + e_i) - conv(x, w)> = grad_weights(x, t)[i]
/// for every coordinate i of a small problem (at most 256, and a bearable amount of work), else in
/// random directions of +-1. On real data central differences in such directions, within what the
/// bounds of the results allow.
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
