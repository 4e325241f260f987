// A stand-in for the world in the trainer's tests: an ellipse with eyes and a mouth that turn, drawn in microseconds.
#pragma once
#include <cmath>

#include "reenact/nets/estimator.hpp"
#include "reenact/nets/style.hpp"
#include "reenact/train/batch.hpp"
#include "tensor/hostmath.hpp"

namespace dact::test {

class TinyWorld final : public train::ClipSource {
 public:
  TinyWorld(std::int64_t clips, std::int64_t frames, std::int64_t side, std::uint64_t seed)
      : ClipSource(clips, frames, seed), clips_(clips), frames_(frames), side_(side), seed_(seed) {}
  std::int64_t size() const override { return side_; }
  std::int64_t people() const override { return (clips_ + 1) / 2; }
  std::string describe() const override { return "ellipses"; }
  train::Batch frames_of(std::int64_t clip) const { return load(clip); }

 private:
  struct Face {  // lengths as parts of the side
    double wide, high, yaw, pitch, gaze_x, gaze_y, open;
    double skin[3], back[3];
  };

  train::Batch load(std::int64_t clip) const override {
    const std::int64_t pixels = side_ * side_;
    train::Batch b;
    b.image = empty({frames_, 3, side_, side_}, DType::u8);
    b.mask = empty({frames_, side_, side_}, DType::u8);
    b.landmarks = empty({frames_, nets::kLandmarks, 2});
    b.pose = zeros({frames_, 4});
    b.gaze = zeros({frames_, 2});
    b.camera = zeros({frames_, 3});
    b.expression = zeros({frames_, nets::kExpressionCodes});
    b.identity = zeros({frames_, nets::kIdentityCodes});
    b.appearance = zeros({frames_, nets::kAppearance});
    b.appearance_seen = zeros({frames_, nets::kAppearance});
    b.person = full({frames_}, static_cast<double>(clip / 2), DType::i64);
    b.clip = full({frames_}, static_cast<double>(clip), DType::i64);
    for (std::int64_t f = 0; f < frames_; ++f) {
      const Face face = face_of(clip, f);
      draw(face, b.image.mutate<std::uint8_t>() + f * 3 * pixels,
           b.mask.mutate<std::uint8_t>() + f * pixels);
      mark(face, b.landmarks.mutate<float>() + f * 2 * nets::kLandmarks);
      numbers(face, b, f);
    }
    return b;
  }

  double unit(std::string_view use, std::int64_t clip, std::int64_t frame) const {
    return static_cast<double>(train::draw_index(seed_, use, clip, frame, 1 << 20)) / (1 << 20);
  }

  Face face_of(std::int64_t clip, std::int64_t frame) const {
    Face f{};
    f.wide = 0.24 + 0.08 * unit("wide", clip / 2, 0);
    f.high = 0.32 + 0.08 * unit("high", clip / 2, 0);
    f.yaw = 2 * unit("yaw", clip, frame) - 1;
    f.pitch = 2 * unit("pitch", clip, frame) - 1;
    f.gaze_x = 2 * unit("gaze_x", clip, frame) - 1;
    f.gaze_y = 2 * unit("gaze_y", clip, frame) - 1;
    f.open = unit("open", clip, frame);
    for (std::int64_t k = 0; k < 3; ++k) {
      f.skin[k] = 120 + 100 * unit("skin", clip / 2, k);
      f.back[k] = 200 * unit("back", clip, k);
    }
    return f;
  }

  // Centres of the eye at the picture's left, the other, and the mouth, from the middle.
  static void centre(const Face& f, int part, double& x, double& y) {
    x = 0.10 * f.yaw + (part == 2 ? 0 : (part == 0 ? -0.5 : 0.5) * f.wide);
    y = 0.06 * f.pitch + (part == 2 ? 0.5 : -0.3) * f.high;
  }

