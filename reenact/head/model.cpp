#include <fmt/format.h>

#include "reenact/head/directions.hpp"
#include "reenact/head/grid.hpp"
#include "reenact/head/head.hpp"
#include "reenact/head/landmarks.hpp"
#include "tensor/error.hpp"
#include "tensor/math_bits.hpp"

namespace dact::head {
namespace {

using Offsets = std::vector<double>;  // 3 per vertex

Offsets dense(const Direction& d) {
  Offsets out(std::size_t{3} * kHeadVertices);
  std::size_t from = 0;
  for (const Direction::Run& run : d.runs)
    for (std::size_t k = 0; k < 3 * static_cast<std::size_t>(run.count); ++k)
      out[3 * static_cast<std::size_t>(run.first) + k] = double{d.offsets[from++]};
  return out;
}

double inner(const Offsets& a, const Offsets& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum / kHeadVertices;
}

// Gram-Schmidt: directions = L q with q orthonormal under `inner`; returns L.
template <std::size_t N>
std::array<std::array<double, N>, N> triangular_factor(const std::array<Direction, N>& directions) {
  std::array<std::array<double, N>, N> L{};
  std::vector<Offsets> q;
  for (std::size_t k = 0; k < N; ++k) {
    Offsets v = dense(directions[k]);
    for (std::size_t j = 0; j < k; ++j) {
      L[k][j] = inner(v, q[j]);
      for (std::size_t i = 0; i < v.size(); ++i) v[i] -= L[k][j] * q[j][i];
    }
    L[k][k] = math::sqrt(inner(v, v));
    for (double& x : v) x /= L[k][k];
    q.push_back(std::move(v));
  }
  return L;
}

// sum_k w_k (L q)_k: the weights of q
template <std::size_t N>
std::array<float, N> to_codes(const std::array<std::array<double, N>, N>& L,
                              const std::array<float, N>& weights) {
  std::array<float, N> codes{};
  for (std::size_t j = 0; j < N; ++j) {
    double sum = 0;
    for (std::size_t k = j; k < N; ++k) sum += double{weights[k]} * L[k][j];
    codes[j] = static_cast<float>(sum);
  }
  return codes;
}

// to_codes backwards, by substitution from the last
template <std::size_t N>
std::array<float, N> from_codes(const std::array<std::array<double, N>, N>& L,
                                const std::array<float, N>& codes) {
  std::array<double, N> w{};
  std::array<float, N> weights{};
  for (std::size_t j = N; j-- > 0;) {
    double sum = double{codes[j]};
    for (std::size_t k = j + 1; k < N; ++k) sum -= w[k] * L[k][j];
    w[j] = sum / L[j][j];
    weights[j] = static_cast<float>(w[j]);
  }
  return weights;
}

void require_identity(const Identity& identity) {
  for (std::size_t i = 0; i < identity.size(); ++i)
    if (!(identity[i] >= -4 && identity[i] <= 4))
      throw UsageError("identity_mesh", fmt::format("{} must lie in [-4, 4], got {}",
                                                    identity_names()[i], identity[i]));
}

// The bag's triangles with their own copies of the lips' edges.
std::vector<std::array<std::int32_t, 3>> drawn_triangles(const HeadModel& model) {
  std::vector<std::int32_t> copy(std::size_t{kHeadVertices}, -1);
  const auto& slit = model.mouth_slit;
  for (const std::size_t lip : {1u, 0u})
    for (std::size_t k = 0; k < slit[lip].size(); ++k)
      copy[static_cast<std::size_t>(slit[lip][k])] =
          kHeadVertices + static_cast<std::int32_t>(lip * slit[lip].size() + k);
  auto triangles = model.triangles;
  for (std::size_t i = std::size_t{kSkinTriangles}; i < triangles.size(); ++i)
    for (std::int32_t& v : triangles[i])
      if (copy[static_cast<std::size_t>(v)] >= 0) v = copy[static_cast<std::size_t>(v)];
  return triangles;
}

void find_moving(HeadModel& model) {
  std::vector<char> moves(std::size_t{kHeadVertices} + kBagCopies, 0);
  for (std::size_t i = 0; i < model.jaw_weight.size(); ++i) moves[i] = model.jaw_weight[i] > 0;
  for (const Direction& d : model.expression)
    for (const Direction::Run& run : d.runs)
      for (std::int32_t k = 0; k < run.count; ++k)
        moves[static_cast<std::size_t>(run.first + k)] = 1;
  for (std::size_t i = std::size_t{kHeadVertices}; i < moves.size(); ++i) moves[i] = 1;
  const auto triangles = drawn_triangles(model);
  const auto touched_by = [&](const std::vector<char>& set) {
    std::vector<char> touched = set;
    for (const auto& t : triangles) {
      bool any = false;
      for (const std::int32_t v : t) any = any || set[static_cast<std::size_t>(v)] != 0;
      for (const std::int32_t v : t)
        if (any) touched[static_cast<std::size_t>(v)] = 1;
    }
    return touched;
  };
  const std::vector<char> changes = touched_by(moves);
  for (std::size_t i = 0; i < changes.size(); ++i)
    if (changes[i] != 0) model.moving_vertices.push_back(static_cast<std::int32_t>(i));
  for (const auto& t : triangles) {
    bool any = false;
    for (const std::int32_t v : t) any = any || changes[static_cast<std::size_t>(v)] != 0;
    if (any) model.moving_triangles.push_back(t);
  }
}

}  // namespace

void add_direction(const Direction& direction, float weight, float* p) {
  const float* d = direction.offsets.data();
  for (const Direction::Run& run : direction.runs) {
    float* q = p + std::ptrdiff_t{3} * run.first;
    const std::ptrdiff_t n = std::ptrdiff_t{3} * run.count;
    for (std::ptrdiff_t k = 0; k < n; ++k) q[k] += weight * d[k];
    d += n;
  }
}

Vec3 point_of(const PointRule& rule, const std::vector<Vec3>& vertices) {
  Point sum;
  for (const PointRule::Term& term : rule.terms)
    sum = sum + point_from(vertices[static_cast<std::size_t>(term.vertex)]) * double{term.weight};
  return vec_from(sum);
}

HeadModel::HeadModel() {
  const Grid& g = grid();
  const std::vector<Point> shape = shape_head({});
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const GridVertex& v = g.vertices[i];
    mean.push_back(vec_from(shape[i]));
    coord.push_back(vec_from({v.a, v.b, v.t}));
    column.push_back(static_cast<float>(v.angle));
    neck_weight.push_back(static_cast<float>(head::neck_weight(v.b)));
    jaw_weight.push_back(static_cast<float>(head::jaw_weight(v.a, v.b, v.t, v.mouth_side)));
    mouth_side.push_back(static_cast<std::int8_t>(v.mouth_side));
  }
  triangles = g.triangles;
  for (int k = 0; k < kIdentities; ++k)
    identity[static_cast<std::size_t>(k)] = direction_of(identity_offsets(k, shape));
  for (int k = 0; k < kExpressions; ++k)
    expression[static_cast<std::size_t>(k)] = direction_of(expression_offsets(k, shape));
  joints = joint_rules(shape);
  landmark_vertices = head::landmark_vertices();
  eye_slit = g.eye_slit;
  mouth_slit = g.mouth_slit;
  find_moving(*this);
  identity_factor = triangular_factor(identity);
  expression_factor = triangular_factor(expression);
}

