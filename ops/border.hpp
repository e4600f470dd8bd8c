// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <initializer_list>
#include <string>
#include <variant>
#include <vector>

#include "core/spec.hpp"
#include "ops/array.hpp"

namespace convict::ops {

/// One axis of a border mode given as a tuple: an int, or the pair (before, after). It can hold
/// tuples of other lengths too, so that these can be refused by name.
struct AxisPadding {
  AxisPadding(index_t both) : sides{both}, is_tuple(false) {}  // NOLINT: as in Theano
  AxisPadding(std::initializer_list<index_t> tuple) : sides(tuple), is_tuple(true) {}
  explicit AxisPadding(Dims tuple) : sides(std::move(tuple)), is_tuple(true) {}

  Dims sides;
  bool is_tuple;
};

/// `border_mode` as Theano and Aesara take it: "valid", "half", "full"; an int for every axis; or
/// one entry per axis, each an int or a pair: "half", 1, {1, 2}, {{0, 1}, 2}.
struct BorderModeArg {
  BorderModeArg(const char* mode) : value(std::string(mode)) {}             // NOLINT
  BorderModeArg(std::string mode) : value(std::move(mode)) {}               // NOLINT
  BorderModeArg(int pad) : value(index_t{pad}) {}                           // NOLINT
  BorderModeArg(index_t pad) : value(pad) {}                                // NOLINT
  BorderModeArg(std::vector<AxisPadding> axes) : value(std::move(axes)) {}  // NOLINT
  BorderModeArg(std::initializer_list<AxisPadding> axes) : value(std::vector<AxisPadding>(axes)) {}

  std::variant<std::string, index_t, std::vector<AxisPadding>> value;
};

/// As Theano and Aesara would print it: 'half', 1, (1, 2), ((0, 1), 2).
std::string to_string(const BorderModeArg& border_mode);

/// A checked border mode in a normal form, so that equal modes compare equal: all-zero padding is
/// `valid`, a pair of equal numbers is the int.
struct Border {
  BorderMode mode = BorderMode::valid;
  std::array<SidePadding, max_rank> sides{};
  bool operator==(const Border&) const = default;
};

/// The checks of an abstract op's constructor (BaseAbstractConv.__init__), in their order. Throws
/// ValueError for a negative int, a tuple that has not `convdim` entries, an entry that is neither
/// an int >= 0 nor a pair of ints >= 0, or an unknown name; NotImplementedError for a pair when
/// convdim is 3, even when both its sides are equal.
Border checked_border(const BorderModeArg& border_mode, int convdim);

/// Padding of each axis from already dilated filter extents. Throws ValueError for a negative int,
/// a tuple whose length is not `convdim`, a bad entry or an unknown name, NotImplementedError for
/// an entry that is a tuple of another length than two. A bare int pads every side, as Theano and
/// Aesara document (their code refused it). Pairs are accepted for every rank.
/// Source: theano/tensor/nnet/abstract_conv.py, border_mode_to_pad.
std::vector<SidePadding> border_mode_to_pad(const BorderModeArg& mode, int convdim,
                                            const Dims& kshp);

}  // namespace convict::ops
