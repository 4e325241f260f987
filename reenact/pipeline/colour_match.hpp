// The colours of one picture brought to those of another.
#pragma once
#include <array>

#include "tensor/tensor.hpp"

namespace dact::reenact {

/// Gives pictures the mean and the standard deviation of a wanted one, channel by channel, in the bytes of sRGB.
/// equation     y = (x - mean_x) sd_wanted / sd_x + mean_wanted, rounded half up, held in 0 .. 255; sd_wanted / sd_x is 1
///              for a channel of a single value
/// order        sums over the histogram, from 0 to 255, in double: of 256 terms whatever the picture's size
/// source       Reinhard, Ashikhmin, Gooch, Shirley 2001, eq. 10 and 11. They go to l-alpha-beta and back; here the two pictures
///              show one person in one light, and what is measured in the file is what was asked for
class ColourMatch {
 public:
  /// wanted       u8 [H, W, 3]
  /// throws       ShapeError, DtypeError
  explicit ColourMatch(const Tensor& wanted);
  /// picture      u8 [H, W, 3], any size
  Tensor operator()(const Tensor& picture) const;

 private:
  struct Spread {
    double mean = 0, deviation = 0;
  };
  static std::array<Spread, 3> spread_of(const Tensor& picture);
  std::array<Spread, 3> wanted_;
};

}  // namespace dact::reenact
