#pragma once

#include <optional>
#include <string>

#include "core/verdict.hpp"
#include "oracle/checks/correspondence.hpp"
#include "oracle/truth/case.hpp"

namespace convict::oracle {

/// Relations between results that hold whatever the truth is: no oracle is asked. Those that are
/// correspondences describe the derived problems; see Correspondence for what that means in each
/// pass. The functions assume that `..._needs` has no objection.
using Derive = Correspondence (*)(const Trial&);
using Needs = std::optional<std::string> (*)(const Trial&);

/// Carries a correspondence out: a row's `run`.
template <Derive derive>
Verdict corresponds(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                    Cases&) {
  return judge_correspondence(trial, subject, sandbox, derive(trial));
}

/// "shift = moved output": an image moved by m strides gives the output moved by m, where nothing
/// falls off the end.   x'[q] = x[q - m s],  y'[p] = y[p - m],  unshared w'[p] = w[p - m]
Correspondence shift(const Trial& trial);
std::optional<std::string> shift_needs(const Trial& trial);

/// "flip = reversed taps".   w'[u] = w[f - 1 - u] on every axis, flip the other way round
Correspondence flip(const Trial& trial);

/// "dilation = zero-stuffed filter".   w'[u] = w[u / d] where d divides u, else 0; dilation 1
Correspondence dilation(const Trial& trial);
std::optional<std::string> dilation_needs(const Trial& trial);

/// "stride = every s-th output of stride 1".   y'[p] = y[p / s] where s divides p; so the output's
/// gradient is zero-stuffed in grad_input and grad_weights
Correspondence stride(const Trial& trial);
std::optional<std::string> stride_needs(const Trial& trial);

/// "padding = explicit zeros, then valid".   x'[q] = x[q - l], an input of n + l + r
Correspondence padding(const Trial& trial);
std::optional<std::string> padding_needs(const Trial& trial);

/// "one rank higher": an axis of extent 1 with a filter of 1 is put somewhere.
Correspondence rank_raising(const Trial& trial);
std::optional<std::string> rank_raising_needs(const Trial& trial);

/// "one rank lower": an axis of extent 1 with a filter of 1 and no padding is left out.
Correspondence rank_lowering(const Trial& trial);
std::optional<std::string> rank_lowering_needs(const Trial& trial);

/// "input channels in another order": within every group, with the filters' channels alike.
///   x'[c] = x[pi c],  w'[k, c] = w[k, pi c]
Correspondence permute_in_channels(const Trial& trial);
std::optional<std::string> permute_in_channels_needs(const Trial& trial);

/// "output channels in another order": within every group.   w'[k] = w[pi k],  y'[k] = y[pi k]
Correspondence permute_out_channels(const Trial& trial);
std::optional<std::string> permute_out_channels_needs(const Trial& trial);

/// "groups in another order": x, w and y by whole groups.
Correspondence permute_groups(const Trial& trial);
std::optional<std::string> several_groups(const Trial& trial);

/// "groups = separate convolutions": one part for each group, with its channels.
Correspondence group_split(const Trial& trial);
std::optional<std::string> group_split_needs(const Trial& trial);

/// "groups = block-diagonal filters": one group.   w'[k, c] = w[k, c - first channel of k's group],
/// zero outside the group
Correspondence group_merge(const Trial& trial);
std::optional<std::string> group_merge_needs(const Trial& trial);

/// "batch = image by image": one part for each image; grad_weights adds them up.
Correspondence batch_split(const Trial& trial);
std::optional<std::string> batch_split_needs(const Trial& trial);

/// "unshared with equal filters = shared".   w'[k, p, c, u] = w[k, c, u] at every p; grad_weights
/// adds the banks up
Correspondence unshared_equal(const Trial& trial);
std::optional<std::string> unshared_equal_needs(const Trial& trial);

/// K(2 a + b, c) = 2 K(a, c) + K(b, c), K the pass, a and b first operands (input; for grad_input
/// the output's gradient).
Verdict linear_in_first(const Trial& trial, const sandbox::Subject& subject,
                        sandbox::Sandbox& sandbox, Cases& cases);

/// K(c, 2 a + b) = 2 K(c, a) + K(c, b), a and b second operands (filters; for grad_weights the
/// output's gradient).
Verdict linear_in_second(const Trial& trial, const sandbox::Subject& subject,
                         sandbox::Sandbox& sandbox, Cases& cases);

/// K(a + b, c + d) = K(a, c) + K(a, d) + K(b, c) + K(b, d).
Verdict additivity(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                   Cases& cases);

/// A one in the first operand, zeros elsewhere: what comes out are the second operand's elements,
/// each in its place and nothing else (Ergun, Testing multivariate linear functions: overcoming the
/// generator bottleneck, STOC 1995; FFTW tests itself this way).
///   forward       x = delta(n, c, q):  y[n, k, p] = w[k, (p,) c, u]  where u leads from p to q
///   grad_input    t = delta(n, k, p):  gx[n, c, q] = w[k, (p,) c, u]  where u leads from p to q
///   grad_weights  x = delta(n, c, q):  gw[k, (p,) c, u] = t[n, k, p]  where u leads from p to q
Verdict impulse(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases& cases);

}  // namespace convict::oracle
