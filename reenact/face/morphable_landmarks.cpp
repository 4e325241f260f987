// Landmarks of a MorphableModel: the contour that follows the yaw, the model of only the vertices they need, and many
// parameter sets at once.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "autograd/ops.hpp"
#include "reenact/face/euler.hpp"
#include "reenact/face/morphable.hpp"
#include "tensor/error.hpp"
#include "tensor/hostmath.hpp"
#include "tensor/parallel.hpp"

namespace dact::face {
namespace landmarks_room {

constexpr std::int64_t kSetsPerPiece = 64;  // their vertices stay in a core's second-level cache

// To the nearest whole number, ties to even.
std::int64_t nearest(double x) {
  const auto down = static_cast<std::int64_t>(x) - (x < 0 ? 1 : 0);
  const double over = x - static_cast<double>(down);
  return over > 0.5 || (over == 0.5 && down % 2 != 0) ? down + 1 : down;
}

// Per sample the corners [B, 3, N] and their weights [B, 1, 3, N]: for each point of its row of the contour, then of
// the fixed ones.
struct Marks {
  std::vector<std::int64_t> corners;
  Tensor weights;
  std::int64_t count = 0;  // N
};

template <class T>
Marks marks_of(const LandmarkPoints& points, std::span<const std::int64_t> rows,
               std::int64_t batch) {
  const bool slides = points.contour.corners.defined();
  const std::int64_t contour = slides ? points.contour.corners.size(1) : 0,
                     fixed = points.fixed.corners.size(0), count = contour + fixed;
  const auto whole = [](const Tensor& x) { return x.defined() ? x.contiguous() : x; };
  const Tensor tables[] = {whole(points.contour.corners), whole(points.contour.weights),
                           whole(points.fixed.corners), whole(points.fixed.weights)};
  Marks marks{std::vector<std::int64_t>(static_cast<std::size_t>(batch * 3 * count)),
              empty({batch, 1, 3, count}, dtype_of<T>), count};
  T* weights = marks.weights.template mutate<T>();
  for (std::int64_t b = 0; b < batch; ++b) {
    for (std::int64_t i = 0; i < count; ++i) {
      const bool on_contour = i < contour;
      const std::int64_t from =
          on_contour ? rows[static_cast<std::size_t>(b)] * contour + i : i - contour;
      const std::int64_t* corner = tables[on_contour ? 0 : 2].template data<std::int64_t>();
      const T* weight = tables[on_contour ? 1 : 3].template data<T>();
      for (std::int64_t c = 0; c < 3; ++c) {
        const std::int64_t at = (b * 3 + c) * count + i;
        marks.corners[static_cast<std::size_t>(at)] = corner[3 * from + c];
        weights[at] = weight[3 * from + c];
      }
    }
  }
  return marks;
}

// sum_c weight_c vertex(corner_c) -> [B, N, 3]
Var marked(const Var& vertices, const Marks& marks) {
  const std::int64_t batch = vertices.size(0);
  const Var index(from_vector(marks.corners, {batch, 1, 3 * marks.count}));
  const Var corners =
      gather(permute(vertices, {0, 2, 1}), expand(index, {batch, 3, 3 * marks.count}), 2);
  const Var points =
      sum(mul(reshape(corners, {batch, 3, 3, marks.count}), Var(marks.weights)), {2});
  return permute(points, {0, 2, 1});
}

Marks marks_of(const LandmarkPoints& points, std::span<const std::int64_t> rows, std::int64_t batch,
               const Tensor& like) {
  return dispatch_float("landmarks", like,
                        [&]<class T>() { return marks_of<T>(points, rows, batch); });
}

std::vector<std::int64_t> touched(const LandmarkPoints& points) {
  std::vector<std::int64_t> used;
  for (const SurfacePoints* p : {&points.contour, &points.fixed, &points.full}) {
    if (!p->corners.defined()) continue;
    const std::vector<std::int64_t> corners = p->corners.to_vector<std::int64_t>();
    used.insert(used.end(), corners.begin(), corners.end());
  }
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  return used;
}

Tensor renumbered(const Tensor& corners, const std::vector<std::int64_t>& used) {
  if (!corners.defined()) return corners;
  std::vector<std::int64_t> numbers = corners.to_vector<std::int64_t>();
  for (std::int64_t& n : numbers) n = std::lower_bound(used.begin(), used.end(), n) - used.begin();
  return from_vector(numbers, corners.shape());
}

void require_landmarks(const LandmarkPoints& points) {
  if (!points.fixed.corners.defined())
    throw UsageError("MorphableModel", "landmarks must be among the model's tables, got none");
}

Var some(const Var& x, std::int64_t begin, std::int64_t end) {
  return x.defined() ? Var(x.value().sliced(0, begin, end)) : x;
}

}  // namespace landmarks_room

std::int64_t contour_row(double degrees, std::int64_t most) {
  if (!(degrees > static_cast<double>(-most))) return 2 * most;
  const std::int64_t d = landmarks_room::nearest(std::min(degrees, static_cast<double>(most)));
  return d >= 0 ? d : most - d;
}

std::int64_t MorphableModel::landmark_count() const {
  const LandmarkPoints& l = tables_.landmarks;
  return (l.contour.corners.defined() ? l.contour.corners.size(1) : 0) +
         (l.fixed.corners.defined() ? l.fixed.corners.size(0) : 0);
}

std::vector<std::int64_t> MorphableModel::contour_rows(const Var& rotations) const {
  using namespace landmarks_room;
  if (!tables_.landmarks.contour.corners.defined()) return {};
  const std::int64_t batch = rotations.size(0), joints = joint_count(),
                     most = (tables_.landmarks.contour.corners.size(0) - 1) / 2;
  require_shape("contour_rows", "rotations", rotations.value(), {batch, joints, 3, 3});
  const std::vector<std::int64_t> parents = tables_.parents.to_vector<std::int64_t>();
  const std::vector<double> all = rotations.value().to(DType::f64).to_vector<double>();
  std::vector<std::int64_t> rows;
  for (std::int64_t b = 0; b < batch; ++b) {
    Rotation m{1, 0, 0, 0, 1, 0, 0, 0, 1};
    for (std::int64_t j = tables_.contour_joint; j >= 0; j = parents[static_cast<std::size_t>(j)]) {
      Rotation r{};
      std::copy_n(all.begin() + (b * joints + j) * 9, 9, r.begin());
      m = product(r, m);
    }
    const double yaw = hostmath::atan2(-m[6], std::sqrt(m[0] * m[0] + m[3] * m[3]));
    rows.push_back(contour_row(yaw * (180 / std::numbers::pi), most));
  }
  return rows;
}

Var MorphableModel::landmarks(const PosedHead& head) const {
  using namespace landmarks_room;
  require_landmarks(tables_.landmarks);
  const std::vector<std::int64_t> rows = contour_rows(head.rotations);
  return marked(head.vertices,
                marks_of(tables_.landmarks, rows, head.vertices.size(0), head.vertices.value()));
}

Var MorphableModel::landmarks3d(const PosedHead& head) const {
  using namespace landmarks_room;
  const SurfacePoints& full = tables_.landmarks.full;
  if (!full.corners.defined())
    throw UsageError("MorphableModel", "landmarks3d needs the table `full`, got a model without");
  return marked(head.vertices, marks_of(LandmarkPoints{{}, full, {}}, {}, head.vertices.size(0),
                                        head.vertices.value()));
}

Var MorphableModel::landmark_pixels(const MorphableParams& params, double size) const {
  require_defined("landmark_pixels", "camera",
                  params.camera.defined() ? params.camera.value() : Tensor());
  const Var points = project(landmarks(posed(params)), params.camera);
  return to_pixels(slice(points, 2, 0, 2), size);
}

MorphableModel MorphableModel::landmark_part() const {
  using namespace landmarks_room;
  require_landmarks(tables_.landmarks);
  const std::vector<std::int64_t> used = touched(tables_.landmarks);
  const Tensor rows = from_vector(used, {static_cast<std::int64_t>(used.size())});
  const auto part = [&](const Tensor& x) { return x.defined() ? index_select(x, rows, 0) : x; };
  MorphableTables t = tables_;
  t.joint_regressor = {};  // of all vertices; the joints it gave stay
  for (Tensor* x :
       {&t.v_template, &t.identity_basis, &t.expression_basis, &t.pose_basis, &t.weights})
    *x = part(*x);
  t.faces = zeros({0, 3}, DType::i64);
  for (SurfacePoints* p : {&t.landmarks.contour, &t.landmarks.fixed, &t.landmarks.full})
    p->corners = renumbered(p->corners, used);
  return MorphableModel(std::move(t));
}

Tensor landmarks_of(const MorphableModel& model, const MorphableParams& params) {
  using namespace landmarks_room;
  std::int64_t sets = 1;
  for (const Var* field : {&params.pose, &params.expression, &params.shape})
    if (field->defined()) sets = field->value().rank() == 0 ? 1 : field->size(0);
  for (const Var* field : {&params.pose, &params.expression, &params.shape})
    if (field->defined())
      require_shape("landmarks_of", "parameters", field->value(), {sets, field->size(-1)});
  Tensor out = empty({sets, model.landmark_count(), 3}, model.dtype());
  const std::int64_t pieces = (sets + kSetsPerPiece - 1) / kSetsPerPiece;
  parallel_for(pieces, [&](std::int64_t piece) {
    const NoGrad no_grad;
    const std::int64_t begin = piece * kSetsPerPiece, end = std::min(sets, begin + kSetsPerPiece);
    const MorphableParams some_params{some(params.shape, begin, end),
                                      some(params.expression, begin, end),
                                      some(params.pose, begin, end),
                                      {}};
    Tensor into = out.sliced(0, begin, end);
    copy_to(into, model.landmarks(model.posed(some_params)).value());
  });
  return out;
}

}  // namespace dact::face
