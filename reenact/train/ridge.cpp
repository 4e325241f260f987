#include "reenact/train/ridge.hpp"

#include <cmath>
#include <limits>

#include "tensor/error.hpp"
#include "tensor/parallel.hpp"

namespace dact::train {
namespace {

std::vector<double> values_of(const Tensor& x) {
  std::vector<double> v = x.to(DType::f64).contiguous().to_vector<double>();
  for (const double each : v)
    if (!std::isfinite(each)) throw NumericError("ridge", "values must be finite, got " + x.str());
  return v;
}

std::vector<double> column_means(const std::vector<double>& v, std::size_t width) {
  std::vector<double> mean(width);
  const std::size_t rows = v.size() / width;
  for (std::size_t n = 0; n < rows; ++n)
    for (std::size_t k = 0; k < width; ++k) mean[k] += v[n * width + k];
  for (double& m : mean) m /= static_cast<double>(rows);
  return mean;
}

// a [D, D], lower triangle, becomes L with L L' = a.
void cholesky(std::vector<double>& a, std::size_t d) {
  for (std::size_t j = 0; j < d; ++j) {
    double pivot = a[j * d + j];
    for (std::size_t k = 0; k < j; ++k) pivot -= a[j * d + k] * a[j * d + k];
    const double root = std::sqrt(pivot);
    a[j * d + j] = root;
    for (std::size_t i = j + 1; i < d; ++i) {
      double sum = a[i * d + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * d + k] * a[j * d + k];
      a[i * d + j] = sum / root;
    }
  }
}

// L L' x = b for every column of b [D, K], in place.
void solve(const std::vector<double>& l, std::vector<double>& b, std::size_t d, std::size_t k) {
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t c = 0; c < k; ++c) {
      double sum = b[i * k + c];
      for (std::size_t j = 0; j < i; ++j) sum -= l[i * d + j] * b[j * k + c];
      b[i * k + c] = sum / l[i * d + i];
    }
  for (std::size_t i = d; i-- > 0;)
    for (std::size_t c = 0; c < k; ++c) {
      double sum = b[i * k + c];
      for (std::size_t j = i + 1; j < d; ++j) sum -= l[j * d + i] * b[j * k + c];
      b[i * k + c] = sum / l[i * d + i];
    }
}

// out[i, c] = sum over rows n of a[n, i] b[n, c].
std::vector<double> product(const std::vector<double>& a, std::size_t d,
                            const std::vector<double>& b, std::size_t k) {
  std::vector<double> out(d * k);
  const std::size_t rows = a.size() / d;
  parallel_for(static_cast<std::int64_t>(d), [&](std::int64_t row) {
    const auto i = static_cast<std::size_t>(row);
    for (std::size_t n = 0; n < rows; ++n)
      for (std::size_t c = 0; c < k; ++c) out[i * k + c] += a[n * d + i] * b[n * k + c];
  });
  return out;
}

}  // namespace

RidgeMap::RidgeMap(const Tensor& x, const Tensor& y, double lambda) {
  require_rank("ridge", "x", x, 2);
  require_rank("ridge", "y", y, 2);
  if (x.size(0) != y.size(0) || x.size(0) < 2)
    throw ShapeError("ridge", "x and y must have one number of rows, 2 or more, got " + x.str() +
                                  ", " + y.str());
  inputs_ = static_cast<std::size_t>(x.size(1));
  outputs_ = static_cast<std::size_t>(y.size(1));
  std::vector<double> a = values_of(x), b = values_of(y);
  const std::size_t rows = a.size() / inputs_;
  mean_x_ = column_means(a, inputs_);
  mean_y_ = column_means(b, outputs_);
  scale_x_.assign(inputs_, 0);
  for (std::size_t n = 0; n < rows; ++n)
    for (std::size_t i = 0; i < inputs_; ++i) {
      const double d = a[n * inputs_ + i] -= mean_x_[i];
      scale_x_[i] += d * d;
    }
  for (double& s : scale_x_) s = s > 0 ? 1 / std::sqrt(s / static_cast<double>(rows)) : 0;
  for (std::size_t i = 0; i < a.size(); ++i) a[i] *= scale_x_[i % inputs_];
  for (std::size_t i = 0; i < b.size(); ++i) b[i] -= mean_y_[i % outputs_];
  std::vector<double> normal = product(a, inputs_, a, inputs_);
  weights_ = product(a, inputs_, b, outputs_);
  for (std::size_t i = 0; i < inputs_; ++i)
    normal[i * inputs_ + i] += lambda * static_cast<double>(rows);
  cholesky(normal, inputs_);
  solve(normal, weights_, inputs_, outputs_);
}

Tensor RidgeMap::predict(const Tensor& x) const {
  require_shape("ridge", "x", x, {x.size(0), static_cast<std::int64_t>(inputs_)});
  const std::vector<double> a = values_of(x);
  const std::size_t rows = a.size() / inputs_;
  std::vector<double> out(rows * outputs_);
  for (std::size_t n = 0; n < rows; ++n)
    for (std::size_t c = 0; c < outputs_; ++c) {
      double sum = 0;
      for (std::size_t i = 0; i < inputs_; ++i)
        sum += (a[n * inputs_ + i] - mean_x_[i]) * scale_x_[i] * weights_[i * outputs_ + c];
      out[n * outputs_ + c] = sum + mean_y_[c];
    }
  return from_vector(out, {x.size(0), static_cast<std::int64_t>(outputs_)});
}

std::vector<double> r2_by_column(const Tensor& y, const Tensor& predicted, double least_spread) {
  require_same_shape("r2", y, predicted);
  const auto width = static_cast<std::size_t>(y.size(1));
  const std::vector<double> want = values_of(y), got = values_of(predicted);
  const std::vector<double> mean = column_means(want, width);
  std::vector<double> residual(width), variance(width), square(width);
  for (std::size_t i = 0; i < want.size(); ++i) {
    const std::size_t k = i % width;
    residual[k] += (want[i] - got[i]) * (want[i] - got[i]);
    variance[k] += (want[i] - mean[k]) * (want[i] - mean[k]);
    square[k] += want[i] * want[i];
  }
  const double least =
      least_spread * least_spread * static_cast<double>(want.size()) / static_cast<double>(width);
  std::vector<double> r2(width, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t k = 0; k < width; ++k)
    if (variance[k] > least) r2[k] = 1 - residual[k] / variance[k];
  return r2;
}

double mean_of(const std::vector<double>& values, std::size_t begin, std::size_t end) {
  double sum = 0;
  int count = 0;
  for (std::size_t k = begin; k < end; ++k)
    if (!std::isnan(values[k])) {
      sum += values[k];
      ++count;
    }
  return count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace dact::train
