// The heads64 family's own judges.
#pragma once
#include "reenact/nets/embedder.hpp"
#include "reenact/nets/estimator.hpp"
#include "reenact/nets/gaze.hpp"
#include "reenact/nets/parser.hpp"
#include "reenact/nets/style.hpp"
#include "reenact/train/judges.hpp"

namespace dact::train {

/// Five small networks behind one set of keys: "estimator.", "gaze.", "embedder.", "parser.", "style.".
class Heads64Judges final : public Judges, public nn::Module {
 public:
  /// Frozen; weights are the constructors' until loaded.
  Heads64Judges();
  std::vector<Var> perceptual(const Var& image) const override { return parser.features(image); }
  Var identity(const Var& image, const Tensor&) const override { return embedder(image); }
  Var style(const Var& image) const override { return looks.feature(image); }
  Tensor background(const Tensor& image) const override;
  Var gaze(const Var& image, const Tensor& landmarks) const override {
    return eyes(image, landmarks);
  }
  FaceReading face(const Var& image) const override;
  void visit(nn::Visitor& v) override;

  nets::FaceEstimator estimator;
  nets::GazeEstimator eyes;
  nets::IdentityEmbedder embedder;
  nets::FaceParser parser;
  nets::StyleNetwork looks;
};

}  // namespace dact::train
