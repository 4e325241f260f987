// From a picture to its driving picture: who finds the points of a face, and on whose shape they lie.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "reenact/face/driving_picture.hpp"
#include "reenact/face/morphable.hpp"
#include "reenact/pipeline/motion.hpp"

namespace dact::reenact {

/// Points are in the frame of the crop that the authors draw unscaled: 224 pixels for the whole picture that the model
/// sees, x right, y down from its top left corner.
inline constexpr double kPointFrame = 224;

/// The largest centred square of a picture, the part that picture_to_square() shows.
struct CentredSquare {
  double left = 0, top = 0, side = 0;  // pixels
  static CentredSquare of(const Tensor& picture);
  /// From the picture's pixels to the frame of points, and back.
  face::Point2 to_frame(face::Point2 p) const;
  face::Point2 to_picture(face::Point2 p) const;
};

/// What one picture says of its face, in the numbers of a model of heads. f32 rows.
struct FaceState {
  Tensor identity, expression, pose, camera;
  face::GazeAngles gaze;
  /// > 0: a face of the kind that the tracker knows. Its scale is the tracker's own.
  double confidence = 1;
};

/// Finds the state of a face in a picture, u8 [H, W, 3]: by networks, or by whatever else.
class FaceTracker {
 public:
  virtual ~FaceTracker() = default;
  virtual FaceState track(const Tensor& picture) = 0;
};

/// Landmarks as a function of a state: a model of heads with its camera. In the frame of points.
class LandmarkModel {
 public:
  virtual ~LandmarkModel() = default;
  virtual face::Landmarks68 landmarks(const FaceState& state) const = 0;
};

/// A MorphableModel with FLAME's parameters: identity, expression, pose [6], weak-perspective camera [3] into the crop.
class MorphableLandmarks final : public LandmarkModel {
 public:
  explicit MorphableLandmarks(const face::MorphableModel& model) : model_(model.landmark_part()) {}
  face::Landmarks68 landmarks(const FaceState& state) const override;

 private:
  face::MorphableModel model_;
};

/// What is drawn of one picture.
struct DrivingPoints {
  face::Landmarks68 landmarks{};
  face::GazePoints gaze;
  /// False: no face there; the points may mean nothing, and are not numbers where nothing was found at all.
  bool found = true;
  double confidence = 1;
};

/// Where driving points come from: the source's first, then the driver's, frame by frame.
class DrivingSource {
 public:
  virtual ~DrivingSource() = default;
  /// picture      u8 [H, W, 3]
  virtual DrivingPoints of_source(const Tensor& picture) = 0;
  /// The frame of the driver that relative motion is measured from; before of_driver().
  /// returns      what is seen in it
  /// throws       as of_driver
  virtual DrivingPoints of_reference(const Tensor& picture, std::int64_t frame) = 0;
  /// throws       IoError when there are no points for this frame; UsageError before of_source(), or in relative motion
  ///              before of_reference()
  virtual DrivingPoints of_driver(const Tensor& picture, std::int64_t frame) = 0;
  /// How many frames it has points for; 0: any number.
  virtual std::int64_t frames() const { return 0; }
};

/// The source's shape in the driver's pose, expression and camera (Eq. 7, 8), gaze points by the driver's gaze (Eq. 9).
class TrackedDriving final : public DrivingSource {
 public:
  /// throws       UsageError for a strength that cannot be
  TrackedDriving(std::unique_ptr<FaceTracker> tracker, std::unique_ptr<LandmarkModel> model,
                 const MotionOptions& motion = {});
  DrivingPoints of_source(const Tensor& picture) override;
  DrivingPoints of_reference(const Tensor& picture, std::int64_t frame) override;
  DrivingPoints of_driver(const Tensor& picture, std::int64_t frame) override;

 private:
  DrivingPoints points_of(const FaceState& state) const;
  std::unique_ptr<FaceTracker> tracker_;
  std::unique_ptr<LandmarkModel> model_;
  MotionOptions motion_;
  FaceState source_, reference_;
};

/// u8 [256, 256, 3], then what the encoder takes of it, f32 [1, 3, size, size].
Tensor draw_points(const DrivingPoints& points);
Tensor driving_input(const Tensor& drawn, std::int64_t size);

}  // namespace dact::reenact