const HeadModel& head_model() {
  static const HeadModel model;
  return model;
}

std::vector<Vec3> identity_mesh(const HeadModel& model, const Identity& identity) {
  require_identity(identity);
  std::vector<Vec3> mesh = model.mean;
  static_assert(sizeof(Vec3) == 3 * sizeof(float));
  for (std::size_t k = 0; k < identity.size(); ++k)
    if (identity[k] != 0) add_direction(model.identity[k], identity[k], &mesh.front().x);
  return mesh;
}

Identity orthonormal_codes(const HeadModel& model, const Identity& weights) {
  return to_codes(model.identity_factor, weights);
}
Identity weights_of_codes(const HeadModel& model, const Identity& codes) {
  return from_codes(model.identity_factor, codes);
}
std::array<float, kExpressions> orthonormal_expression(
    const HeadModel& model, const std::array<float, kExpressions>& weights) {
  return to_codes(model.expression_factor, weights);
}

std::vector<Vec3> neutral_landmarks(const HeadModel& model, const Identity& identity) {
  const std::vector<Vec3> mesh = identity_mesh(model, identity);
  std::vector<Vec3> points;
  for (const std::int32_t v : model.landmark_vertices)
    points.push_back(mesh[static_cast<std::size_t>(v)]);
  return points;
}

double landmark_distance(const std::vector<Vec3>& a, const std::vector<Vec3>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += length(point_from(a[i]) - point_from(b[i]));
  return sum / kLandmarks;
}

double landmark_distance(const HeadModel& model, const Identity& a, const Identity& b) {
  return landmark_distance(neutral_landmarks(model, a), neutral_landmarks(model, b));
}

}  // namespace dact::head
