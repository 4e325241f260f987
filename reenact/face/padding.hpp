// A picture continued beyond its edges: mirrored, blurred, faded to its median colour.
#pragma once
#include <cstdint>

#include "tensor/tensor.hpp"

namespace dact::face {

/// Pixels to add on each side; 0 or more.
struct PadSides {
  std::int64_t left = 0, top = 0, right = 0, bottom = 0;
};

enum class Mirror {
  edge_once,  // ... 2 1 [0 1 2 ...: the edge pixel is not repeated
  edge_twice  // ... 1 0 [0 1 2 ...
};

/// How the blend weights are made and used.
struct BlendOptions {
  Mirror mirror = Mirror::edge_once;
  double sigma = 1;      // of the blur, pixels; cut at 4 sigma
  double least_pad = 0;  // what a pad of 0 counts as in the mask
  bool round = true;     // to the nearest byte (ties to even), else truncated
};

/// equation     m(x, y) = max(1 - min(x / left, (w - 1 - x) / right), 1 - min(y / top, (h - 1 - y) / bottom)) on the
///              padded w x h picture; img += (blur(img) - img) clip(3 m + 1, 0, 1); img += (median - img) clip(m, 0, 1),
///              median of each channel over the picture so far
/// picture      u8 [H, W, 3] with pixels
/// returns      u8 [H + top + bottom, W + left + right, 3]
/// edge         0 / 0 in the mask counts as 0, as at a side of pad 0
Tensor pad_blended(const Tensor& picture, const PadSides& pad, const BlendOptions& options);

}  // namespace dact::face
