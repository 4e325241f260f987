// From a posed head to a picture with its ground truth: triangles -> samples -> painted, lit points -> pixels.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "reenact/head/appearance.hpp"
#include "reenact/render/scene.hpp"

namespace dact::render {

/// What a frame shall hold besides its colours.
struct FrameRequest {
  std::int32_t size = 256;  // pixels of each side, 1 .. 8192
  bool planes = true, depth = true, normals = true, labels = true;
};

/// A square picture and what is known of it. What was not asked for is empty.
struct Frame {
  std::int32_t size = 0;
  std::vector<std::uint8_t> rgb;       // [size, size, 3]
  std::vector<float> planes;           // [3, size, size], the same colours unrounded, -1..1
  std::vector<std::uint8_t> coverage;  // [size, size], share that is not background, 255: all
  std::vector<float> depth;    // [size, size], z (cm) of the nearest sample; kNoDepth: background
  std::vector<float> normals;  // [3, size, size], mean of the samples, unit; 0: background
  std::vector<std::uint8_t>
      labels;  // [size, size], class that covers most samples, ties: the lower
};
inline constexpr float kNoDepth = -1000;
inline constexpr int kClasses = 19;

/// Samples per side of a pixel: 4 up to 128 pixels, else 2; averaged by a box filter in linear light.
int samples_per_side(std::int32_t size);

/// Draws one frame after the other. Work of one thread; as many renderers as threads draw independent frames. Frames of
/// a size seen before allocate nothing. A frame is a pure function of the arguments: the same bits on every machine.
class HeadRenderer {
 public:
  HeadRenderer();
  ~HeadRenderer();
  HeadRenderer(HeadRenderer&&) noexcept;
  HeadRenderer& operator=(HeadRenderer&&) noexcept;

  /// mesh         as PosedHead::mesh; coordinates as head.hpp says
  /// throws       UsageError: size outside 1 .. 8192, camera, light, appearance or mesh not finite or out of range
  void render(const Mesh& mesh, const head::Appearance& appearance, const head::Pose& pose,
              const head::Light& light, const head::Background& background,
              const head::Camera& camera, const FrameRequest& request, Frame& frame);

 private:
  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
};

/// One frame with everything.
Frame render_head(const Mesh& mesh, const head::Appearance& appearance, const head::Pose& pose,
                  const head::Light& light, const head::Background& background,
                  const head::Camera& camera, std::int32_t size);

}  // namespace dact::render
