// MorphableModel: a head as a mean mesh plus directions, joints that turn it, and points marked on it: the structure of
// FLAME (Li et al. 2017). FLAME's files load into it (flame.hpp); so does a head made by formula.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "autograd/var.hpp"

namespace dact::face {

/// Points on the surface, each a weighted mean of three vertices (any three: on a face, or three times the same one).
/// corners      i64 [..., N, 3], vertex numbers
/// weights      f32|f64 [..., N, 3]
struct SurfacePoints {
  Tensor corners, weights;
};

/// Points given by face numbers and barycentric weights, as FLAME's file has them.
/// faces        i64 [F, 3]
/// face_index   i64 [..., N]; barycentric f32|f64 [..., N, 3]
/// throws       WeightsError(shapes, a face number outside [0, F)) with `where` and `name` in front
SurfacePoints points_on_faces(const Tensor& faces, const Tensor& face_index,
                              const Tensor& barycentric, std::string_view where,
                              std::string_view name);
/// Points that are vertices: weights 1, 0, 0.
SurfacePoints points_at_vertices(const std::vector<std::int64_t>& vertices,
                                 DType dtype = DType::f32);

/// The 68 landmarks in iBUG order. The contour slides over the surface with the head's yaw, as an outline does, so it
/// has one row of points per whole degree (FLAME: 79 rows of 17). A model without a table of rows leaves `contour`
/// undefined and has all its points in `fixed`.
struct LandmarkPoints {
  SurfacePoints
      contour;  // [R, C] points: rows 0 .. M for yaw 0 .. M degrees, M+1 .. 2M for -1 .. -M; R = 2M + 1
  SurfacePoints fixed;  // [S] points, after the contour in the order of the landmarks
  SurfacePoints full;  // [C + S] points that do not follow the yaw ("landmarks3d"); undefined: none
};

/// What a MorphableModel is made of: V vertices, F faces, I identity and E expression directions, K joints. Lengths are
/// in the model's own unit (FLAME: metres; x = subject's left, y up, z out of the face). All floats of one dtype.
struct MorphableTables {
  Tensor v_template;        // [V, 3]
  Tensor identity_basis;    // [V, 3, I]
  Tensor expression_basis;  // [V, 3, E]
  Tensor pose_basis;        // [V, 3, 9 (K - 1)]; undefined: no pose correctives
  Tensor joint_regressor;   // [K, V]; or undefined, and then the joints themselves:
  Tensor joint_template;    // [K, 3]
  Tensor joint_basis;       // [K, 3, I + E]
  Tensor weights;           // [V, K], skinning
  Tensor parents;           // i64 [K]; -1 first, then each below its own number
  Tensor faces;             // i64 [F, 3]
  LandmarkPoints landmarks;
  std::int64_t contour_joint =
      1;  // the contour follows the yaw of this joint and all above it (FLAME: neck)
};

/// Everything that a model needs to hold of its tables; names the array, the index and the value that does not fit.
/// throws       WeightsError("<where>: array weights must ...")
void require_sound(const MorphableTables& tables, std::string_view where);

/// One batch of heads. Undefined fields are zero (camera: s = 1, no shift).
/// shape        [B, I], identity weights
/// expression   [B, E]
/// pose         [B, 3 K], an axis-angle vector per joint, radians
/// camera       [B, 3], weak perspective (s, t_x, t_y)
struct MorphableParams {
  Var shape, expression, pose, camera;
};

/// FLAME's six numbers, global and jaw axis-angle, as a full pose: neck and eyes do not turn.
/// pose         [B, 6]; returns [B, 15]
Var flame_pose(const Var& pose);

/// The source's shape under the driver's pose, expression and camera (Eq. 7, 8 of DiffusionAct). A source of one
/// sample serves every driver.
MorphableParams head_motion(const MorphableParams& source, const MorphableParams& driver);

/// A model in one position.
/// vertices     [B, V, 3]
/// joints       [B, K, 3], posed
/// rotations    [B, K, 3, 3], of each joint against its parent
struct PosedHead {
  Var vertices, joints, rotations;
};

/// Rotation matrices of axis-angle vectors.
/// equation     R = I + sin(a) K + (1 - cos(a)) K^2, a = |v + 1e-8| (each component), K = [v / a]_x
/// v            f32|f64 [..., 3], radians
/// returns      [..., 3, 3]; v = 0 gives I exactly
/// gradient     yes, also at v = 0
/// source       Rodrigues; the 1e-8 as in FLAME's published code
Var rodrigues(const Var& v);

/// Weak perspective into the crop's frame: x right, y down, [-1, 1] over the crop, z to the back.
/// equation     (s (x + t_x), -s (y + t_y), -s z)
/// points       [B, N, 3]; camera [B, 3] = (s, t_x, t_y)
Var project(const Var& points, const Var& camera);
/// Crop frame to pixels, continuous: pixel column j has its centre at j + 0.5.
/// equation     p = c size / 2 + size / 2, on every coordinate
Var to_pixels(const Var& projected, double size = 224);

/// Vertices, joints and landmarks as functions of parameters; every function is differentiable by every parameter and
/// sample by sample independent of the batch. The tables are constants.
class MorphableModel {
 public:
  /// throws  WeightsError as require_sound(tables, where)
  explicit MorphableModel(MorphableTables tables, std::string_view where = "MorphableModel");

