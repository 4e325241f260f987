// The mean surface: horizontal rings through a table of heights (heads_pilot recipe, section 3, with rounder rows).
#pragma once
#include "reenact/head/formula.hpp"

namespace dact::head {

inline constexpr int kLoftRows = 19;

/// What widens or narrows whole rows.
struct LoftParams {
  double jaw_w = 1, crown_w = 1, neck_w = 1;
};

/// One ring, at any fractional index into the table.
struct LoftRing {
  double front_y, front_z, side_y, width, side_z, back_y, back_z, front_power, back_power;
};
LoftRing loft_ring(double row, const LoftParams& params);
Point loft_point(const LoftRing& ring, double angle);

/// Fractional index of the row whose front is at height b.
double loft_row(double b);

}  // namespace dact::head
