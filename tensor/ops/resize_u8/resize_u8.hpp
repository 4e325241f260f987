#pragma once
#include <string_view>

#include "tensor/op.hpp"
#include "tensor/pair.hpp"

namespace dact {

/// Half widths 0.5, 1, 2, 3.
enum class ResizeFilter { box, bilinear, bicubic, lanczos };
std::string_view name_of(ResizeFilter filter);
/// UsageError for an unknown name.
ResizeFilter resize_filter(std::string_view name);

/// Resizes 8-bit pictures as Pillow's Image.resize does (to version 12, byte for byte; 13 takes the
/// rows first where the height shrinks more than the width): filters as wide as the reduction, two
/// passes, each rounded to bytes.
/// equation     y[i, j] = round(sum_r v_ir round(sum_s u_js x[r, s])), weights in 1 / 2^22
/// x            u8 [H, W, C] or [B, H, W, C], sides in [1, 2^24]; any strides
/// size         [h, w] in [1, 2^24]
/// filter       box; bilinear: triangle; bicubic: Keys, a = -0.5; lanczos: three lobes
/// returns      u8 [h, w, C] or [B, h, w, C]; row-major
/// edge         a direction whose size stays the same is left alone; the window is cut at the
///              border and its weights divided by their sum; B = 0 or C = 0 -> empty
/// throws       ShapeError(rank, sides, size), DtypeError(x not u8), UsageError(filter)
/// gradient     no: bytes
/// order        exact integers but for the weights, which are host doubles (+ - * /, own sine),
///              rounded to 2^-22: columns first, then rows; sum = 2^21 + sum of weight * byte; byte
///              = sum >> 22, held in 0 .. 255
/// cost         2 flops per tap and output, 1 read + 1 write, and the picture between the passes
/// source       Pillow's Resample.c
Tensor resize_u8(const Tensor& x, Pair size, ResizeFilter filter);
extern const OpDef resize_u8_op;

}  // namespace dact
