// The networks that a reenacted picture is judged by: what the losses ask of them. heads64's are small; the official ones
// answer the same questions.
#pragma once
#include <vector>

#include "autograd/ops.hpp"
#include "nn/module.hpp"

namespace dact::train {

/// What a face estimator says of pictures.
struct FaceReading {
  Var angles;     // [B, 3], degrees: yaw, pitch, roll
  Var landmarks;  // [B, 68, 2], pixels of the 224-pixel crop, whatever the picture's size
};

/// All frozen and in evaluation mode; gradients pass through to the picture. image [B, 3, S, S] in [-1, 1].
class Judges {
 public:
  virtual ~Judges() = default;
  /// Feature maps from shallow to deep.
  virtual std::vector<Var> perceptual(const Var& image) const = 0;
  /// [B, D]; landmarks [B, 68, 2] in pixels of the picture, for those that crop.
  virtual Var identity(const Var& image, const Tensor& landmarks) const = 0;
  virtual Var style(const Var& image) const = 0;
  /// f32 [B, 1, S, S]: 1 on background and hair.
  virtual Tensor background(const Tensor& image) const = 0;
  /// [B, 2], radians.
  virtual Var gaze(const Var& image, const Tensor& landmarks) const = 0;
  virtual FaceReading face(const Var& image) const = 0;
};

}  // namespace dact::train
