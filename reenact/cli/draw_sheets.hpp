// Contact sheets of heads, and the pictures that stand for a frame's ground truth.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "reenact/head/head.hpp"
#include "reenact/render/render_head.hpp"
#include "tensor/tensor.hpp"

namespace dact::cli {

/// All that one picture is drawn from.
struct Shot {
  std::shared_ptr<const head::Person> person;
  head::Pose pose;
  head::Light light;
  head::Background background;
  head::Camera camera;
};

render::Frame draw_shot(const Shot& shot, const render::FrameRequest& request);

/// u8 [H, W, 3]. Classes in the colours that face parsing is usually shown in; depth from 14 cm before the ears (white)
/// to 14 behind (black); normals as 0.5 n + 0.5.
Tensor colour_picture(const render::Frame& frame);
Tensor class_picture(const render::Frame& frame);
Tensor depth_picture(const render::Frame& frame);
Tensor normal_picture(const render::Frame& frame);

/// Pictures of one size in rows, white lines between them; every picture shown `zoom` times as large.
Tensor contact_sheet(const std::vector<Tensor>& pictures, int columns, int zoom = 1);

/// Weights by name on top of no expression at all.
struct NamedPose {
  std::string name;
  head::Pose pose;
};
/// 24 expressions and gazes, neutral first.
std::vector<NamedPose> expression_poses();

/// A person of the seed, with light, background and pose of their own.
Shot random_shot(std::uint64_t seed);
std::shared_ptr<const head::Person> person_of(std::uint64_t seed);

/// identities, expressions, turntable, size64. `start` is the first person's seed; size 0: the sheet's own.
/// throws  UsageError for another name
Tensor draw_sheet(const std::string& name, const Shot& start, std::uint64_t seed,
                  std::int32_t size);
/// The person of the shot, yaw -60 .. 60.
Tensor draw_turntable(const Shot& start, std::int32_t size);

}  // namespace dact::cli
