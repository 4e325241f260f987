#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Leaky rectifier with a learned slope.
/// equation     y = x where x > 0, else w_c x;  c the index along axis 1
/// x            f32|f64, any shape, any strides
/// weight       same dtype, [C] with C the size of x's axis 1, or [1]: one slope for all
/// returns      x's shape, dtype, axis order
/// edge         NaN -> NaN; x = 0 takes the slope w, also in its derivative
/// throws       ShapeError(weight neither [1] nor [C]), DtypeError(mixed or not float), DeviceError
/// gradient     yes, saves x and weight
/// cost         2n flops, 1 read + 1 write
/// source       He et al. 2015, eq. 1
Tensor prelu(const Tensor& x, const Tensor& weight);
extern const OpDef prelu_op;

}  // namespace dact
