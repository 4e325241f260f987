#include "reenact/head/features.hpp"

#include <cstdint>

#include "reenact/head/grid.hpp"
#include "tensor/math_bits.hpp"
#include "tensor/parallel.hpp"

namespace dact::head {
namespace {

double size_of(double x) { return x < 0 ? -x : x; }
double fourth(double x) { return x * x * x * x; }

// g: one bump on each side of the middle.
double pair_of_bumps(double a, double b, double ca, double cb, double sa, double sb) {
  const double u = (size_of(a) - ca) / sa, v = (b - cb) / sb;
  return fade(u * u + v * v);
}

struct Spot {
  const GridVertex& v;
  const ShapeParams& p;
  double a, b, t, F;
  double g(double ca, double cb, double sa, double sb) const {
    return pair_of_bumps(a, b, ca, cb, sa, sb);
  }
};

struct Bump {
  double ca, cb, sa, sb, amount;
  bool outwards;
};

void add_bumps(const Spot& s, Point& q) {
  const ShapeParams& p = s.p;
  const Bump bumps[] = {{2.7, 1.75, 2.1, .75, .34 * p.brow_ridge, false},
                        {0, 1.7, 1.1, .9, .18 * p.brow_ridge, false},
                        {3.1, -.1, 1.9, 1.3, -.66 * p.socket, false},
                        {1.45, .1, .8, .95, -.55 * p.socket, false},
                        {4.6, -2.6, 2.0, 1.6, .48 * p.cheekbone, true},
                        {4.9, -5.6, 1.8, 1.8, -.26 * p.hollow, true},
                        {3.8, -6.0, 2.5, 2.7, .34, true},
                        {4.0, -7.8, 2.2, 2.0, p.cheek_fat, true},
                        {2.6, -3.9, 1.2, 1.2, .22 * p.nasolab, false},
                        {0, -7.0, 2.7, 2.1, .36 * p.muzzle, false},
                        {0, -9.15, 2.2, .55, -.38, false},
                        {0, -11.0, 1.7 * p.chin_w, 1.15, .75 * p.chin_proj, false},
                        {0, -11.2, .28, .7, -.22 * p.cleft, false},
                        {0, -6.1, .28, .65, -.12, false},
                        {.45, -6.1, .2, .7, .06, false},
                        {0, 5.0, 4.5, 2.6, .7 * p.forehead, false},
                        {0, -13.3, 3.5, 1.2, 1.3 * p.double_chin, false}};
  for (const Bump& bump : bumps) {
    if (bump.amount == 0) continue;
    const double h = bump.amount * s.g(bump.ca, bump.cb, bump.sa, bump.sb) * s.F;
    if (h == 0) continue;
    if (bump.outwards) {
      const Point out = unit({q.x, 0, q.z + 1});
      q = q + out * h;
    } else {
      q.z += h;
    }
  }
}

void add_crease(const Spot& s, Point& q) {
  if (s.b < -8.4 || s.b > -4) return;
  const double u = clamp01((-4.4 - s.b) / 3.3);
  const double centre = 1.75 + 1.5 * power(u, 1.2);
  q.z -= .09 * s.p.nasolab * bump(size_of(s.a), centre, .28) * smooth(-8.4, -7.4, s.b) *
         (1 - smooth(-4.9, -4, s.b)) * s.F;
}

constexpr Knot kNoseHeight[] = {{-5.6, 0},  {-5.3, .15}, {-5, .75},  {-4.75, 1.5}, {-4.4, 2.05},
                                {-4, 2.25}, {-3.6, 2.2}, {-3, 1.92}, {-2, 1.42},   {-1, .98},
                                {0, .55},   {.7, .30},   {1.4, .12}, {2.2, 0}};
constexpr Knot kNoseWidth[] = {{-5.5, .60}, {-4.6, .92}, {-4, 1.10}, {-3.2, 1.02},
                               {-2.2, .84}, {-1.2, .74}, {0, .68},   {1.4, .9}};

void add_nose(const Spot& s, Point& q) {
  const ShapeParams& p = s.p;
  const double side = size_of(s.a), near = side < 1.15 ? side : 1.15;
  if (side > 7 || s.b > 3.5 || s.b < -12) return;  // everything below is zero there
  const double lifted = s.b - .30 * near * near;   // rounds the underside
  const double height =
      .90 * p.nose_h * table(lifted, kNoseHeight) + .35 * p.nose_hump * bump(s.b, -1.6, .9);
  const double width = table(s.b, kNoseWidth) * (1 + .9 * (p.nose_w - 1)) *
                       (1 + (p.bridge_w - 1) * smooth(-3.4, -2, s.b));
  q.z += s.F *
         (height * fade(power(side / width, 2.05)) + .22 * s.g(0, -4.1, .75, .6) +
          1.05 * p.alar * s.g(1.28 * p.nose_w, -4.45, .50, .62) -
          .20 * s.g(1.85 * p.nose_w, -4.5, .34, .6) - .25 * s.g(.72 * p.nose_w, -4.95, .34, .26));
  q.x += sign_of(s.a) * .84 * (p.nose_w - 1) * s.g(1.3, -4.4, .8, .8) * s.F;
  q.y += s.F * (-p.nose_len * s.g(0, -4.25, 1.6, 1.25) - .22 * s.g(0, -4, 1, .85) +
                .55 * p.nose_tip * s.g(0, -3.8, .7, .6));
}

// Opens the lids, moves the eye to its place, then pulls the skin onto the eyeball.
void add_eye(const Spot& s, Point& q, double side) {
  const ShapeParams& p = s.p;
  const double along = side * s.a, D = size_of(s.b);
  if (along < -2 || along > 9 || D > 4.6) return;  // everything below is zero there
  const double inner = grid().eye_corner[0], outer = grid().eye_corner[1], middle = 3.15;
  const double k = .55 * D, u = clamp01((along - inner + k) / (outer - inner + 2 * k));
  const double B = p.blink, es = p.eye_size;
  if (s.v.eye_side > 0) {
    const double open = (1 - B) * .58 * p.eye_open * es - .37 * es * B;
    const double near = clamp01(1 - D / 1.8);
    q.y += open * power(sin_deg(180 * power(u, .92)), .75) * near * near * s.F;
  } else {
    const double open = (1 - B) * .44 * p.eye_open * es + .27 * es * B;
    const double near = clamp01(1 - D / 2);
    q.y -= open * power(sin_deg(180 * power(u, 1.12)), .9) * near * near * s.F;
  }
  const double loc = fade(fourth((along - middle) / 2.3) + fourth(D / 1.9)) * s.F;
  q.x += side * ((along - middle) * (es - 1) + p.eye_x - middle) * loc;
  q.y += (p.eye_y + .56 * p.eye_tilt * (along - middle)) * loc;

  const Point c = eye_centre(p, side);
  const double rx = q.x - c.x, ry = q.y - c.y;
  const double ex = rx / (2.15 * es), ey = ry / (1.32 * es);
  const double w = fade(power(ex * ex + ey * ey, 2.6)) * s.F;
  if (w > 0) {
    const double lid = kEyeRadius * es + (s.v.eye_side > 0 ? .13 + .08 * B : .10 - .03 * B);
    const double inside = lid * lid - rx * rx - ry * ry;
    q.z = mix(q.z, c.z + math::sqrt(inside > .35 ? inside : .35), w);
  }
  const double near = fade(fourth((along - middle) / 1.5)) * s.F;
  q.z += near * (-.10 * (1 - B) * bump(s.b, .62, .16) + .08 * bump(s.b, 1.05, .3) -
                 .05 * bump(s.b, -1.05, .22));
}

void add_lips(const Spot& s, Point& q) {
  const ShapeParams& p = s.p;
  const double side = size_of(s.a), db = s.b - kMouthHeight;
  if (side > 9.5 || size_of(db) > 5.6) return;  // everything below is zero there
  const bool above = s.v.mouth_side > 0;
  const double reach = clamp01(side / 2.8);
  const double env = power(1 - power(reach, 2.5), .8) * s.F;
  const double full = above ? p.lip_u : p.lip_l;
  const double roll =
      (.35 + .65 * full) * (above ? .42 * bump(db / .78, .45, .42) : .50 * bump(-db, .50, .42));
  const double edge =
      bump(db, 0, .12);  // on the slit both lips are one line, whatever their fullness
  q.z += env * (mix(roll, .10, edge) - .20 * bump(db, 0, .22));
  q.y += env * fade(fourth(db / 1.3)) * db * (full - 1);
  const double v = side / 2.65;
  q.y += (-.10 * bump(s.a, 0, .45) + .05 * bump(side, 1.1, .6) + .07 * v * v) * bump(db, 0, 1) *
         fade(power(side / 3.2, 6)) * s.F;
  q.x += s.a * (p.mouth_w - 1) * fade(fourth(s.a / 4.2) + fourth(db / 2.2)) * s.F;
  q.y += .5 * p.philtrum * fade(fourth(db / 2.4) + fourth(s.a / 4)) * s.F;
  q.z -= .18 * s.g(2.75, kMouthHeight, .38, .45) * s.F;
}

// Rims and bag rows follow their slit's vertex.
Point behind_edge(const GridVertex& v, const ShapeParams& p, Point q) {
  if (v.layer == Layer::rim) {
    const Point c = eye_centre(p, v.a > 0 ? 1 : -1);
    q = q + unit(c - q) * .42;
    const double side = size_of(v.a);  // at the corners both rims end in one point
    const bool corner = side == grid().eye_corner[0] || side == grid().eye_corner[1];
    if (!corner) q.y += v.eye_side > 0 ? .02 : -.02;
  } else if (v.layer == Layer::bag) {
    constexpr double back[] = {-.35, -.75, -1.8, -3.5, -5.2}, up[] = {.06, .55, 1.1, 1.2, .1},
                     narrow[] = {.97, .95, .9, .85, .8};
    const auto k = static_cast<std::size_t>(v.bag_row - 1);
    const double side = clamp01(size_of(v.a) / 2.65), e = 1 - side * side;
    q.z += back[k] * (.35 + .65 * e);
    q.y += v.mouth_side * up[k] * (.15 + .85 * e);
    q.x *= narrow[k];
  }
  return q;
}

Point fit_globally(const ShapeParams& p, Point q) {
  if (q.y < -.5) q.y = -.5 + .95 * (q.y + .5);
  q.y -= p.chin_len * smooth(5, 12, -q.y);
  q.x *= 1 + (p.face_w - 1) * fade(fourth((q.y + 1.5) / 8));
  if (q.y > 2) q.y = 2 + (q.y - 2) * p.head_h;
  q.y += p.forehead_h * smooth(2.2, 5, q.y) * (1 - smooth(6.5, 11, q.y));
  if (q.z < 2) q.z = 2 + (q.z - 2) * p.head_d;
  return q;
}

}  // namespace

Point eye_centre(const ShapeParams& p, double side) {
  return {side * p.eye_x, p.eye_y, kEyeFront - kEyeRadius * p.eye_size};
}

double front_mask(double t) { return 1 - smooth(70, 98, t); }

double upper_lip_edge(double a, double fullness) {
  const double side = size_of(a), v = clamp01(side / 2.65);
  return .78 * fullness * power(1 - v * v, .75) *
         (1 - .2 * bump(a, 0, .33) + .06 * bump(side, .7, .4));
}

double lower_lip_edge(double a, double fullness) {
  const double v = clamp01(size_of(a) / 2.65);
  return fullness * power(1 - power(v, 2.2), .8);
}

namespace {

// The bare loft is most of the work and nearly always the mean's.
std::vector<Point> loft_points(const LoftParams& params) {
  const Grid& g = grid();
  std::vector<Point> points;
  double ring_row = -1;
  LoftRing ring{};
  for (const GridVertex& v : g.vertices) {
    if (v.row != ring_row) {
      ring = loft_ring(v.row, params);
      ring_row = v.row;
    }
    points.push_back(loft_point(ring, v.angle));
    if (v.a == 0) points.back().x = 0;
  }
  return points;
}

Point shape_vertex(const GridVertex& v, const ShapeParams& p, Point q) {
  const Spot s{v, p, v.a, v.b, v.t, front_mask(v.t)};
  if (s.F > 0) {
    add_bumps(s, q);
    add_crease(s, q);
    add_nose(s, q);
    const double near = v.a < 0 ? -1 : 1;  // the nearer eye first on both sides: they stay mirrored
    add_eye(s, q, near);
    add_eye(s, q, -near);
    add_lips(s, q);
  }
  return fit_globally(p, behind_edge(v, p, q));
}

}  // namespace

std::vector<Point> shape_head(const ShapeParams& p) {
  static const std::vector<Point> mean_loft = loft_points({});
  const bool as_mean = p.loft.jaw_w == 1 && p.loft.crown_w == 1 && p.loft.neck_w == 1;
  std::vector<Point> points = as_mean ? mean_loft : loft_points(p.loft);
  parallel_ranges(static_cast<std::int64_t>(points.size()), 512,
                  [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t i = begin; i < end; ++i) {
                      Point& q = points[static_cast<std::size_t>(i)];
                      q = shape_vertex(grid().vertices[static_cast<std::size_t>(i)], p, q);
                    }
                  });
  return points;
}

}  // namespace dact::head
