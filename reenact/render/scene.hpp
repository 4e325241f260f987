// What a frame is drawn from: triangles of named parts, with the attributes that colour and classes are functions of.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

namespace dact::render {

struct Vec3 {
  float x = 0, y = 0, z = 0;
};

/// What a triangle belongs to. Colour and class of a fragment are functions of its part and attributes.
enum class Part : std::uint8_t {
  skin,
  mouth_bag,
  eye_left,  // left and right are the subject's
  eye_right,
  teeth_upper,
  teeth_lower,
  tongue,
  ear_left,
  ear_right,
  hair,
  glasses,
  lens,
  hat,
  torso,
  collar,
};
inline constexpr int kPartCount = 15;

/// Vertex v of a triangle carries position[v] (posed; cm; x = subject's left, y up, z to the viewer), normal[v] (unit),
/// coord[v] (template coordinates: a, b, t on skin; what each other part puts there stands with its maker), rest[v]
/// (position before pose and expression; on an eyeball the unit direction from its centre) and occlusion[v] (ambient
/// light that arrives, 0..1.12). All interpolate linearly over a triangle.
struct Mesh {
  std::vector<Vec3> position;
  std::vector<Vec3> normal;
  std::vector<Vec3> coord;
  std::vector<Vec3> rest;
  std::vector<float> occlusion;
  std::vector<std::array<std::int32_t, 3>> triangles;
  std::vector<Part> part;  // one per triangle
};

}  // namespace dact::render
