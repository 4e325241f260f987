#include "reenact/world/draws.hpp"

#include <cmath>

#include "tensor/hostmath.hpp"
#include "tensor/random.hpp"

namespace dact::world {

double Draws::unit() {
  if (at_ == numbers_.size()) {
    fill_uniform({seed_, use_, block_++}, 0, numbers_.data(),
                 static_cast<std::int64_t>(numbers_.size()));
    at_ = 0;
  }
  return static_cast<double>(numbers_[at_++]);
}

double Draws::normal() {
  const double radius = std::sqrt(-2 * hostmath::log(1 - unit()));
  return radius * hostmath::cos(6.283185307179586 * unit());
}

double Draws::exponential(double mean) { return -mean * hostmath::log(1 - unit()); }

std::uint64_t Draws::seed() {
  const double high = unit() * 0x1p24, low = unit() * 0x1p24;  // units are multiples of 2^-24
  return static_cast<std::uint64_t>(high) << 24 | static_cast<std::uint64_t>(low);
}

}  // namespace dact::world
