#include <algorithm>
#include <cmath>
#include <limits>

#include "reenact/face/metrics.hpp"
#include "tensor/error.hpp"
#include "tensor/sum.hpp"

namespace dact::face {
namespace frame_metrics {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// [F, ...] as rows of doubles.
struct FrameRows {
  std::vector<double> values;
  std::int64_t frames = 0, width = 0;  // numbers per frame
  const double* row(std::int64_t f) const { return values.data() + f * width; }
  bool has_face(std::int64_t f) const {
    return std::all_of(row(f), row(f) + width, [](double v) { return std::isfinite(v); });
  }
};

FrameRows rows_of(std::string_view where, std::string_view operand, const Tensor& x, int rank) {
  require_defined(where, operand, x);
  require_float(where, operand, x);
  require_rank(where, operand, x, rank);
  FrameRows rows{x.to(DType::f64).to_vector<double>(), x.size(0), 1};
  for (int i = 1; i < rank; ++i) rows.width *= x.size(i);
  if (rows.width == 0)
    throw ShapeError(where, std::string(operand) + " must have numbers in a frame, got " + x.str());
  return rows;
}

// fn(target row, result row) for every frame where both have a face; NaN from fn leaves it out too.
template <class F>
FrameMetric each_pair(const FrameRows& target, const FrameRows& result, F&& fn) {
  FrameMetric metric;
  for (std::int64_t f = 0; f < target.frames; ++f) {
    const bool faces = target.has_face(f) && result.has_face(f);
    metric.each.push_back(faces ? fn(target.row(f), result.row(f)) : kNaN);
    if (std::isnan(metric.each.back())) ++metric.left_out;
  }
  return metric;
}

template <class F>
FrameMetric metric_of(std::string_view where, const Tensor& target, const Tensor& result, int rank,
                      F&& fn) {
  const FrameRows t = rows_of(where, "target", target, rank);
  const FrameRows r = rows_of(where, "result", result, rank);
  require_shape(where, "result", result, target.shape());
  return each_pair(t, r, [&](const double* a, const double* b) { return fn(a, b, t.width); });
}

double sum_of_differences(const double* a, const double* b, std::int64_t n) {
  return lane_sum<double>(n, [&](std::int64_t i) { return std::fabs(a[i] - b[i]); });
}

double distance_at(const double* a, const double* b, std::int64_t point) {
  const double x = a[2 * point] - b[2 * point], y = a[2 * point + 1] - b[2 * point + 1];
  return std::sqrt(x * x + y * y);
}

double mean_distance(const double* a, const double* b, std::int64_t points) {
  return lane_sum<double>(points, [&](std::int64_t p) { return distance_at(a, b, p); }) /
         static_cast<double>(points);
}

void require_points(std::string_view where, const Tensor& x, std::int64_t least) {
  require_defined(where, "landmarks", x);
  require_rank(where, "landmarks", x, 3);
  if (x.size(2) != 2 || x.size(1) < least)
    throw ShapeError(where, "landmarks must be [F, N, 2] with N >= " + std::to_string(least) +
                                ", got " + x.str());
}

// sqrt(w h) of the box around the points
double box_size(const double* points, std::int64_t n) {
  double lo[2] = {points[0], points[1]}, hi[2] = {points[0], points[1]};
  for (std::int64_t i = 0; i < 2 * n; ++i) {
    lo[i % 2] = std::min(lo[i % 2], points[i]);
    hi[i % 2] = std::max(hi[i % 2], points[i]);
  }
  return std::sqrt((hi[0] - lo[0]) * (hi[1] - lo[1]));
}

double dot_of(const double* a, const double* b, std::int64_t n) {
  return lane_sum<double>(n, [&](std::int64_t i) { return a[i] * b[i]; });
}

// Rows scaled to length 1; a row of zeros becomes NaN, and so has no face.
void normalise(FrameRows& rows) {
  for (std::int64_t f = 0; f < rows.frames; ++f) {
    double* row = rows.values.data() + f * rows.width;
    const double length = std::sqrt(dot_of(row, row, rows.width));
    for (std::int64_t i = 0; i < rows.width; ++i) row[i] /= length;
  }
}

struct Embeddings {
  FrameRows real, generated;
  bool usable(std::int64_t f) const { return real.has_face(f) && generated.has_face(f); }
  // <b_i, b_j> / <a_i, a_j>
  double ratio(std::int64_t i, std::int64_t j) const {
    return dot_of(generated.row(i), generated.row(j), generated.width) /
           dot_of(real.row(i), real.row(j), real.width);
  }
};

Embeddings embeddings_of(std::string_view where, const Tensor& real, const Tensor& generated) {
  Embeddings e{rows_of(where, "real", real, 2), rows_of(where, "generated", generated, 2)};
  require_same_shape(where, real, generated);
  normalise(e.real);
  normalise(e.generated);
  return e;
}

}  // namespace frame_metrics

double FrameMetric::mean() const {
  std::vector<double> measured;
  for (const double v : each)
    if (!std::isnan(v)) measured.push_back(v);
  if (measured.empty()) return frame_metrics::kNaN;
  return lane_sum<double>(static_cast<std::int64_t>(measured.size()),
                          [&](std::int64_t i) { return measured[static_cast<std::size_t>(i)]; }) /
         static_cast<double>(measured.size());
}

FrameMetric nme_box(const Tensor& target, const Tensor& result) {
  frame_metrics::require_points("nme_box", target, 1);
  return frame_metrics::metric_of(
      "nme_box", target, result, 3, [](const double* t, const double* r, std::int64_t n) {
        const double size = frame_metrics::box_size(t, n / 2);
        return size > 0 ? 1000 * (frame_metrics::mean_distance(t, r, n / 2) / size)
                        : frame_metrics::kNaN;
      });
}

FrameMetric nme_interocular(const Tensor& target, const Tensor& result) {
  constexpr std::int64_t kRight = 36, kLeft = 45;  // outer eye corners of the 68 points
  frame_metrics::require_points("nme_interocular", target, 68);
  return frame_metrics::metric_of(
      "nme_interocular", target, result, 3, [](const double* t, const double* r, std::int64_t n) {
        const double size = frame_metrics::distance_at(t + 2 * kLeft, t + 2 * kRight, 0);
        return size > 0 ? 100 * (frame_metrics::mean_distance(t, r, n / 2) / size)
                        : frame_metrics::kNaN;
      });
}

FrameMetric apd(const Tensor& target, const Tensor& result) {
  require_defined("apd", "target", target);
  if (target.rank() != 2 || target.size(1) != 3)
    throw ShapeError("apd", "target must be [F, 3] angles in degrees, got " + target.str());
  return frame_metrics::metric_of("apd", target, result, 2,
                                  [](const double* t, const double* r, std::int64_t n) {
                                    return frame_metrics::sum_of_differences(t, r, n) / 3;
                                  });
}

FrameMetric aed_sum(const Tensor& target, const Tensor& result) {
  return frame_metrics::metric_of("aed_sum", target, result, 2, frame_metrics::sum_of_differences);
}

FrameMetric aed_mean(const Tensor& target, const Tensor& result) {
  return frame_metrics::metric_of(
      "aed_mean", target, result, 2, [](const double* t, const double* r, std::int64_t n) {
        return frame_metrics::sum_of_differences(t, r, n) / static_cast<double>(n);
      });
}

FrameMetric aed_scaled(const Tensor& target, const Tensor& result, const Tensor& ranges) {
  const auto range = frame_metrics::rows_of("aed_scaled", "ranges", ranges, 2);
  const auto rows = frame_metrics::rows_of("aed_scaled", "target", target, 2);
  require_shape("aed_scaled", "ranges", ranges, {rows.width, 2});
  for (std::int64_t e = 0; e < rows.width; ++e)
    if (!(range.row(e)[0] < range.row(e)[1]))
      throw NumericError("aed_scaled",
                         "ranges must be lo < hi, got " + std::to_string(range.row(e)[0]) + ", " +
                             std::to_string(range.row(e)[1]) + " in row " + std::to_string(e));
  return frame_metrics::metric_of(
      "aed_scaled", target, result, 2, [&](const double* t, const double* r, std::int64_t n) {
        return 100 *
               lane_sum<double>(n,
                                [&](std::int64_t e) {
                                  return std::fabs(t[e] - r[e]) /
                                         (range.row(e)[1] - range.row(e)[0]);
                                }) /
               static_cast<double>(n);
      });
}

FrameMetric csim(const Tensor& target, const Tensor& result) {
  static constexpr double kLeast = 1e-6;
  return frame_metrics::metric_of(
      "csim", target, result, 2, [](const double* t, const double* r, std::int64_t n) {
        const double lengths =
            std::sqrt(frame_metrics::dot_of(t, t, n)) * std::sqrt(frame_metrics::dot_of(r, r, n));
        return frame_metrics::dot_of(t, r, n) / std::max(lengths, kLeast);
      });
}

FrameMetric tl_id(const Tensor& real, const Tensor& generated) {
  const auto e = frame_metrics::embeddings_of("tl_id", real, generated);
  FrameMetric metric;
  for (std::int64_t i = 0; i + 1 < e.real.frames; ++i) {
    const bool faces = e.usable(i) && e.usable(i + 1);
    metric.each.push_back(faces ? e.ratio(i, i + 1) : frame_metrics::kNaN);
    if (!faces) ++metric.left_out;
  }
  return metric;
}

FrameMetric tg_id(const Tensor& real, const Tensor& generated) {
  const auto e = frame_metrics::embeddings_of("tg_id", real, generated);
  FrameMetric metric;
  for (std::int64_t i = 0; i < e.real.frames; ++i) {
    FrameMetric with;
    for (std::int64_t j = 0; j < e.real.frames; ++j)
      if (j != i && e.usable(i) && e.usable(j)) with.each.push_back(e.ratio(i, j));
    metric.each.push_back(with.mean());
    if (with.each.empty()) ++metric.left_out;
  }
  return metric;
}

FrameMetric landmark_jitter(const Tensor& landmarks) {
  frame_metrics::require_points("landmark_jitter", landmarks, 1);
  const auto rows = frame_metrics::rows_of("landmark_jitter", "landmarks", landmarks, 3);
  const std::int64_t points = rows.width / 2;
  FrameMetric metric;
  for (std::int64_t f = 1; f + 1 < rows.frames; ++f) {
    const bool faces = rows.has_face(f - 1) && rows.has_face(f) && rows.has_face(f + 1);
    const double* at[3] = {rows.row(f - 1), rows.row(f), rows.row(f + 1)};
    const auto bend = [&](std::int64_t i) { return (at[0][i] - at[1][i]) - (at[1][i] - at[2][i]); };
    const auto length = [&](std::int64_t p) {
      return std::sqrt(bend(2 * p) * bend(2 * p) + bend(2 * p + 1) * bend(2 * p + 1));
    };
    metric.each.push_back(faces ? lane_sum<double>(points, length) / static_cast<double>(points)
                                : frame_metrics::kNaN);
    if (!faces) ++metric.left_out;
  }
  return metric;
}

}  // namespace dact::face
