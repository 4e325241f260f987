// Where the eyes look, from crops around them.
#pragma once
#include "reenact/nets/blocks.hpp"

namespace dact::nets {

inline constexpr std::int64_t kEyeSize = 24;

/// The two eyes, upright, one above the other along the channels, magnified to 24x24 each. The crop of each eye is a
/// square of twice the wider eye's corner distance, turned so that the line between the eyes is level.
/// image        [B, 3, 64, 64]
/// landmarks    f32 [B, 68, 2], pixels; taken as constants
/// returns      [B, 6, 24, 24]: the eye at the picture's left, then the other
/// gradient     by the image
Var eye_crops(const Var& image, const Tensor& landmarks);

/// (pitch, yaw) of the eyes in the head, radians: pitch + up, yaw + to the picture's left, as Eq. 9 of the paper takes
/// them. Eyes that look straight out of a turned head have gaze 0.   image [B, 3, 64, 64] in [-1, 1], landmarks [B, 68, 2] -> [B, 2]
class GazeEstimator : public nn::Module {
 public:
  GazeEstimator();
  Var operator()(const Var& image, const Tensor& landmarks) const;
  void visit(nn::Visitor& v) override;

 private:
  nn::Conv2d stem_;
  ResidualBlock block_;
  DownLevel level2_;
  nn::Conv2d down_;
  PositionTail tail_;
  nn::Linear out_;
};

}  // namespace dact::nets
