#include "reenact/render/render_checks.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "tensor/error.hpp"

namespace dact::render {
namespace {

constexpr std::int32_t kLargestSize = 8192;

void require_that(bool holds, const char* what, float got) {
  if (!holds) throw UsageError("render_head", std::string(what) + ", got " + std::to_string(got));
}

void require_settings(const head::Light& light, const head::Camera& camera,
                      const FrameRequest& request) {
  require_that(request.size >= 1 && request.size <= kLargestSize, "size must be 1 .. 8192",
               static_cast<float>(request.size));
  require_that(camera.scale >= 0.05F && camera.scale <= 20, "camera scale must be 0.05 .. 20",
               camera.scale);
  require_that(std::abs(camera.tx) <= 100 && std::abs(camera.ty) <= 100,
               "the camera must be moved by at most 100 cm",
               std::abs(camera.tx) <= 100 ? camera.ty : camera.tx);
  require_that(std::abs(light.azimuth) <= 180 && std::abs(light.elevation) <= 90,
               "light must come from azimuth -180 .. 180, elevation -90 .. 90",
               std::abs(light.azimuth) <= 180 ? light.elevation : light.azimuth);
  require_that(
      light.strength >= 0 && light.strength <= 10 && light.ambient >= 0 && light.ambient <= 10,
      "strength and ambient light must be 0 .. 10", light.strength);
}

void require_arrays(const Mesh& mesh) {
  const std::size_t n = mesh.position.size();
  if (mesh.normal.size() != n || mesh.coord.size() != n || mesh.rest.size() != n ||
      mesh.occlusion.size() != n || mesh.part.size() != mesh.triangles.size())
    throw ShapeError(
        "render_head",
        "normals, coordinates, rest positions and occlusion must be one per vertex, "
        "parts one per triangle, got " +
            std::to_string(mesh.normal.size()) + ", " + std::to_string(mesh.coord.size()) + ", " +
            std::to_string(mesh.rest.size()) + ", " + std::to_string(mesh.occlusion.size()) +
            " for " + std::to_string(n) + " vertices and " + std::to_string(mesh.part.size()) +
            " for " + std::to_string(mesh.triangles.size()) + " triangles");
}

void require_triangles(const Mesh& mesh) {
  const auto n = static_cast<std::int64_t>(mesh.position.size());
  std::int64_t low = 0, high = -1;
  for (const auto& t : mesh.triangles)
    for (const std::int32_t v : t) {
      low = std::min<std::int64_t>(low, v);
      high = std::max<std::int64_t>(high, v);
    }
  if (low < 0 || high >= n)
    throw ShapeError("render_head", "triangles must name vertices 0 .. " + std::to_string(n - 1) +
                                        ", got " + std::to_string(low < 0 ? low : high));
}

}  // namespace

void require_drawable(const Mesh& mesh, const head::Light& light, const head::Camera& camera,
                      const FrameRequest& request) {
  require_settings(light, camera, request);
  require_arrays(mesh);
  require_triangles(mesh);
}

}  // namespace dact::render
