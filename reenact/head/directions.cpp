#include "reenact/head/directions.hpp"

#include <algorithm>
#include <string>

#include "reenact/head/grid.hpp"
#include "tensor/error.hpp"

namespace dact::head {
namespace {

struct IdentityStep {
  std::string_view name;
  double step;
  double& (*of)(ShapeParams&);
};

#define DACT_SHAPE_STEP(name, member, step)                        \
  IdentityStep {                                                   \
    name, step, [](ShapeParams& p) -> double& { return p.member; } \
  }
const std::array<IdentityStep, kIdentities> kIdentitySteps = {
    DACT_SHAPE_STEP("face_w", face_w, .06),
    DACT_SHAPE_STEP("head_h", head_h, .06),
    DACT_SHAPE_STEP("head_d", head_d, .06),
    DACT_SHAPE_STEP("crown_w", loft.crown_w, .05),
    DACT_SHAPE_STEP("jaw_w", loft.jaw_w, .09),
    DACT_SHAPE_STEP("chin_len", chin_len, .45),
    DACT_SHAPE_STEP("chin_proj", chin_proj, .6),
    DACT_SHAPE_STEP("chin_w", chin_w, .25),
    DACT_SHAPE_STEP("cleft", cleft, .7),
    DACT_SHAPE_STEP("cheekbone", cheekbone, .6),
    DACT_SHAPE_STEP("hollow", hollow, .6),
    DACT_SHAPE_STEP("cheek_fat", cheek_fat, .45),
    DACT_SHAPE_STEP("double_chin", double_chin, .45),
    DACT_SHAPE_STEP("brow_ridge", brow_ridge, .7),
    DACT_SHAPE_STEP("socket", socket, .45),
    DACT_SHAPE_STEP("forehead", forehead, .5),
    DACT_SHAPE_STEP("forehead_h", forehead_h, .6),
    DACT_SHAPE_STEP("eye_x", eye_x, .16),
    DACT_SHAPE_STEP("eye_size", eye_size, .07),
    DACT_SHAPE_STEP("eye_open", eye_open, .14),
    DACT_SHAPE_STEP("eye_tilt", eye_tilt, .15),
    DACT_SHAPE_STEP("eye_y", eye_y, .2),
    DACT_SHAPE_STEP("nose_len", nose_len, .4),
    DACT_SHAPE_STEP("nose_w", nose_w, .14),
    DACT_SHAPE_STEP("nose_h", nose_h, .16),
    DACT_SHAPE_STEP("nose_tip", nose_tip, .5),
    DACT_SHAPE_STEP("nose_hump", nose_hump, .8),
    DACT_SHAPE_STEP("alar", alar, .25),
    DACT_SHAPE_STEP("bridge_w", bridge_w, .25),
    DACT_SHAPE_STEP("lip_u", lip_u, .25),
    DACT_SHAPE_STEP("lip_l", lip_l, .25),
    DACT_SHAPE_STEP("mouth_w", mouth_w, .10),
    DACT_SHAPE_STEP("philtrum", philtrum, -.35),
    DACT_SHAPE_STEP("muzzle", muzzle, .45),
    DACT_SHAPE_STEP("neck_w", loft.neck_w, .08),
    DACT_SHAPE_STEP("nasolab", nasolab, .6)};
#undef DACT_SHAPE_STEP

constexpr std::array<std::string_view, kExpressions> kExpressionNames = {
    "smile_L",        "smile_R",     "frown_L",    "frown_R",         "stretch_L",
    "stretch_R",      "sneer_L",     "sneer_R",    "brow_outer_up_L", "brow_outer_up_R",
    "brow_down_L",    "brow_down_R", "blink_L",    "blink_R",         "eye_wide_L",
    "eye_wide_R",     "squint_L",    "squint_R",   "brow_inner_up",   "upper_lip_raise",
    "lower_lip_down", "pucker",      "funnel",     "lip_press",       "mouth_left",
    "jaw_left",       "jaw_forward", "cheek_puff", "chin_raise",      "nose_wrinkle",
    "lower_lip_out",  "cheek_raise"};

template <std::size_t N>
int index_in(const char* where, const std::array<std::string_view, N>& names,
             std::string_view name) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == name) return static_cast<int>(i);
  std::string known;
  for (const std::string_view n : names) known += (known.empty() ? "" : ", ") + std::string(n);
  throw UsageError(where, "name must be one of " + known + ", got " + std::string(name));
}

double bound4(double x) { return x * x * x * x; }

// A vertex as the expressions see it; A is |a|, or towards one side for the _L and _R directions.
struct Place {
  double a, A, b, db;
  bool up;
  double near;  // |a|

