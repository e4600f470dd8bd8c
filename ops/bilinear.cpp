// SPDX-License-Identifier: Apache-2.0
#include "ops/bilinear.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "ops/array_ops.hpp"
#include "ops/conv.hpp"
#include "ops/errors.hpp"
#include "ops/params.hpp"

namespace convict::ops {
namespace {

void require_ratio(index_t ratio) {
  if (ratio < 1)
    throw ValueError(fmt::format("ratio is {}; it must be a whole number >= 1", ratio));
}

/// The maps with a border of one pixel that repeats the outermost pixels, corners included.
Array edge_replicated(const Array& maps) {
  Dims shape = maps.shape();
  shape[2] += 2;
  shape[3] += 2;
  return gathered(maps, shape, [&](Dims& index) {
    for (const std::size_t a : {2, 3})
      index[a] = std::clamp<index_t>(index[a] - 1, 0, maps.extent(a) - 1);
    return true;
  });
}

/// One transposed convolution of edge-replicated maps (N, 1, h, w) that magnifies to `size`.
Array magnified(const Array& maps, const Array& kernel, const Dims& stride, const Dims& pad,
                const Dims& size, const Policy& policy) {
  return conv2d_grad_wrt_inputs(maps, kernel, {maps.extent(0), 1, size[0], size[1]},
                                {.border_mode = {pad[0], pad[1]}, .subsample = stride}, policy);
}

Array upsampled_by_rows_and_columns(const Array& maps, index_t r, index_t pad, const Dims& size,
                                    const Policy& policy) {
  const Array tent = bilinear_kernel_1D(r, true, maps.precision());
  const Array rows = magnified(maps, tent.reshaped({1, 1, 2 * r - 1, 1}), {r, 1}, {pad, 0},
                               {size[0], maps.extent(3)}, policy);
  return magnified(rows, tent.reshaped({1, 1, 1, 2 * r - 1}), {1, r}, {0, pad}, size, policy);
}

Array upsampled(const Array& input, index_t ratio, bool use_1D_kernel, const Policy& policy) {
  const Dims& s = input.shape();
  const Dims size = {s[2] * ratio, s[3] * ratio};
  const Dims result_shape = {s[0], s[1], size[0], size[1]};
  if (input.elements() == 0) return Array(result_shape, input.precision());
  const Array maps = edge_replicated(input.reshaped({s[0] * s[1], 1, s[2], s[3]}));
  const index_t pad = 2 * ratio - (ratio - 1) / 2 - 1;
  if (use_1D_kernel)
    return upsampled_by_rows_and_columns(maps, ratio, pad, size, policy).reshaped(result_shape);
  const Array kernel = bilinear_kernel_2D(ratio, true, maps.precision())
                           .reshaped({1, 1, 2 * ratio - 1, 2 * ratio - 1});
  return magnified(maps, kernel, {ratio, ratio}, {pad, pad}, size, policy).reshaped(result_shape);
}

void check_ratios(const BilinearOptions& options) {
  const bool fraction = options.frac_ratio || options.frac_ratios;
  if (options.ratio && fraction)
    throw ValueError("ratio and frac_ratio are both given; give only one of them");
  if (options.frac_ratio && options.frac_ratios)
    throw ValueError("frac_ratio is given once for both axes and once for each; give one form");
  if (!fraction && options.ratio.value_or(0) == 0)
    throw ValueError("ratio and frac_ratio are both missing (or ratio is 0); give one of them");
  if (fraction && options.use_1D_kernel)
    throw ValueError("use_1D_kernel is true; a fractional ratio needs use_1D_kernel=false");
}

}  // namespace

Array bilinear_kernel_1D(index_t ratio, bool normalize, Precision dtype) {
  require_ratio(ratio);
  Array kernel({2 * ratio - 1}, dtype);
  const double divisor = normalize ? static_cast<double>(ratio) : 1;
  for (index_t m = 0; m < 2 * ratio - 1; ++m)
    kernel.set(static_cast<std::size_t>(m),
               static_cast<double>(ratio - std::abs(m - (ratio - 1))) / divisor);
  return kernel;
}

Array bilinear_kernel_2D(RatioPair ratio, bool normalize, Precision dtype) {
  const Array rows = bilinear_kernel_1D(ratio.rows, normalize);
  const Array columns = bilinear_kernel_1D(ratio.columns, normalize);
  Array kernel({rows.extent(0), columns.extent(0)}, dtype);
  const std::size_t width = columns.elements();
  for (std::size_t at = 0; at < kernel.elements(); ++at)
    kernel.set(at, rows[at / width] * columns[at % width]);
  return kernel;
}

Array bilinear_upsampling(const Array& input, const BilinearOptions& options,
                          const Policy& policy) {
  check_ratios(options);
  require_rank("input", input.shape(), 4);
  if (options.frac_ratios) return frac_bilinear_upsampling(input, *options.frac_ratios);
  if (options.frac_ratio) return frac_bilinear_upsampling(input, *options.frac_ratio);
  require_ratio(*options.ratio);
  return upsampled(input, *options.ratio, options.use_1D_kernel, policy);
}

}  // namespace convict::ops
