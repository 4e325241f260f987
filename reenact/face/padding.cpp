#include "reenact/face/padding.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tensor/hostmath.hpp"
#include "tensor/math_bits.hpp"
#include "tensor/parallel.hpp"

namespace dact::face {
namespace blended_padding {

// Which of 0 .. n-1 continues the row at place i.
std::int64_t mirrored(std::int64_t i, std::int64_t n, Mirror mirror) {
  if (n == 1) return 0;
  const std::int64_t period = mirror == Mirror::edge_once ? 2 * (n - 1) : 2 * n;
  std::int64_t at = i % period;
  if (at < 0) at += period;
  if (at < n) return at;
  return mirror == Mirror::edge_once ? period - at : period - 1 - at;
}

// [H, W, 3] floats.
struct FloatPicture {
  std::int64_t height, width;
  std::vector<float> v;
  FloatPicture(std::int64_t h, std::int64_t w)
      : height(h), width(w), v(static_cast<std::size_t>(h * w * 3)) {}
  const float* at(std::int64_t y, std::int64_t x) const { return v.data() + (y * width + x) * 3; }
  float* at(std::int64_t y, std::int64_t x) { return v.data() + (y * width + x) * 3; }
};

FloatPicture continued(const Tensor& picture, const PadSides& pad, Mirror mirror) {
  const Tensor dense = picture.contiguous();
  const std::uint8_t* from = dense.data<std::uint8_t>();
  const std::int64_t height = picture.size(0), width = picture.size(1);
  FloatPicture out(height + pad.top + pad.bottom, width + pad.left + pad.right);
  for (std::int64_t y = 0; y < out.height; ++y) {
    const std::int64_t row = mirrored(y - pad.top, height, mirror) * width;
    for (std::int64_t x = 0; x < out.width; ++x) {
      const std::uint8_t* pixel = from + (row + mirrored(x - pad.left, width, mirror)) * 3;
      std::copy_n(pixel, 3, out.at(y, x));
    }
  }
  return out;
}

std::vector<double> gaussian_taps(double sigma) {
  const auto reach = static_cast<std::int64_t>(4 * sigma + 0.5);
  std::vector<double> taps;
  double sum = 0;
  for (std::int64_t i = -reach; i <= reach; ++i) {
    const double d = static_cast<double>(i) / sigma;
    taps.push_back(hostmath::exp(-0.5 * (d * d)));
    sum += taps.back();
  }
  for (double& w : taps) w /= sum;
  return taps;
}

// sum[k] += weight * from[k]
void add_weighted(const float* from, double weight, std::vector<double>& sum) {
  for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += weight * static_cast<double>(from[k]);
}

// One pass along x, or down the columns; the border is mirrored with the edge pixel repeated.
FloatPicture blurred_along(const FloatPicture& in, const std::vector<double>& taps, bool columns) {
  const auto reach = static_cast<std::int64_t>(taps.size() / 2);
  FloatPicture out(in.height, in.width);
  parallel_ranges(in.height, 8, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> sum(static_cast<std::size_t>(3 * in.width));
    FloatPicture row(1, in.width + 2 * reach);
    for (std::int64_t y = begin; y < end; ++y) {
      std::fill(sum.begin(), sum.end(), 0.0);
      for (std::int64_t x = 0; !columns && x < row.width; ++x)
        std::copy_n(in.at(y, mirrored(x - reach, in.width, Mirror::edge_twice)), 3, row.at(0, x));
      for (std::int64_t t = 0; t <= 2 * reach; ++t)
        add_weighted(columns ? in.at(mirrored(y + t - reach, in.height, Mirror::edge_twice), 0)
                             : row.at(0, t),
                     taps[static_cast<std::size_t>(t)], sum);
      std::transform(sum.begin(), sum.end(), out.at(y, 0),
                     [](double v) { return static_cast<float>(v); });
    }
  });
  return out;
}

// Distance to the nearer of two opposite sides, in pads.
float side_share(std::int64_t at, std::int64_t n, double before, double after) {
  const auto share = [](std::int64_t distance, double pad) {
    return distance == 0 ? 0.0F : static_cast<float>(distance) / static_cast<float>(pad);
  };
  return std::min(share(at, before), share(n - 1 - at, after));
}

// img += (to - img) clip(slope m + offset, 0, 1), `to` by place and channel
template <class To>
void fade(FloatPicture& img, const std::vector<float>& mask, float slope, float offset, To to) {
  parallel_ranges(img.height * img.width, 4096, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const float share =
          std::clamp(slope * mask[static_cast<std::size_t>(i)] + offset, 0.0F, 1.0F);
      for (std::int64_t c = 0; c < 3; ++c) {
        float& v = img.v[static_cast<std::size_t>(3 * i + c)];
        v += (to(i, c) - v) * share;
      }
    }
  });
}

// Middle value of a channel; of an even number the mean of the two in the middle.
float median_of(const FloatPicture& img, std::size_t channel) {
  std::vector<float> v;
  for (std::size_t i = channel; i < img.v.size(); i += 3) v.push_back(img.v[i]);
  const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
  std::nth_element(v.begin(), middle, v.end());
  if (v.size() % 2 == 1) return *middle;
  return (*std::max_element(v.begin(), middle) + *middle) / 2;
}

}  // namespace blended_padding

Tensor pad_blended(const Tensor& picture, const PadSides& pad, const BlendOptions& options) {
  using namespace blended_padding;
  FloatPicture img = continued(picture, pad, options.mirror);
  const auto in_mask = [&](std::int64_t side) {
    return std::max(static_cast<double>(side), options.least_pad);
  };
  std::vector<float> mask;
  mask.reserve(static_cast<std::size_t>(img.height * img.width));
  for (std::int64_t y = 0; y < img.height; ++y) {
    const float vertical = 1 - side_share(y, img.height, in_mask(pad.top), in_mask(pad.bottom));
    for (std::int64_t x = 0; x < img.width; ++x)
      mask.push_back(
          std::max(1 - side_share(x, img.width, in_mask(pad.left), in_mask(pad.right)), vertical));
  }
  const std::vector<double> taps = gaussian_taps(options.sigma);
  const FloatPicture blurred = blurred_along(blurred_along(img, taps, true), taps, false);
  fade(img, mask, 3, 1, [&](std::int64_t i, std::int64_t c) {
    return blurred.v[static_cast<std::size_t>(3 * i + c)];
  });
  const float median[3] = {median_of(img, 0), median_of(img, 1), median_of(img, 2)};
  fade(img, mask, 1, 0, [&](std::int64_t, std::int64_t c) { return median[c]; });
  Tensor out = empty({img.height, img.width, 3}, DType::u8);
  std::uint8_t* to = out.mutate<std::uint8_t>();
  for (std::size_t i = 0; i < img.v.size(); ++i)
    to[i] = static_cast<std::uint8_t>(
        std::clamp(options.round ? math::round(img.v[i]) : img.v[i], 0.0F, 255.0F));
  return out;
}

}  // namespace dact::face
