#include "reenact/pipeline/landmark_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "io/json.hpp"
#include "io/npy.hpp"
#include "io/safetensors.hpp"
#include "tensor/error.hpp"

namespace dact::reenact {
namespace {

constexpr std::int64_t kPoints = 68, kWithGaze = 70;
constexpr std::uint64_t kMostJson = std::uint64_t{1} << 30;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

bool is_points(const Tensor& x, std::int64_t count) {
  return (x.dtype() == DType::f32 || x.dtype() == DType::f64) && x.rank() == 3 && x.size(0) > 0 &&
         x.size(1) == count && x.size(2) == 2;
}

struct Rows {
  Tensor landmarks, gaze;
};

Rows rows_of_npy(const std::string& path) {
  const Tensor all = read_npy(path);
  if (is_points(all, kPoints)) return {all, {}};
  if (is_points(all, kWithGaze))
    return {all.sliced(1, 0, kPoints), all.sliced(1, kPoints, kWithGaze)};
  throw IoError(
      path, "must hold f32 or f64 [F, 68, 2], or [F, 70, 2] with gaze points, got " + all.str());
}

Rows rows_of_safetensors(const std::string& path) {
  const SafetensorsReader reader(path);
  Rows rows{reader.read("landmarks"), {}};
  if (!is_points(rows.landmarks, kPoints))
    throw IoError(path, "landmarks must be f32 or f64 [F, 68, 2], got " + rows.landmarks.str());
  if (!reader.contains("gaze_points")) return rows;
  rows.gaze = reader.read("gaze_points");
  if (!is_points(rows.gaze, 2) || rows.gaze.size(0) != rows.landmarks.size(0))
    throw IoError(path, fmt::format("gaze_points must be f32 or f64 [{}, 2, 2], got {}",
                                    rows.landmarks.size(0), rows.gaze.str()));
  return rows;
}

// [[x, y], ...] into `out`, which has room for `count` pairs; null leaves it.
void read_pairs(JsonReader& json, std::int64_t count, double* out) {
  if (json.accept_null()) return;
  json.expect('[');
  for (std::int64_t i = 0; i < count; ++i) {
    if (i > 0) json.expect(',');
    json.expect('[');
    out[2 * i] = json.number();
    json.expect(',');
    out[2 * i + 1] = json.number();
    json.expect(']');
  }
  json.expect(']');
}

// Eq. 9 for eyes turned by degrees in the head, + to the subject's left, which is the picture's right.
void look(const double* landmarks, double x_degrees, double y_degrees, double* gaze) {
  constexpr double kRadians = 0.017453292519943295;
  face::Landmarks68 points;
  for (std::size_t i = 0; i < points.size(); ++i)
    points[i] = {landmarks[2 * i], landmarks[2 * i + 1]};
  if (!face::all_finite(points)) return;
  const face::GazePoints looks =
      face::gaze_points(points, {.pitch = y_degrees * kRadians, .yaw = -x_degrees * kRadians});
  gaze[0] = looks.left.x, gaze[1] = looks.left.y;
  gaze[2] = looks.right.x, gaze[3] = looks.right.y;
}

void read_line(JsonReader& json, double* landmarks, double* gaze) {
  bool has_landmarks = false;
  double eyes[2] = {kNone, kNone};
  json.expect('{');
  for (bool first = true; !json.accept('}'); first = false) {
    if (!first) json.expect(',');
    const std::string key = json.string();
    json.expect(':');
    if (key == "landmarks") {
      read_pairs(json, kPoints, landmarks);
      has_landmarks = true;
    } else if (key == "gaze_points") {
      read_pairs(json, 2, gaze);
    } else if (key == "eyes") {
      json.expect('[');
      eyes[0] = json.number();
      json.expect(',');
      eyes[1] = json.number();
      json.expect(']');
    } else {
      json.skip_value();
    }
  }
  if (!has_landmarks) json.fail("the key \"landmarks\" must stand in the object that ends");
  if (std::isnan(gaze[0]) && !std::isnan(eyes[0])) look(landmarks, eyes[0], eyes[1], gaze);
  if (!json.at_end()) json.fail("one object must stand on a line, and nothing behind it,");
}

Rows rows_of_json(const std::string& path) {
  const std::string text = read_file(path, kMostJson);
  if (utf8_error(text) != text.size()) throw IoError(path, "must be UTF-8 text, got other bytes");
  std::vector<double> landmarks, gaze;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
      landmarks.resize(landmarks.size() + 2 * kPoints, kNone);
      gaze.resize(gaze.size() + 4, kNone);
      JsonReader json(line, path, at);
      read_line(json, &landmarks[landmarks.size() - 2 * kPoints], &gaze[gaze.size() - 4]);
    }
    at = end + 1;
  }
  const auto frames = static_cast<std::int64_t>(gaze.size() / 4);
  if (frames == 0) throw IoError(path, "must hold an object for every frame, got none");
  return {from_vector(landmarks, {frames, kPoints, 2}), from_vector(gaze, {frames, 2, 2})};
}