  static bool inside(double x, double y, double rx, double ry) {
    return x * x / (rx * rx) + y * y / (ry * ry) < 1;
  }

  void draw(const Face& f, std::uint8_t* rgb, std::uint8_t* mask) const {
    for (std::int64_t i = 0; i < side_; ++i)
      for (std::int64_t j = 0; j < side_; ++j) {
        const double x = (static_cast<double>(j) + 0.5) / static_cast<double>(side_) - 0.5;
        const double y = (static_cast<double>(i) + 0.5) / static_cast<double>(side_) - 0.5;
        double c[3] = {f.back[0], f.back[1], f.back[2]};
        std::uint8_t label = 0;
        if (inside(x, y, f.wide, f.high)) {
          label = 1;
          for (int k = 0; k < 3; ++k) c[k] = f.skin[k];
        }
        for (int part = 0; part < 3; ++part) {
          double cx = 0, cy = 0;
          centre(f, part, cx, cy);
          const double ry = part == 2 ? 0.02 + 0.05 * f.open : 0.045;
          if (!inside(x - cx, y - cy, 0.08, ry)) continue;
          label = part == 2 ? 11 : part == 0 ? 5 : 4;
          const bool iris =
              part < 2 && inside(x - cx - 0.04 * f.gaze_x, y - cy + 0.02 * f.gaze_y, 0.03, 0.03);
          for (int k = 0; k < 3; ++k) c[k] = part == 2 ? (k == 0 ? 150 : 30) : iris ? 20 : 240;
        }
        mask[i * side_ + j] = label;
        for (int k = 0; k < 3; ++k)
          rgb[(k * side_ + i) * side_ + j] = static_cast<std::uint8_t>(c[k]);
      }
  }

  void mark(const Face& f, float* out) const {
    const auto put = [&](std::int64_t index, double x, double y) {
      out[2 * index] = static_cast<float>((x + 0.5) * static_cast<double>(side_));
      out[2 * index + 1] = static_cast<float>((y + 0.5) * static_cast<double>(side_));
    };
    for (std::int64_t i = 0; i < 36; ++i) {
      const double a = 3.14159265 * static_cast<double>(i) / 35;
      put(i, -f.wide * hostmath::cos(a), f.high * hostmath::sin(a));
    }
    for (int part = 0; part < 3; ++part) {
      double cx = 0, cy = 0;
      centre(f, part, cx, cy);
      const std::int64_t first = part == 2 ? 48 : 36 + 6 * part, count = part == 2 ? 20 : 6;
      for (std::int64_t i = 0; i < count; ++i) {
        const double a = 2 * 3.14159265 * static_cast<double>(i) / static_cast<double>(count);
        put(first + i, cx - 0.08 * hostmath::cos(a), cy - 0.045 * hostmath::sin(a));
      }
    }
  }

  static void numbers(const Face& f, train::Batch& b, std::int64_t row) {
    const auto set = [&](Tensor& t, std::int64_t column, double value) {
      t.mutate<float>()[row * t.size(1) + column] = static_cast<float>(value);
    };
    set(b.pose, 0, 30 * f.yaw);
    set(b.pose, 1, 20 * f.pitch);
    set(b.gaze, 0, 0.3 * f.gaze_y);
    set(b.gaze, 1, -0.4 * f.gaze_x);
    set(b.camera, 0, 1);
    set(b.expression, 0, f.open);
    set(b.identity, 0, f.wide * 20);
    set(b.identity, 1, f.high * 20);
    for (std::int64_t k = 0; k < 3; ++k) {
      set(b.appearance, k, f.skin[k] / 127.5 - 1);
      set(b.appearance, k + 3, f.back[k] / 127.5 - 1);
      set(b.appearance_seen, k, 1);
      set(b.appearance_seen, k + 3, 1);
    }
  }

  std::int64_t clips_, frames_, side_;
  std::uint64_t seed_;
};

}  // namespace dact::test
