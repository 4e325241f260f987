// The picture of a mesh's normals: what a driver that needs the whole surface, not only landmarks, is given.
#pragma once
#include "tensor/tensor.hpp"

namespace dact::face {

/// Normals of the vertices: the sum of the faces' cross products, so larger faces weigh more.
/// equation     n = sum over faces of (v1 - v0) x (v2 - v0), divided by max(|n|, 1e-6)
/// vertices     f32 [B, V, 3] or [V, 3], posed and not projected
/// faces        i64 [F, 3], counter-clockwise seen from outside
/// returns      the shape of vertices; a vertex without faces has 0
/// order        faces ascending, in double, rounded once
/// throws       ShapeError, DtypeError, UsageError(a vertex number outside)
Tensor vertex_normals(const Tensor& vertices, const Tensor& faces);

/// normal       f32 [H, H, 3], as interpolated, not renormalised; 0 where no face is
/// depth        f32 [H, H], -1 where no face is
/// face         i64 [H, H], -1 where no face is
struct NormalMap {
  Tensor normal, depth, face;
};

/// Draws normals as PyTorch3D's rules have it: pixel (i, j) of H is sampled at (-1 + (2 j + 1) / H, -1 + (2 i + 1) / H);
/// a face covers it when all three barycentric weights are > 0; faces of |2 area| <= 1e-8 are skipped, back faces are
/// not; weights are those of the picture plane; a fragment needs depth >= 0; the nearest wins, at a tie the lower face.
/// projected    f32 [V, 3]: x right and y down in [-1, 1], z the depth (project() with kDepthOffset added to z)
/// normals      f32 [V, 3]
/// size         H, 1 .. 8192
/// throws       ShapeError, DtypeError, UsageError(size, a vertex number outside)
/// cost         faces once per 16 rows, and their boxes' pixels; rows in parallel
/// source       Ravi et al. 2020 (PyTorch3D), rasterize_meshes with blur_radius 0
NormalMap rasterize_normals(const Tensor& projected, const Tensor& normals, const Tensor& faces,
                            std::int64_t size);

/// Added to a projected z so that every depth of a head is positive.
inline constexpr double kDepthOffset = 10;

/// The normal map of a posed mesh under a weak-perspective camera: vertex_normals, projection, rasterize_normals.
/// vertices     f32 [V, 3]
/// camera       f32 [3] = (s, t_x, t_y)
NormalMap normal_map(const Tensor& vertices, const Tensor& camera, const Tensor& faces,
                     std::int64_t size);

/// The map as a picture: (n + 1) / 2 where a face is, else 0. f32 [3, H, H]
Tensor normal_colours(const NormalMap& map);

}  // namespace dact::face
