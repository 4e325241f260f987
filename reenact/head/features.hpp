// From parameters to a face: what the mean loft gets on top (heads_pilot recipe, section 4).
#pragma once
#include <array>
#include <vector>

#include "reenact/head/formula.hpp"
#include "reenact/head/loft.hpp"

namespace dact::head {

/// What an identity varies, with the mean's values; lengths in cm, factors around 1.
struct ShapeParams {
  LoftParams loft;
  double face_w = 1, head_h = 1, head_d = 1;
  double chin_len = 0, chin_proj = 1, chin_w = 1, cleft = 0;
  double cheekbone = 1, hollow = 1, cheek_fat = 0, double_chin = 0;
  double brow_ridge = 1, socket = 1, forehead = 0, forehead_h = 0;
  double eye_x = 3.28, eye_y = 0, eye_size = 1.22, eye_open = 1, eye_tilt = 0.12;
  double nose_len = 0, nose_w = 1, nose_h = 1, nose_tip = 0, nose_hump = 0, alar = 1, bridge_w = 1;
  double lip_u = 1, lip_l = 1, mouth_w = 1, philtrum = 0, muzzle = 1, nasolab = 1;
  double blink = 0;  // 0 open, 1 shut
};

inline constexpr double kEyeBase = 1.22;    // eye_size of the mean
inline constexpr double kEyeFront = 7.75;   // z of the foremost point of an eyeball
inline constexpr double kEyeRadius = 1.70;  // per eye_size

/// Centre of the eyeball that the lids are drawn onto; side +1 left, -1 right.
Point eye_centre(const ShapeParams& p, double side);

/// The whole head under p.  [grid().vertices.size()]
std::vector<Point> shape_head(const ShapeParams& p);

/// Outline of the lips on the template: heights above and below the slit at |a|.
double upper_lip_edge(double a, double fullness);
double lower_lip_edge(double a, double fullness);

/// 1 on the face, 0 from 98 degrees on: multiplies everything that is drawn on the loft.
double front_mask(double t);

}  // namespace dact::head
