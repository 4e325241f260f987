#include "reenact/face/metrics.hpp"

#include <algorithm>
#include <cmath>

#include "tensor/error.hpp"
#include "tensor/hostmath.hpp"
#include "tensor/parallel.hpp"
#include "tensor/sum.hpp"

namespace dact::face {
namespace picture_metrics {

// A pair of batches as [planes, H, W] floats, three planes to a picture.
struct PicturePair {
  Tensor a, b;
  std::int64_t pictures = 0, height = 0, width = 0;
  std::int64_t elements() const { return 3 * height * width; }  // of one picture
};

PicturePair checked_pair(std::string_view where, const Tensor& a, const Tensor& b) {
  for (const Tensor* x : {&a, &b}) {
    require_defined(where, x == &a ? "a" : "b", *x);
    require_dtype(where, x == &a ? "a" : "b", *x, DType::f32);
  }
  require_same_shape(where, a, b);
  const int rank = a.rank();
  if ((rank != 3 && rank != 4) || a.size(-3) != 3 || a.numel() == 0)
    throw ShapeError(where, "a must be [3, H, W] or [B, 3, H, W] with pixels, got " + a.str());
  return {a.contiguous(), b.contiguous(), rank == 4 ? a.size(0) : 1, a.size(-2), a.size(-1)};
}

double mean_of(const std::vector<double>& values) {
  return lane_sum<double>(static_cast<std::int64_t>(values.size()),
                          [&](std::int64_t i) { return values[static_cast<std::size_t>(i)]; }) /
         static_cast<double>(values.size());
}

// mean over each picture of term(a, b), then `finish`, then the mean over the pictures
template <class Term, class Finish>
double mean_over_pictures(const PicturePair& p, Term term, Finish finish) {
  std::vector<double> value(static_cast<std::size_t>(p.pictures));
  parallel_for(p.pictures, [&](std::int64_t n) {
    const float* a = p.a.data<float>() + n * p.elements();
    const float* b = p.b.data<float>() + n * p.elements();
    const double sum = lane_sum<double>(p.elements(), [&](std::int64_t i) {
      return term(static_cast<double>(a[i]), static_cast<double>(b[i]));
    });
    value[static_cast<std::size_t>(n)] = finish(sum / static_cast<double>(p.elements()));
  });
  return mean_of(value);
}

constexpr int kWindow = 11, kReach = kWindow / 2;
constexpr double kSigma = 1.5;
constexpr std::int64_t kBand = 32;  // rows of SSIM per piece of work
constexpr int kMoments = 5;         // a, b, aa, bb, ab

// exp(-(i - 5)^2 / (2 sigma^2)), summing to 1
std::vector<double> gaussian_window() {
  std::vector<double> w(kWindow);
  double sum = 0;
  for (int i = 0; i < kWindow; ++i) {
    const double d = i - kReach;
    w[static_cast<std::size_t>(i)] = hostmath::exp(-(d * d) / (2 * kSigma * kSigma));
    sum += w[static_cast<std::size_t>(i)];
  }
  for (double& v : w) v /= sum;
  return w;
}

// out[x] = sum over the window's taps t, ascending, of weight[t] * in[x + t * stride]
void window_sum(const double* in, std::int64_t stride, std::int64_t n,
                const std::vector<double>& weight, double* out) {
  std::fill_n(out, n, 0.0);
  for (std::int64_t t = 0; t < kWindow; ++t) {
    const double w = weight[static_cast<std::size_t>(t)];
    const double* from = in + t * stride;
    for (std::int64_t x = 0; x < n; ++x) out[x] += w * from[x];
  }
}

// The five windowed moments along one row: out[m * width + x]. `scratch` holds a row between two reaches of zeros.
void blur_row(const float* a, const float* b, std::int64_t width, const std::vector<double>& window,
              std::vector<double>& scratch, double* out) {
  double* padded = scratch.data() + kReach;
  for (int m = 0; m < kMoments; ++m) {
    for (std::int64_t x = 0; x < width; ++x) {
      const double p = (static_cast<double>(a[x]) + 1) / 2, q = (static_cast<double>(b[x]) + 1) / 2;
      const double left = m == 1 || m == 3 ? q : p, right = m < 2 ? 1 : m == 2 ? p : q;
      padded[x] = left * right;
    }
    window_sum(scratch.data(), 1, width, window, out + m * width);
  }
}

double ssim_of(const double (&m)[kMoments]) {
  constexpr double kC1 = 1e-4, kC2 = 9e-4;  // (0.01 L)^2, (0.03 L)^2 for the peak L = 1
  const double aa = m[0] * m[0], bb = m[1] * m[1], ab = m[0] * m[1];
  const double variances = (m[2] - aa) + (m[3] - bb), covariance = m[4] - ab;
  return (2 * ab + kC1) * (2 * covariance + kC2) / ((aa + bb + kC1) * (variances + kC2));
}

// Rows [y0, y1) of one plane: the sum of SSIM over each row.
void ssim_rows(const float* a, const float* b, std::int64_t height, std::int64_t width,
               std::int64_t y0, std::int64_t y1, const std::vector<double>& window, double* sums) {
  const std::int64_t stride =
      kMoments * width;  // of the blurred rows, the first of them y0 - reach
  std::vector<double> blurred(static_cast<std::size_t>((y1 - y0 + 2 * kReach) * stride), 0.0);
  std::vector<double> scratch(static_cast<std::size_t>(width + 2 * kReach), 0.0);
  for (std::int64_t y = std::max<std::int64_t>(y0 - kReach, 0); y < std::min(y1 + kReach, height);
       ++y)
    blur_row(a + y * width, b + y * width, width, window, scratch,
             blurred.data() + (y - y0 + kReach) * stride);
  std::vector<double> moments(static_cast<std::size_t>(stride));
  for (std::int64_t y = y0; y < y1; ++y) {
    window_sum(blurred.data() + (y - y0) * stride, stride, stride, window, moments.data());
    sums[y] = lane_sum<double>(width, [&](std::int64_t x) {
      double moment[kMoments];
      for (int m = 0; m < kMoments; ++m)
        moment[m] = moments[static_cast<std::size_t>(m * width + x)];
      return ssim_of(moment);
    });
  }
}

}  // namespace picture_metrics

double psnr(const Tensor& a, const Tensor& b) {
  const auto pair = picture_metrics::checked_pair("psnr", a, b);
  constexpr double kLn10 = 2.302585092994046;  // ln 10
  return picture_metrics::mean_over_pictures(
      pair, [](double x, double y) { return (x - y) * (x - y); },
      [](double mean) { return -10 * (hostmath::log(mean / 4) / kLn10); });
}

double l1(const Tensor& a, const Tensor& b) {
  const auto pair = picture_metrics::checked_pair("l1", a, b);
  return picture_metrics::mean_over_pictures(
      pair, [](double x, double y) { return std::fabs(x - y); }, [](double mean) { return mean; });
}

double ssim(const Tensor& a, const Tensor& b) {
  const auto pair = picture_metrics::checked_pair("ssim", a, b);
  const std::int64_t height = pair.height, width = pair.width, planes = 3 * pair.pictures;
  const std::int64_t bands = (height + picture_metrics::kBand - 1) / picture_metrics::kBand;
  const std::vector<double> window = picture_metrics::gaussian_window();
  std::vector<double> rows(static_cast<std::size_t>(planes * height));
  parallel_for(planes * bands, [&](std::int64_t piece) {
    const std::int64_t plane = piece / bands, y0 = piece % bands * picture_metrics::kBand;
    picture_metrics::ssim_rows(pair.a.data<float>() + plane * height * width,
                               pair.b.data<float>() + plane * height * width, height, width, y0,
                               std::min(y0 + picture_metrics::kBand, height), window,
                               rows.data() + plane * height);
  });
  return picture_metrics::mean_of(rows) / static_cast<double>(width);
}

}  // namespace dact::face
