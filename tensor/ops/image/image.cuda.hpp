// Kernels of image operators, one thread per result: images are [B, H, W, C] as stored, channels innermost, so that
// neighbouring threads read neighbouring channels.
#pragma once
#include "tensor/cuda/kernel.hpp"
#include "tensor/cuda/walk.hpp"
#include "tensor/math.hpp"
#include "tensor/ops/grid_sample/grid_sample.points.hpp"
#include "tensor/sum.hpp"

namespace dact::cuda {

/// Which result a thread has: image b, row y, column x, channel c.
struct Pixel {
  std::int64_t b, y, x, c;
};
DACT_INLINE Pixel pixel_of(std::int64_t i, std::int64_t height, std::int64_t width,
                           std::int64_t channels) {
  const Split c = split(i, channels), x = split(c.quotient, width), y = split(x.quotient, height);
  return {y.quotient, y.rest, x.rest, c.rest};
}

/// Output o of an axis covers inputs [begin[o], end[o]), count[o] its share of the divisor.
struct Windows {
  const std::int64_t *begin, *end, *count;
};

struct WindowMeans {
  const float* x;
  float* y;
  Windows rows, cols;
  std::int64_t height, width, channels, out_h, out_w;
  DACT_INLINE void operator()(std::int64_t i) const {
    const Pixel p = pixel_of(i, out_h, out_w, channels);
    const std::int64_t top = rows.begin[p.y], left = cols.begin[p.x], across = cols.end[p.x] - left;
    const float* at = x + ((p.b * height + top) * width + left) * channels + p.c;
    const float sum = lane_sum<float>((rows.end[p.y] - top) * across, [&](std::int64_t k) {
      const Split cell = split(k, across);
      return at[(cell.quotient * width + cell.rest) * channels];
    });
    y[i] = sum / static_cast<float>(rows.count[p.y] * cols.count[p.x]);
  }
};

/// dx = +0, then + g / count over the windows that cover the pixel, ascending. by_row, by_col: the covering windows.
struct WindowGradient {
  const float* g;
  float* dx;
  Windows by_row, by_col;
  const std::int64_t *row_count, *col_count;
  std::int64_t height, width, channels, in_h, in_w;  // of g; of dx
  DACT_INLINE void operator()(std::int64_t i) const {
    const Pixel p = pixel_of(i, in_h, in_w, channels);
    float sum = 0.0f;
    for (std::int64_t r = by_row.begin[p.y]; r < by_row.end[p.y]; ++r)
      for (std::int64_t o = by_col.begin[p.x]; o < by_col.end[p.x]; ++o)
        sum = sum + g[((p.b * height + r) * width + o) * channels + p.c] /
                        static_cast<float>(row_count[r] * col_count[o]);
    dx[i] = sum;
  }
};

/// Order of NUMERICS.md 8 as an integer: -0 below +0, NaN above all and all NaNs equal.
DACT_INLINE std::int32_t order_of(float v) {
  const std::int32_t bits = math::signed_of(math::bits_of(v));
  return math::isnan(v) ? 0x7fffffff : bits ^ ((bits >> 31) & 0x7fffffff);
}

/// The first winner of each window, and where it stands in the plane.
struct MaxPool {
  const float* x;
  float* y;
  std::int64_t* winner;
  Windows rows, cols;
  std::int64_t height, width, channels, out_h, out_w;
  DACT_INLINE void operator()(std::int64_t i) const {
    const Pixel p = pixel_of(i, out_h, out_w, channels);
    std::int32_t best = -0x7fffffff - 1;
    float value = 0.0f;
    std::int64_t at = 0;
    for (std::int64_t r = rows.begin[p.y]; r < rows.end[p.y]; ++r)
      for (std::int64_t w = cols.begin[p.x]; w < cols.end[p.x]; ++w) {
        const float v = x[((p.b * height + r) * width + w) * channels + p.c];
        if (order_of(v) <= best) continue;
        best = order_of(v);
        value = v;
        at = r * width + w;
      }
    y[i] = value;
    winner[i] = at;
  }
};

/// dx = +0, then for every window over the pixel + (its winner is the pixel ? g : +0), ascending.
struct MaxPoolGradient {
  const float* g;
  const std::int64_t* winner;
  float* dx;
  Windows by_row, by_col;
  std::int64_t height, width, channels, in_h, in_w;
  DACT_INLINE void operator()(std::int64_t i) const {
    const Pixel p = pixel_of(i, in_h, in_w, channels);
    float sum = 0.0f;
    for (std::int64_t r = by_row.begin[p.y]; r < by_row.end[p.y]; ++r)
      for (std::int64_t o = by_col.begin[p.x]; o < by_col.end[p.x]; ++o) {
        const std::int64_t at = ((p.b * height + r) * width + o) * channels + p.c;
        sum = sum + (winner[at] == p.y * in_w + p.x ? g[at] : 0.0f);
      }
    dx[i] = sum;
  }
};

/// One pass of a separable resampling: output o of the axis is the chain over taps first[o] .. first[o + 1] - 1.
/// x [outer, inputs, inner], y [outer, outputs, inner].
struct BlendTaps {
  const float* x;
  float* y;
  const std::int64_t *begin, *first;
  const float* weight;
  std::int64_t inputs, outputs, inner;
  DACT_INLINE void operator()(std::int64_t i) const {
    const Split j = split(i, inner), o = split(j.quotient, outputs);
    const float* at = x + (o.quotient * inputs + begin[o.rest]) * inner + j.rest;
    float acc = 0.0f;
    for (std::int64_t t = first[o.rest]; t < first[o.rest + 1]; ++t, at += inner)
      acc = math::fma(weight[t], *at, acc);
    y[i] = acc;
  }
};

/// The same for bytes with weights in 1 / 2^precision.
struct BlendBytes {
  const std::uint8_t* x;
  std::uint8_t* y;
  const std::int64_t *begin, *first;
  const std::int32_t* weight;
  std::int64_t inputs, outputs, inner;
  int precision;
  DACT_INLINE void operator()(std::int64_t i) const {
    const Split j = split(i, inner), o = split(j.quotient, outputs);
    const std::uint8_t* at = x + (o.quotient * inputs + begin[o.rest]) * inner + j.rest;
    std::int32_t sum = 1 << (precision - 1);
    for (std::int64_t t = first[o.rest]; t < first[o.rest + 1]; ++t, at += inner)
      sum += weight[t] * *at;
    const std::int32_t v = sum >> precision;
    y[i] = static_cast<std::uint8_t>(v < 0 ? 0 : (v > 255 ? 255 : v));
  }
};

/// y[b, i, j, :] = x[b, rows[i], cols[j], :]
template <class Bits>
struct NearestKernel {
  const Bits* x;
  Bits* y;
  const std::int64_t *rows, *cols;
  std::int64_t height, width, channels, out_h, out_w;
  DACT_INLINE void operator()(std::int64_t i) const {
    const Pixel p = pixel_of(i, out_h, out_w, channels);
    y[i] = x[((p.b * height + rows[p.y]) * width + cols[p.x]) * channels + p.c];
  }
};

/// grid[b, i, j, k] = theta[b, k] . (x_j, y_i, 1)
struct AffineGrid {
  const float *theta, *x, *y;
  float* grid;
  std::int64_t height, width;
  DACT_INLINE void operator()(std::int64_t i) const {
    const Pixel p = pixel_of(i, height, width, 2);
    const float* t = theta + p.b * 6 + 3 * p.c;
    grid[i] = math::fma(t[1], y[p.y], math::fma(t[0], x[p.x], 0.0f)) + t[2];
  }
};
/// Terms of dtheta[b, k, j]: row = 6 b + 3 k + j, i over points.
struct AffineGradientValue {
  const float *g, *x, *y;
  std::int64_t height, width;
  DACT_INLINE float operator()(std::int64_t row, std::int64_t i) const {
    const Split b = split(row, 6), p = split(i, width);
    const std::int64_t k = b.rest / 3, j = b.rest % 3;
    const float v = g[(b.quotient * height * width + i) * 2 + k];
    return j == 0 ? v * x[p.rest] : j == 1 ? v * y[p.quotient] : v;
  }
};

// ---- grid_sample

using grid_sample_room::Corners;
using grid_sample_room::corners_of;
using grid_sample_room::Image;

/// y[point, c]: chain over the corners inside the image.
struct SamplePoints {
  Image s;
  const float *x, *grid;
  float* y;
  std::int64_t points;  // per image
  DACT_INLINE void operator()(std::int64_t i) const {
    const Split c = split(i, s.channels);
    const Corners<float> at = corners_of(s, grid + 2 * c.quotient);
    const float* plane = x + c.quotient / points * s.height * s.width * s.channels + c.rest;
    float acc = at.x.nan || at.y.nan ? math::nan_f() : 0.0f;
    for (int k = 0; k < 4; ++k)
      if (at.pixel[k] >= 0) acc = math::fma(at.weight[k], plane[at.pixel[k] * s.channels], acc);
    y[i] = acc;
  }
};

/// pixel[4 p + k], weight[4 p + k] of each point.
struct PlacePoints {
  Image s;
  const float* grid;
  std::int64_t* pixel;
  float* weight;
  DACT_INLINE void operator()(std::int64_t p) const {
    const Corners<float> at = corners_of(s, grid + 2 * p);
    for (int k = 0; k < 4; ++k) {
      pixel[4 * p + k] = at.pixel[k];
      weight[4 * p + k] = at.weight[k];
    }
  }
};

/// dx[d, c] = sum over the sources s of pixel d of weight[s] g[s / 4, c], ascending.
struct GatherPoints {
  const float *weight, *g;
  const std::int64_t *begin, *source;
  float* dx;
  std::int64_t channels;
  DACT_INLINE void operator()(std::int64_t i) const {
    const Split d = split(i, channels);
    float sum = 0.0f;
    for (std::int64_t k = begin[d.quotient]; k < begin[d.quotient + 1]; ++k) {
      const std::int64_t s = source[k];
      sum = sum + weight[s] * g[s / 4 * channels + d.rest];
    }
    dx[i] = sum;
  }
};

/// dgrid[p]: sums over channels by the tree, by u and by v.
struct GridGradient {
  Image s;
  const float *x, *grid, *g;
  float* dgrid;
  std::int64_t points;
  DACT_INLINE void operator()(std::int64_t p) const {
    const Corners<float> at = corners_of(s, grid + 2 * p);
    const float* plane = x + p / points * s.height * s.width * s.channels;
    const float* up = g + p * s.channels;
    const bool nan = at.x.nan || at.y.nan;
    const float fx = at.x.fraction, fy = at.y.fraction;
    const float by_u = lane_sum<float>(s.channels, [&](std::int64_t c) {
      const float above = value(at, plane, 1, c) - value(at, plane, 0, c);
      const float below = value(at, plane, 3, c) - value(at, plane, 2, c);
      return up[c] * math::fma(fy, below, (1.0f - fy) * above);
    });
    const float by_v = lane_sum<float>(s.channels, [&](std::int64_t c) {
      const float left = value(at, plane, 2, c) - value(at, plane, 0, c);
      const float right = value(at, plane, 3, c) - value(at, plane, 1, c);
      return up[c] * math::fma(fx, right, (1.0f - fx) * left);
    });
    dgrid[2 * p] = nan ? math::nan_f() : by_u * at.x.slope;
    dgrid[2 * p + 1] = nan ? math::nan_f() : by_v * at.y.slope;
  }

 private:
  DACT_INLINE float value(const Corners<float>& at, const float* plane, int k,
                          std::int64_t c) const {
    return at.pixel[k] >= 0 ? plane[at.pixel[k] * s.channels + c] : 0.0f;
  }
};

}  // namespace dact::cuda
