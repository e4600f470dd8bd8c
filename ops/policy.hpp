// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace convict::ops {

/// How an implementation is chosen: one field for every flag of Theano and Aesara, with its
/// default.
struct Policy {
  enum class Optimizer { fast_run, none };
  enum class Enabled { automatic, yes, no, no_check };
  using Names = std::vector<std::string>;

  Optimizer optimizer = Optimizer::fast_run;  ///< none: the definition, as `perform` in Theano
  Names optimizer_excluding{};                ///< tags or names of candidates
  Names optimizer_including{};                ///< conv_meta, cudnn
  bool deterministic = false;                 ///< only kernels that claim the same bits every time
  bool openmp = false;                        ///< several threads instead of one
  int threads = 0;                            ///< how many with openmp; 0: all processors
  bool conv_assert_shape = false;             ///< conv.assert_shape: verify shape hints
  Enabled dnn_enabled = Enabled::automatic;   ///< dnn.enabled
  std::string dnn_conv_algo_fwd = "small";    ///< dnn.conv.algo_fwd
  std::string dnn_conv_algo_bwd_data = "none";
  std::string dnn_conv_algo_bwd_filter = "none";
  std::string dnn_conv_precision = "as_input_f32";
  Names metaopt_optimizer_excluding{};
  Names metaopt_optimizer_including{};
  int metaopt_verbose = 0;

  bool operator==(const Policy&) const = default;
};

/// Reads "flag=value,flag=value" with the names of Theano and Aesara; names in a list are separated
/// by ':'.
/// Throws UsageError for an unknown flag, value, tag or candidate (naming the nearest known one),
/// for a flag that Theano and Aesara removed, for one given twice, and for flags that contradict
/// each other.
Policy parse_flags(std::string_view text);

/// The policy of CONVICT_FLAGS, read once; the defaults when it is not set.
const Policy& environment_policy();

/// Throws UsageError when two fields of `policy` exclude each other.
void require_consistent(const Policy& policy);

/// One sentence for each setting of `policy` that is accepted but not implemented.
std::vector<std::string> notes(const Policy& policy);

/// Names of all flags.
std::vector<std::string> flag_names();

}  // namespace convict::ops
