// The skin of an identity as something to grow hair and put hats on: columns to walk along, directions to stand out in.
#pragma once
#include <vector>

#include "reenact/head/grid.hpp"
#include "reenact/head/parts.hpp"

namespace dact::head {

inline constexpr Point kSkullCentre{0, 2.5, -1.4};

class Scalp {
 public:
  explicit Scalp(const PartInput& in);

  /// Where hair stands out to: along the normal at the sides, from the skull's centre on top.
  Point outwards(std::int32_t vertex) const { return out_[static_cast<std::size_t>(vertex)]; }
  /// cm from the crown down the vertex's column.
  double strand(std::int32_t vertex) const { return strand_[static_cast<std::size_t>(vertex)]; }
  Point crown() const { return in_.at(Grid::apex()); }

  /// The point of a column at height y, the highest one; its direction outwards and strand length.
  struct Sample {
    Point position, outwards;
    double strand;
  };
  Sample at_height(int column, double y) const;

 private:
  const PartInput& in_;
  std::vector<Point> out_;
  std::vector<double> strand_;
};

/// Height above the hairline per vertex of the skin (grid and apex) and how far hair stands out there.
struct HairCap {
  std::vector<double> above, thickness;
};
HairCap hair_cap(const PartInput& in);

/// Height of a hat's lower edge at |column angle| t; -100 without a hat.
double hat_line(Hat hat, double t);
inline constexpr double kNoHat = -100;
/// How thick hair may be at height y so that it fits under the hat and swells out below it.
double room_under_hat(Hat hat, double t, double y);

}  // namespace dact::head
