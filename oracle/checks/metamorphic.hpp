// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/verdict.hpp"
#include "oracle/checks/index_relation.hpp"
#include "oracle/truth/case.hpp"

namespace convict::oracle {

/// Metamorphic relations: identities between results of the subject that hold whatever the right
/// result is, so that no truth is computed (Chen, Cheung and Yiu, 1998). Functions that return an
/// IndexRelation describe the follow-up problems; see there for what that means in each pass. They
/// require that the relation's `..._needs` returns nothing; else it is the reason why the relation
/// does not apply to the trial.
using Derive = IndexRelation (*)(const Trial&);
using Needs = std::optional<std::string> (*)(const Trial&);

/// Check::run for an IndexRelation.
template <Derive derive>
Verdict index_relation(const Trial& trial, const sandbox::Subject& subject,
                       sandbox::Sandbox& sandbox, Cases&) {
  return judge_index_relation(trial, subject, sandbox, derive(trial));
}

/// "shift by whole strides = moved output": an image moved by m strides gives the output moved by
/// m; what is moved beyond the end is left out.
///   x'[q] = x[q - m s],  y'[p] = y[p - m],  unshared w'[p] = w[p - m]
IndexRelation shift(const Trial& trial);
std::optional<std::string> shift_needs(const Trial& trial);

/// "flip = reversed taps".   w'[u] = w[f - 1 - u] on every axis; `flip` is negated
IndexRelation flip(const Trial& trial);

/// "dilation = zero-stuffed filter".   w'[u] = w[u / d] where d divides u, else 0; dilation 1
IndexRelation dilation(const Trial& trial);
std::optional<std::string> dilation_needs(const Trial& trial);

/// "stride = every s-th output of stride 1".   y'[p] = y[p / s] where s divides p; for grad_input
/// and grad_weights zeros are inserted into the output's gradient
IndexRelation stride(const Trial& trial);
std::optional<std::string> stride_needs(const Trial& trial);

/// "padding = explicit zeros, then valid".   x'[q] = x[q - l], an input of n + l + r
IndexRelation padding(const Trial& trial);
std::optional<std::string> padding_needs(const Trial& trial);

/// "one rank higher with an axis of 1": adds an axis of extent 1 with a filter of 1; the seed
/// chooses where.
IndexRelation rank_raising(const Trial& trial);
std::optional<std::string> rank_raising_needs(const Trial& trial);

/// "one rank lower without its axis of 1": leaves out an axis of extent 1 with a filter of 1 and no
/// padding.
IndexRelation rank_lowering(const Trial& trial);
std::optional<std::string> rank_lowering_needs(const Trial& trial);

/// "input channels in another order": within every group; the filters' channels move with them.
///   x'[c] = x[pi c],  w'[k, c] = w[k, pi c]
IndexRelation permute_in_channels(const Trial& trial);
std::optional<std::string> permute_in_channels_needs(const Trial& trial);

/// "output channels in another order": within every group.   w'[k] = w[pi k],  y'[k] = y[pi k]
IndexRelation permute_out_channels(const Trial& trial);
std::optional<std::string> permute_out_channels_needs(const Trial& trial);

/// "groups in another order": x, w and y move by whole groups.
IndexRelation permute_groups(const Trial& trial);
std::optional<std::string> several_groups(const Trial& trial);

/// "groups = separate convolutions": one follow-up problem for each group, with its channels.
IndexRelation group_split(const Trial& trial);
std::optional<std::string> group_split_needs(const Trial& trial);

/// "groups = block-diagonal filters": one group.   w'[k, c] = w[k, c - first channel of k's group],
/// zero outside the group
IndexRelation group_merge(const Trial& trial);
std::optional<std::string> group_merge_needs(const Trial& trial);

/// "batch = image by image": one follow-up problem for each image; grad_weights adds them up.
IndexRelation batch_split(const Trial& trial);
std::optional<std::string> batch_split_needs(const Trial& trial);

/// "unshared with equal filters = shared".   w'[k, p, c, u] = w[k, c, u] at every p; grad_weights
/// adds the banks up
IndexRelation unshared_equal(const Trial& trial);
std::optional<std::string> unshared_equal_needs(const Trial& trial);

/// K(2 a + b, c) = 2 K(a, c) + K(b, c), where K is the pass; a and b are first operands (the input;
/// for grad_input the output's gradient).
Verdict linear_in_first(const Trial& trial, const sandbox::Subject& subject,
                        sandbox::Sandbox& sandbox, Cases& cases);

/// K(c, 2 a + b) = 2 K(c, a) + K(c, b), where a and b are second operands (the filters; for
/// grad_weights the output's gradient).
Verdict linear_in_second(const Trial& trial, const sandbox::Subject& subject,
                         sandbox::Sandbox& sandbox, Cases& cases);

/// K(a + b, c + d) = K(a, c) + K(a, d) + K(b, c) + K(b, d).
Verdict additivity(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                   Cases& cases);

/// A single one in the first operand, zeros elsewhere: the result holds the second operand's
/// elements, each in its place, and zeros elsewhere (Ergun, Testing multivariate linear functions:
/// overcoming the generator bottleneck, STOC 1995; FFTW tests itself this way).
///   forward       x = delta(n, c, q):  y[n, k, p] = w[k, (p,) c, u]  where u leads from p to q
///   grad_input    t = delta(n, k, p):  gx[n, c, q] = w[k, (p,) c, u]  where u leads from p to q
///   grad_weights  x = delta(n, c, q):  gw[k, (p,) c, u] = t[n, k, p]  where u leads from p to q
Verdict impulse(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases& cases);

}  // namespace convict::oracle
