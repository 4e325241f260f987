#include "reenact/pipeline/driving.hpp"

#include <algorithm>
#include <utility>

#include "tensor/error.hpp"

namespace dact::reenact {

CentredSquare CentredSquare::of(const Tensor& picture) {
  require_rank("centred_square", "picture", picture, 3);
  const auto h = static_cast<double>(picture.size(0)), w = static_cast<double>(picture.size(1));
  const double side = std::min(h, w);
  return {(w - side) / 2, (h - side) / 2, side};
}

face::Point2 CentredSquare::to_frame(face::Point2 p) const {
  return {(p.x - left) * kPointFrame / side, (p.y - top) * kPointFrame / side};
}

face::Point2 CentredSquare::to_picture(face::Point2 p) const {
  return {p.x * side / kPointFrame + left, p.y * side / kPointFrame + top};
}

face::Landmarks68 MorphableLandmarks::landmarks(const FaceState& state) const {
  const NoGrad no_grad;
  const auto row = [](const Tensor& x) { return Var(x.unsqueezed(0)); };
  const face::MorphableParams params{.shape = row(state.identity),
                                     .expression = row(state.expression),
                                     .pose = face::flame_pose(row(state.pose)),
                                     .camera = row(state.camera)};
  return face::landmarks_of(model_.landmark_pixels(params, kPointFrame).value());
}

TrackedDriving::TrackedDriving(std::unique_ptr<FaceTracker> tracker,
                               std::unique_ptr<LandmarkModel> model, const MotionOptions& motion)
    : tracker_(std::move(tracker)), model_(std::move(model)), motion_(motion) {
  require_strengths(motion);
}

DrivingPoints TrackedDriving::points_of(const FaceState& state) const {
  DrivingPoints points{.landmarks = model_->landmarks(state),
                       .gaze = {},
                       .found = state.confidence > 0,
                       .confidence = state.confidence};
  points.gaze = face::gaze_points(points.landmarks, state.gaze);
  return points;
}

DrivingPoints TrackedDriving::of_source(const Tensor& picture) {
  source_ = tracker_->track(picture);
  return points_of(source_);
}

DrivingPoints TrackedDriving::of_reference(const Tensor& picture, std::int64_t) {
  reference_ = tracker_->track(picture);
  return points_of(reference_);
}

DrivingPoints TrackedDriving::of_driver(const Tensor& picture, std::int64_t) {
  if (!source_.identity.defined())
    throw UsageError("tracked_driving",
                     "the source's points must be asked for before the driver's");
  if (motion_.motion == Motion::relative && !reference_.identity.defined())
    throw UsageError("tracked_driving",
                     "a reference must be given before the driver's points in relative motion");
  return points_of(moved_state(source_, reference_, tracker_->track(picture), motion_));
}

Tensor draw_points(const DrivingPoints& points) {
  return face::draw_driving_picture(points.landmarks, points.gaze);
}

Tensor driving_input(const Tensor& drawn, std::int64_t size) {
  return face::driving_tensor(drawn.unsqueezed(0), size);
}

}  // namespace dact::reenact
