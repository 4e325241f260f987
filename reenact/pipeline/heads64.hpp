// The heads64 family's own way from a picture to driving points: two small networks and the procedural head.
#pragma once
#include <memory>

#include "reenact/nets/estimator.hpp"
#include "reenact/nets/gaze.hpp"
#include "reenact/pipeline/driving.hpp"

namespace dact::reenact {

/// Measured: 1,200 pictures of 300 other heads lie between 3.6 and 10.6, 100 photographed faces at -22 to 2.1, 571 parts of
/// other photographs at -73 to 3.7 in 99 of 100 cases, patterns, noise and upturned heads below 1 (reenact/weights/README.md).
inline constexpr double kLeastLogit = 3;

/// What the networks say of the picture's centred square at 64 pixels. identity [36] and expression [32] are orthonormal
/// codes, pose [4] degrees, camera [3] as head::Camera; confidence is the
/// estimator's logit above kLeastLogit.
class Heads64Tracker final : public FaceTracker {
 public:
  /// Both must outlive this.
  Heads64Tracker(const nets::FaceEstimator& estimator, const nets::GazeEstimator& gaze)
      : estimator_(estimator), gaze_(gaze) {}
  FaceState track(const Tensor& picture) override;

 private:
  const nets::FaceEstimator& estimator_;
  const nets::GazeEstimator& gaze_;
};

/// Landmarks of the procedural head. Numbers outside what a head can do are brought to the nearest that it can.
/// throws  NumericError: a state that is not finite
class HeadLandmarks final : public LandmarkModel {
 public:
  HeadLandmarks();
  ~HeadLandmarks() override;
  face::Landmarks68 landmarks(const FaceState& state) const override;

 private:
  struct Kept;  // the person of the last identity: a clip has one
  std::unique_ptr<Kept> kept_;
};

}  // namespace dact::reenact
