// What a person is made of besides the skin, and the builder that all parts write into.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "reenact/head/formula.hpp"
#include "reenact/head/head.hpp"

namespace dact::head {

using render::Part;

/// What a part may look at: the model, the skin of this identity with its normals, and the wishes.
struct PartInput {
  const HeadModel& model;
  const Identity& identity;
  const Appearance& appearance;
  const std::vector<Vec3>& skin;
  const std::vector<Vec3>& skin_normal;

  Point at(std::int32_t v) const { return point_from(skin[static_cast<std::size_t>(v)]); }
  Point mean_at(std::int32_t v) const {
    return point_from(model.mean[static_cast<std::size_t>(v)]);
  }
  /// A number in [0, 1) of the appearance's seed.
  double random(std::uint64_t use) const {
    return noise(appearance.seed, static_cast<double>(use));
  }
};

/// How a run of vertices moves: a share of the neck's angles, or with the jaw and then the head.
struct Motion {
  float neck = 1;
  bool jaw = false;
};

/// Vertices [first, first + count) that move alike.
struct Block {
  std::int32_t first, count;
  Motion motion;
};

class PartBuilder {
 public:
  render::Mesh mesh;
  std::vector<Block> blocks;

  std::int32_t add(Point position, Point coord, Motion motion = {}, double occlusion = 1);
  void triangle(Part part, std::int32_t a, std::int32_t b, std::int32_t c);
  /// Quads of a grid of rows x columns vertices from `first`; counter-clockwise when rows run up and columns to +x.
  void grid(Part part, std::int32_t first, int rows, int columns, bool closed, bool flip = false);
  std::int32_t size() const { return static_cast<std::int32_t>(mesh.position.size()); }
};

/// Where an eyeball is and how far it is along its lids.
struct Eye {
  Point centre;
  double scale = 1;  // of this person's eyes against the mean's
  std::int32_t first = 0, count = 0;
  std::vector<float> direction;  // 3 per vertex, from the centre, gaze 0
  std::vector<std::int32_t>
      lid;                  // per vertex: between lid vertices lid and lid + 1 of its slit ...
  std::vector<float> part;  // ... at this part of the way
};

/// Centre and size of an eyeball, measured between the corners of its slit; side 0 left, 1 right.
struct EyePlace {
  Point centre;
  double scale = 1;
};
EyePlace eye_place(const PartInput& in, std::size_t side);

Eye add_eye(PartBuilder& out, const PartInput& in, std::size_t side);
void add_mouth_parts(PartBuilder& out, const PartInput& in);
void add_ears(PartBuilder& out, const PartInput& in);
void add_hair(PartBuilder& out, const PartInput& in);
void add_long_hair(PartBuilder& out, const PartInput& in);
void add_glasses(PartBuilder& out, const PartInput& in);
void add_hat(PartBuilder& out, const PartInput& in);
void add_torso(PartBuilder& out, const PartInput& in);

/// Thickness of hair or hat over a vertex of the skin; what lies deep under it need not be drawn.
std::vector<float> cover_of(const PartInput& in);

/// Where an ear is rooted: its hinge and how far the hair lets it stand out.
struct EarRoot {
  Point hinge;
  double flare = 24, size = 1;
};
EarRoot ear_root(const PartInput& in, double side);

bool has_long_hair(HairStyle style);

/// Everything of a person that does not change with the pose.
struct PersonParts {
  render::Mesh rest;
  std::vector<Block> blocks;
  std::array<Eye, 2> eyes;
  std::array<Point, kJoints> joints;
  std::array<float, 2> blink_gain;
};

/// Unit normals of all vertices from triangles: the sum of the area vectors of the triangles around each.
void add_normals(const std::vector<std::array<std::int32_t, 3>>& triangles,
                 const std::vector<Vec3>& position, std::vector<Vec3>& normal);

}  // namespace dact::head
