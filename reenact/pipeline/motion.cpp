#include "reenact/pipeline/motion.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>
#include <vector>

#include "reenact/pipeline/driving.hpp"
#include "tensor/error.hpp"
#include "tensor/hostmath.hpp"

namespace dact::reenact {
namespace {

constexpr std::size_t kTurns = 3;  // of the head, before the jaw's numbers

// s + k (d - b); where that is d, d's own bits.
double moved_number(double source, double base, double driver, double strength) {
  if (strength == 1 && base == source) return driver;
  return source + strength * (driver - base);
}

// s (d / b)^k, likewise.
double moved_scale(double source, double base, double driver, double strength) {
  if (strength == 0) return source;
  if (strength == 1 && base == source) return driver;
  for (const double scale : {base, driver})
    if (!(scale > 0))
      throw NumericError(
          "motion",
          fmt::format("the scales of cameras must be above 0 to be divided, got {}", scale));
  const double ratio = driver / base;
  return source * (strength == 1 ? ratio : hostmath::pow(ratio, strength));
}

// One row of the states; `number` makes element i of the three numbers there.
template <class Number>
Tensor moved_row(const char* name, const Tensor& source, const Tensor& base, const Tensor& driver,
                 Number number) {
  require_rank("motion", name, source, 1);
  require_shape("motion", name, base, source.shape());
  require_shape("motion", name, driver, source.shape());
  const auto s = source.to_vector<float>(), b = base.to_vector<float>(),
             d = driver.to_vector<float>();
  std::vector<float> out(s.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<float>(
        number(i, static_cast<double>(s[i]), static_cast<double>(b[i]), static_cast<double>(d[i])));
  return from_vector(out, source.shape());
}

// Root of the summed squared distances from the mean.
double centroid_size(const face::Landmarks68& points) {
  const face::Point2 mean = face::mean_point(points, 0, points.size() - 1);
  double sum = 0;
  for (const face::Point2& p : points)
    sum += (p.x - mean.x) * (p.x - mean.x) + (p.y - mean.y) * (p.y - mean.y);
  return std::sqrt(sum);
}

}  // namespace

void require_strengths(const MotionOptions& options) {
  for (const auto& [name, strength] :
       {std::pair{"pose", options.pose}, std::pair{"expression", options.expression},
        std::pair{"gaze", options.gaze}, std::pair{"camera", options.camera}})
    if (!(strength >= 0 && strength <= kMostStrength))
      throw UsageError(name, fmt::format("the strength must be 0 (the source's own) to {}, got {}",
                                         kMostStrength, strength));
}

bool full_strength(const MotionOptions& options) {
  return options.pose == 1 && options.expression == 1 && options.gaze == 1 && options.camera == 1;
}

FaceState moved_state(const FaceState& source, const FaceState& reference, const FaceState& driver,
                      const MotionOptions& options) {
  const FaceState& base = options.motion == Motion::relative ? reference : source;
  const auto with = [](double strength) {
    return [strength](std::size_t, double s, double b, double d) {
      return moved_number(s, b, d, strength);
    };
  };
  const auto joint = [&](std::size_t i, double s, double b, double d) {
    return moved_number(s, b, d, i < kTurns ? options.pose : options.expression);
  };
  const auto camera = [&](std::size_t i, double s, double b, double d) {
    return (i == 0 ? moved_scale : moved_number)(s, b, d, options.camera);
  };
  return {
      .identity = source.identity,
      .expression = moved_row("expression", source.expression, base.expression, driver.expression,
                              with(options.expression)),
      .pose = moved_row("pose", source.pose, base.pose, driver.pose, joint),
      .camera = moved_row("camera", source.camera, base.camera, driver.camera, camera),
      .gaze = {.pitch = moved_number(source.gaze.pitch, base.gaze.pitch, driver.gaze.pitch,
                                     options.gaze),
               .yaw = moved_number(source.gaze.yaw, base.gaze.yaw, driver.gaze.yaw, options.gaze)},
      .confidence = driver.confidence};
}

DrivingPoints moved_points(const DrivingPoints& source, const DrivingPoints& reference,
                           const DrivingPoints& driver) {
  const double size = centroid_size(reference.landmarks);
  if (!(size > 0))
    throw NumericError("motion",
                       "the reference's landmarks must be apart, got all in one place or NaN");
  const double scale = centroid_size(source.landmarks) / size;
  const auto moved = [scale](face::Point2 s, face::Point2 b, face::Point2 d) {
    return face::Point2{moved_number(s.x, b.x, d.x, scale), moved_number(s.y, b.y, d.y, scale)};
  };
  DrivingPoints points = driver;
  for (std::size_t i = 0; i < points.landmarks.size(); ++i)
    points.landmarks[i] = moved(source.landmarks[i], reference.landmarks[i], driver.landmarks[i]);
  points.gaze = {moved(source.gaze.left, reference.gaze.left, driver.gaze.left),
                 moved(source.gaze.right, reference.gaze.right, driver.gaze.right)};
  return points;
}

PointSmoother::PointSmoother(double smoothing) : smoothing_(smoothing) {
  if (!(smoothing >= 0 && smoothing < 1))
    throw UsageError("smoothing",
                     fmt::format("must be 0 (off) to below 1, 0.8 is strong, got {}", smoothing));
}

void PointSmoother::follow(Track& track, double& x) const {
  constexpr double kSpeedShare = 0.2, kPerSpeed = 0.4;
  if (begun_) {
    const double step = x - track.at;
    track.speed += kSpeedShare * (step - track.speed);
    const double rate = (1 - smoothing_) / smoothing_ + kPerSpeed * std::fabs(track.speed);
    x = track.at + rate / (1 + rate) * step;
  }
  track.at = x;
}

void PointSmoother::smooth(DrivingPoints& points) {
  if (smoothing_ == 0) return;
  auto track = tracks_.begin();
  const auto both = [&](face::Point2& p) {
    follow(*track++, p.x);
    follow(*track++, p.y);
  };
  for (face::Point2& p : points.landmarks) both(p);
  both(points.gaze.left);
  both(points.gaze.right);
  begun_ = true;
}

}  // namespace dact::reenact