face::Point2 point_at(const double* xy) { return {xy[0], xy[1]}; }

}  // namespace

LandmarkFile::LandmarkFile(const std::string& path) : path_(path) {
  Rows rows;
  if (path.ends_with(".npy"))
    rows = rows_of_npy(path);
  else if (path.ends_with(".safetensors"))
    rows = rows_of_safetensors(path);
  else if (path.ends_with(".jsonl"))
    rows = rows_of_json(path);
  else
    throw UsageError(path,
                     "a landmark file's name must end in .npy, .safetensors or .jsonl, got "
                     "another ending");
  landmarks_ = rows.landmarks.to(DType::f64).contiguous();
  gaze_ = rows.gaze.defined() ? rows.gaze.to(DType::f64).contiguous()
                              : full({frames(), 2, 2}, kNone, DType::f64);
}

DrivingPoints LandmarkFile::points(std::int64_t frame) const {
  const double* row = landmarks_.data<double>() + frame * 2 * kPoints;
  const double* looks = gaze_.data<double>() + frame * 4;
  DrivingPoints points;
  for (std::size_t i = 0; i < points.landmarks.size(); ++i)
    points.landmarks[i] = point_at(row + 2 * i);
  points.found = face::all_finite(points.landmarks);
  points.gaze = {point_at(looks), point_at(looks + 2)};
  const bool looking = std::isfinite(looks[0] + looks[1] + looks[2] + looks[3]);
  if (points.found && !looking) points.gaze = face::gaze_points(points.landmarks, {});
  return points;
}

FileDriving::FileDriving(LandmarkFile source, LandmarkFile driver, Motion motion)
    : source_(std::move(source)), driver_(std::move(driver)), motion_(motion) {}

namespace {

DrivingPoints framed(DrivingPoints points, const Tensor& picture) {
  const CentredSquare square = CentredSquare::of(picture);
  for (face::Point2& p : points.landmarks) p = square.to_frame(p);
  points.gaze = {square.to_frame(points.gaze.left), square.to_frame(points.gaze.right)};
  return points;
}

}  // namespace

DrivingPoints FileDriving::of_source(const Tensor& picture) {
  source_points_ = framed(source_.points(0), picture);
  return *source_points_;
}

// As the file has them, in the frame of points.
DrivingPoints FileDriving::seen(const Tensor& picture, std::int64_t frame) const {
  if (frame >= driver_.frames())
    throw IoError(driver_.path(), fmt::format("must hold landmarks for every frame of the driver, "
                                              "got {} rows, and frame {} is asked for",
                                              driver_.frames(), frame));
  return framed(driver_.points(frame), picture);
}

DrivingPoints FileDriving::of_reference(const Tensor& picture, std::int64_t frame) {
  reference_ = seen(picture, frame);
  return *reference_;
}

DrivingPoints FileDriving::of_driver(const Tensor& picture, std::int64_t frame) {
  if (motion_ == Motion::absolute) return seen(picture, frame);
  if (!source_points_ || !reference_)
    throw UsageError("file_driving",
                     "the source's points and a reference must be asked for before the driver's "
                     "in relative motion");
  return moved_points(*source_points_, *reference_, seen(picture, frame));
}

}  // namespace dact::reenact
