// A person put together: skin, what follows it, what hides under hair, and the light that reaches it.
#include "reenact/head/grid.hpp"
#include "reenact/head/parts.hpp"
#include "tensor/math_bits.hpp"

namespace dact::head {
namespace {

// In double all the way: GCC 12 at -O3 leaves out the rounding of y when point_from(point_of()) is inlined.
Point joint_at(const PointRule& rule, const std::vector<Vec3>& vertices) {
  Point sum;
  for (const PointRule::Term& term : rule.terms)
    sum = sum + point_from(vertices[static_cast<std::size_t>(term.vertex)]) * double{term.weight};
  return sum;
}

// Neighbours of every vertex of the skin, each once per edge and triangle.
struct Neighbours {
  std::vector<std::int32_t> first, list;
  explicit Neighbours(const HeadModel& model) : first(std::size_t{kHeadVertices} + 1) {
    const auto each = [&](auto visit) {
      for (std::size_t i = 0; i < std::size_t{kSkinTriangles}; ++i)
        for (std::size_t k = 0; k < 3; ++k)
          visit(static_cast<std::size_t>(model.triangles[i][k]), model.triangles[i][(k + 1) % 3]);
    };
    each([&](std::size_t v, std::int32_t) { ++first[v + 1]; });
    for (std::size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
    list.resize(static_cast<std::size_t>(first.back()));
    std::vector<std::int32_t> next = first;
    each([&](std::size_t v, std::int32_t w) { list[static_cast<std::size_t>(next[v]++)] = w; });
  }
  template <class Visit>
  void around(std::size_t v, Visit visit) const {
    for (std::int32_t k = first[v]; k < first[v + 1]; ++k)
      visit(static_cast<std::size_t>(list[static_cast<std::size_t>(k)]));
  }
};

std::vector<double> smoothed(const Neighbours& near, std::vector<double> value, int times) {
  std::vector<double> next = value;
  for (int pass = 0; pass < times; ++pass) {
    for (std::size_t v = 0; v + 1 < near.first.size(); ++v) {
      double sum = value[v], count = 1;
      near.around(v, [&](std::size_t w) {
        sum += value[w];
        ++count;
      });
      next[v] = sum / count;
    }
    value.swap(next);
  }
  return value;
}

// Light that reaches hollows: 1 - 0.44 x curvature (1/cm; half the mean over the edges), smoothed; less under the jaw.
std::vector<float> skin_occlusion(const HeadModel& model, const std::vector<Vec3>& skin,
                                  const std::vector<Vec3>& normal) {
  static const Neighbours near(model);
  std::vector<double> bend(skin.size());
  for (std::size_t v = 0; v < skin.size(); ++v) {
    const Point p = point_from(skin[v]);
    double lift = 0, squares = 0;
    near.around(v, [&](std::size_t w) {
      const Point d = point_from(skin[w]) - p;
      lift += dot(d, point_from(normal[v]));
      squares += dot(d, d);
    });
    bend[v] = squares > 0 ? lift / squares : 0;
  }
  bend = smoothed(near, bend, 3);
  std::vector<float> light(skin.size());
  for (std::size_t v = 0; v < skin.size(); ++v) {
    double l = 1 - .44 * bend[v];
    l = l < .45 ? .45 : (l > 1.12 ? 1.12 : l);
    const Vec3 c = model.coord[v];
    l *= 1 - .40 * bump(double{c.y}, -13.6, 1.5) * (1 - smooth(80, 140, double{c.z}));
    light[v] = static_cast<float>(l);
  }
  return light;
}

void add_skin(PartBuilder& out, const PartInput& in, const std::vector<float>& light) {
  const HeadModel& model = in.model;
  for (std::size_t v = 0; v < in.skin.size(); ++v)
    out.add(in.at(static_cast<std::int32_t>(v)), point_from(model.coord[v]),
            {model.neck_weight[v], false}, double{light[v]});
  for (std::size_t lip : {0u, 1u})
    for (const std::int32_t v : model.mouth_slit[lip])
      out.add(in.at(v),
              {double{model.coord[static_cast<std::size_t>(v)].x}, 0, lip == 0 ? 1.0 : -1.0});
  for (const std::size_t lip : {0u, 1u})
    for (std::size_t k = 1; k <= kBagRows; ++k)
      for (const std::int32_t v : grid().bag[lip][k]) {
        Vec3& c = out.mesh.coord[static_cast<std::size_t>(v)];
        c = {c.x, static_cast<float>(k), lip == 0 ? 1.0F : -1.0F};
      }
}

// Triangles of the skin that no hair or hat hides, then the bag with its own copies of the lips' edges.
void add_skin_triangles(PartBuilder& out, const PartInput& in) {
  constexpr float deep = 0.3F;  // cm under the hair
  const std::vector<float> cover = cover_of(in);
  const auto covered = [&](std::int32_t v) { return cover[static_cast<std::size_t>(v)] > deep; };
  for (std::size_t i = 0; i < std::size_t{kSkinTriangles}; ++i) {
    const auto& t = in.model.triangles[i];
    if (covered(t[0]) && covered(t[1]) && covered(t[2])) continue;
    out.triangle(Part::skin, t[0], t[1], t[2]);
  }
  const auto& moving = in.model.moving_triangles;  // ends with the bag
  for (std::size_t i = moving.size() - std::size_t{kBagTriangles}; i < moving.size(); ++i)
    out.triangle(Part::mouth_bag, moving[i][0], moving[i][1], moving[i][2]);
}

// Opening of this person's lids against the mean's, over the columns away from the corners.
float gain_of(const HeadModel& model, const std::vector<Vec3>& skin, std::size_t side) {
  const auto& slit = model.eye_slit[side];
  double gain = .9;
  for (std::size_t k = 3; k + 3 < slit[0].size(); ++k) {
    const auto u = static_cast<std::size_t>(slit[0][k]), l = static_cast<std::size_t>(slit[1][k]);
    const double ratio = double{skin[u].y - skin[l].y} / double{model.mean[u].y - model.mean[l].y};
    if (ratio > gain) gain = ratio;
  }
  return static_cast<float>(1.06 * gain);  // and a little more, for the curve of the lids between
}

}  // namespace

Person::Person(const HeadModel& model, const Identity& identity, const Appearance& appearance)
    : model_(model), identity_(identity), appearance_(appearance), parts_(new PersonParts) {
  const std::vector<Vec3> skin = identity_mesh(model, identity);
  std::vector<std::array<std::int32_t, 3>> surface(model.triangles.begin(),
                                                   model.triangles.begin() + kSkinTriangles);
  std::vector<Vec3> normal;
  add_normals(surface, skin, normal);
  const PartInput in{model, identity_, appearance_, skin, normal};
  PartBuilder out;
  add_skin(out, in, skin_occlusion(model, skin, normal));
  add_skin_triangles(out, in);
  for (const std::size_t side : {0u, 1u}) {
    parts_->eyes[side] = add_eye(out, in, side);
    parts_->blink_gain[side] = gain_of(model, skin, side);
  }
  add_mouth_parts(out, in);
  add_ears(out, in);
  add_hair(out, in);
  add_glasses(out, in);
  add_hat(out, in);
  add_torso(out, in);
  // of the whole skin, also where it is not drawn, then of everything else
  const std::vector<Vec3> skin_normal = normal;
  add_normals(out.mesh.triangles, out.mesh.position, out.mesh.normal);
  for (std::size_t v = 0; v < skin_normal.size(); ++v)
    if (grid().vertices[v].layer != Layer::bag) out.mesh.normal[v] = skin_normal[v];
  for (std::size_t k = 0; k < kJoints; ++k) parts_->joints[k] = joint_at(model.joints[k], skin);
  parts_->joints[3] = parts_->eyes[0].centre;
  parts_->joints[4] = parts_->eyes[1].centre;
  parts_->blocks = std::move(out.blocks);
  parts_->rest = std::move(out.mesh);
}

Person::~Person() = default;
const render::Mesh& Person::rest() const { return parts_->rest; }
std::array<float, 2> blink_gain(const Person& person) { return person.parts().blink_gain; }

}  // namespace dact::head
