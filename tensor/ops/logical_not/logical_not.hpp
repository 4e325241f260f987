#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Negation of bools.
/// equation     y = not x
/// x            bool, any shape, any strides
/// returns      bool, same shape, axis order
/// throws       DtypeError(not bool)
/// gradient     none: the result is of bool
/// cost         n flops, 1 read + 1 write
Tensor logical_not(const Tensor& x);
extern const OpDef logical_not_op;

}  // namespace dact