  const MorphableTables& tables() const { return tables_; }
  DType dtype() const { return tables_.v_template.dtype(); }
  std::int64_t vertex_count() const { return tables_.v_template.size(0); }
  std::int64_t joint_count() const { return tables_.parents.size(0); }
  std::int64_t identity_count() const { return tables_.identity_basis.size(2); }
  std::int64_t expression_count() const { return tables_.expression_basis.size(2); }
  std::int64_t landmark_count() const;

  /// The same model in f64 (for gradient checks) or f32.
  MorphableModel to(DType dtype) const;

  /// Linear blend skinning.
  /// equation     v_s = template + identity beta + expression psi;  J = J_0 + J_b (beta, psi)
  ///              v_p = v_s + pose_basis (R_1 - I, ..., R_K-1 - I)
  ///              v = sum_k w_k (G_k [v_p - J_k; 1]),  G_k = G_parent(k) [R_k | J_k - J_parent(k)]
  ///              J_0 and J_b: regressor times template and directions, made once
  /// throws       ShapeError, DtypeError: parameters that do not fit the model
  /// order        NUMERICS.md 3: chains over the directions (shape, then expression), pose features, joints
  /// source       FLAME (Li et al. 2017), eq. 2 to 4
  PosedHead posed(const MorphableParams& params) const;

  /// The landmarks [B, 68, 3]: contour by the head's yaw, then the fixed points.
  Var landmarks(const PosedHead& head) const;
  /// Row of the contour table for each sample: the yaw of the contour joint's rotations (root last) in degrees, at most
  /// M, to the nearest whole number, ties to even; below -M the row of -M.
  std::vector<std::int64_t> contour_rows(const Var& rotations) const;
  /// The landmarks of the `full` table, which do not slide. UsageError when the model has none.
  Var landmarks3d(const PosedHead& head) const;
  /// landmarks(), projected, in pixels of the crop: [B, 68, 2].
  Var landmark_pixels(const MorphableParams& params, double size = 224) const;

  /// A model of only the vertices that its landmarks touch (and no faces): the same landmarks and joints, bit for bit,
  /// at a fraction of the cost. For many parameter sets and for losses on landmarks.
  MorphableModel landmark_part() const;

 private:
  struct Prepared;
  MorphableTables tables_;
  std::shared_ptr<const Prepared> prepared_;
};

/// Row of a contour table for a yaw in degrees: at most `most`, to the nearest whole number d, ties to even; then d for
/// d >= 0 and most - d below; under -most the row of -most, 2 most.
std::int64_t contour_row(double degrees, std::int64_t most);

/// landmarks() of many parameter sets without gradients: batches of a few dozen, side by side on the pool's threads.
/// The bits are those of model.landmarks(model.posed(params)).
/// model        best a landmark_part()
/// returns      [B, 68, 3]
Tensor landmarks_of(const MorphableModel& model, const MorphableParams& params);

}  // namespace dact::face
