// Identity and expression directions as displacements of the template (heads_pilot recipe, sections 7 and 8).
#pragma once
#include <vector>

#include "reenact/head/features.hpp"
#include "reenact/head/head.hpp"

namespace dact::head {

/// The mean's parameters with one identity weight of 1.
ShapeParams identity_params(int direction);
/// Displacement of every vertex at weight 1, cm, `mean` = shape_head({}).
std::vector<Point> identity_offsets(int direction, const std::vector<Point>& mean);
std::vector<Point> expression_offsets(int direction, const std::vector<Point>& mean);
/// Kept as runs of vertices that move at all.
Direction direction_of(const std::vector<Point>& offsets);

}  // namespace dact::head
