// Joints, skinning weights and the 68 landmarks (heads_pilot recipe, sections 6 and 9).
#pragma once
#include <array>
#include <vector>

#include "reenact/head/formula.hpp"
#include "reenact/head/head.hpp"

namespace dact::head {

double neck_weight(double b);
double jaw_weight(double a, double b, double t, int mouth_side);

std::array<std::int32_t, kLandmarks> landmark_vertices();
/// Joint positions of the mean as rules over vertices that no expression moves (the eyes: next to none).
std::array<PointRule, kJoints> joint_rules(const std::vector<Point>& mean);

inline constexpr Point kNeckPivot{0, -9, -2.5}, kJawPivot{0, -1.6, .6};  // of the mean

}  // namespace dact::head