  double g(double ca, double cb, double sa, double sb) const {
    const double u = (A - ca) / sa, v = (b - cb) / sb;
    return fade(u * u + v * v);
  }
  double line() const {
    return bump(b, kMouthHeight, 1.3) * smooth(0, 2.6, A) * (1 - smooth(3.2, 5.2, A));
  }
  double mouth() const { return fade(bound4(a / 4) + bound4((b + 7.6) / 2.1)); }
};

// side is +1 for _L, -1 for _R: x points away from the middle
Point one_sided(int kind, const Place& v, double side) {
  Point d;
  switch (kind) {
    case 0: {  // smile
      const double q = clamp01((-4.4 - v.b) / 3.3), line = v.line();
      d.x = .75 * line;
      d.y = .72 * line * smooth(.4, 2.9, v.A) + .22 * v.g(3.9, -3.9, 1.7, 1.6);
      d.z = -.45 * line + .60 * v.g(3.9, -4.1, 1.5, 1.3) -
            .22 * bump(v.A, 1.9 + 1.7 * q, .32) * smooth(-8, -7, v.b) * (1 - smooth(-5, -4, v.b));
      break;
    }
    case 1:  // frown
      d = {.15 * v.line(), -.75 * v.line() * smooth(.8, 2.6, v.A), -.08 * v.line()};
      break;
    case 2:  // stretch
      d = {.7 * v.line(), -.12 * v.line(), -.35 * v.line()};
      break;
    case 3:  // sneer
      d.y = (v.up ? .5 * v.g(1.1, -7, 1.1, .9) : 0) + .28 * v.g(1.4, -4.4, .9, .9);
      d.z = .12 * v.g(1.9, -4.6, .8, 1);
      break;
    case 4:  // brow_outer_up
      d.y = .75 * bump(v.b, 2.4, 1.5) * smooth(1.6, 3.6, v.A) * (1 - smooth(5.5, 7.5, v.A));
      break;
    case 5:  // brow_down
      d.x = -.25 * bump(v.b, 2.4, 1.5) * bump(v.A, 1.5, 1.4);
      d.y = -.62 * bump(v.b, 2.2, 1.15) * bump(v.A, 2.2, 2);
      d.z = .12 * bump(v.b, 1.9, .7) * bump(v.A, 1.6, 1.3);
      break;
    default:  // squint: the cheek's part; the lids are a change of shape
      d.y = .16 * v.g(3.2, -1.6, 1.7, .8);
      d.z = .16 * v.g(3.2, -1.5, 1.6, .6);
  }
  d.x *= side;
  return d;
}

Point both_sided(std::string_view name, const Place& v) {
  const double up = v.up ? 1 : 0, lo = 1 - up, b = v.b, a = v.a;
  const double below_jaw = 1 - smooth(3.5, 7, v.near);
  if (name == "brow_inner_up") return {0, .75 * bump(b, 2.4, 1.4) * fade(bound4(a / 2.3)), 0};
  if (name == "upper_lip_raise")
    return {0, .45 * up * v.g(0, -7, 2, 1), .05 * up * v.g(0, -7, 2, 1)};
  if (name == "lower_lip_down") {
    const double h = lo * v.g(0, -8.1, 1.9, 1.1);
    return {0, -.6 * h, .05 * h};
  }
  if (name == "pucker") {
    const double m = v.mouth();
    return {-.32 * a * m, 0, .75 * bump(a, 0, 2.2) * bump(b, kMouthHeight, 1.5)};
  }
  if (name == "funnel") {
    const double round = fade(bound4(a / 1.7)) * bump(b, kMouthHeight, 1.1);
    return {-.20 * a * v.mouth(), (.32 * up - .38 * lo) * round,
            .22 * bump(a, 0, 2.2) * bump(b, kMouthHeight, 1.5)};
  }
  if (name == "lip_press") {
    const double h = fade(bound4(a / 2.4));
    return {0, (-.14 * up + .22 * lo) * h * bump(v.db < 0 ? -v.db : v.db, .55, .6),
            -.28 * h * bump(b, kMouthHeight, .9)};
  }
  if (name == "mouth_left") return {.7 * fade(bound4(a / 4.2) + bound4((b + 7.7) / 2.3)), 0, 0};
  if (name == "jaw_left") return {.7 * (1 - smooth(-9.5, -7, b)) * below_jaw, 0, 0};
  if (name == "jaw_forward") return {0, 0, .6 * (1 - smooth(-10, -7.2, b)) * below_jaw};
  if (name == "cheek_puff")
    return {.55 * sign_of(a) * v.g(4, -6.8, 1.6, 1.6), 0,
            .75 * v.g(3.6, -6.8, 1.6, 1.6) + .1 * v.mouth()};
  if (name == "chin_raise")  // the lower lip rises more than the upper one: they press
    return {0, .4 * lo * v.g(0, -9.6, 2.2, 1.6) + .12 * v.g(0, -7.2, 2, .8),
            .15 * v.g(0, -10.4, 1.5, .9)};
  if (name == "nose_wrinkle")
    return {0, .3 * v.g(1.2, -4.2, .9, 1) + .15 * v.g(.9, -1, 1, 1.5), .1 * v.g(.8, -1, .5, 1)};
  if (name == "lower_lip_out") {
    const double h = lo * v.g(0, -8, 1.9, .7);
    return {0, .05 * h, .45 * h};
  }
  return {0, .35 * v.g(3.9, -3.2, 1.8, 1.3), .35 * v.g(3.9, -2.9, 1.6, 1.1)};  // cheek_raise
}

// The lids' directions are differences of shapes.
bool lid_params(std::string_view name, ShapeParams& p) {
  if (name.starts_with("blink")) p.blink = 1;
  if (name.starts_with("eye_wide")) p.eye_open = 1.38;
  if (name.starts_with("squint")) p.eye_open = .62;
  return p.blink != 0 || p.eye_open != 1;
}

}  // namespace

const std::array<std::string_view, kIdentities>& identity_names() {
  static const auto names = [] {
    std::array<std::string_view, kIdentities> n;
    for (std::size_t i = 0; i < n.size(); ++i) n[i] = kIdentitySteps[i].name;
    return n;
  }();
  return names;
}
const std::array<std::string_view, kExpressions>& expression_names() { return kExpressionNames; }

int identity_index(std::string_view name) {
  return index_in("identity_index", identity_names(), name);
}
int expression_index(std::string_view name) {
  return index_in("expression_index", kExpressionNames, name);
}

ShapeParams identity_params(int direction) {
  ShapeParams p;
  const IdentityStep& step = kIdentitySteps[static_cast<std::size_t>(direction)];
  step.of(p) += step.step;
  return p;
}

std::vector<Point> identity_offsets(int direction, const std::vector<Point>& mean) {
  std::vector<Point> d = shape_head(identity_params(direction));
  for (std::size_t i = 0; i < d.size(); ++i) d[i] = d[i] - mean[i];
  return d;
}

std::vector<Point> expression_offsets(int direction, const std::vector<Point>& mean) {
  const std::string_view name = kExpressionNames[static_cast<std::size_t>(direction)];
  const double side = name.ends_with("_L") ? 1 : (name.ends_with("_R") ? -1 : 0);
  ShapeParams lids;
  const bool shaped = lid_params(name, lids);
  std::vector<Point> d(mean.size());
  if (shaped) d = shape_head(lids);
  for (std::size_t i = 0; i < d.size(); ++i) {
    const GridVertex& v = grid().vertices[i];
    d[i] = shaped && v.a * side > 0 ? d[i] - mean[i] : Point{};
    const double near = v.a < 0 ? -v.a : v.a;
    const Place place{.a = v.a,
                      .A = side == 0 ? near : side * v.a,
                      .b = v.b,
                      .db = v.b - kMouthHeight,
                      .up = v.mouth_side > 0,
                      .near = near};
    Point formula;
    if (side == 0)
      formula = both_sided(name, place);
    else if (!shaped || name.starts_with("squint"))
      formula = one_sided(shaped ? 6 : direction / 2, place, side);
    d[i] = d[i] + formula * (front_mask(v.t) * (v.bag_row > 1 ? .35 : 1));
  }
  return d;
}

Direction direction_of(const std::vector<Point>& offsets) {
  constexpr double still = 1e-6;     // cm: below what a float of 10 cm resolves
  constexpr std::size_t bridge = 4;  // a gap this short is cheaper to add than to skip
  Direction d;
  std::size_t end = 0;  // of the last run
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const Point& p = offsets[i];
    if (std::max({p.x, p.y, p.z}) < still && std::min({p.x, p.y, p.z}) > -still) continue;
    if (d.runs.empty() || i > end + bridge) {
      d.runs.push_back({static_cast<std::int32_t>(i), 0});
      end = i;
    }
    for (; end <= i; ++end) {
      const render::Vec3 v = vec_from(offsets[end]);
      d.offsets.insert(d.offsets.end(), {v.x, v.y, v.z});
      ++d.runs.back().count;
    }
  }
  return d;
}

}  // namespace dact::head
