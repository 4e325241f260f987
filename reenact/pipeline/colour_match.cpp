#include "reenact/pipeline/colour_match.hpp"

#include <algorithm>
#include <cmath>

#include "tensor/error.hpp"

namespace dact::reenact {

// Of each channel.
std::array<ColourMatch::Spread, 3> ColourMatch::spread_of(const Tensor& picture) {
  require_dtype("colour_match", "picture", picture, DType::u8);
  require_rank("colour_match", "picture", picture, 3);
  if (picture.size(2) != 3 || picture.numel() == 0)
    throw ShapeError("colour_match",
                     "picture must be u8 [H, W, 3] with pixels, got " + picture.str());
  const Tensor in = picture.contiguous();
  const std::uint8_t* values = in.data<std::uint8_t>();
  std::array<std::array<double, 256>, 3> counts{};  // whole numbers
  for (std::int64_t i = 0; i < in.numel(); ++i)
    counts[static_cast<std::size_t>(i % 3)][values[i]] += 1;
  const double pixels = static_cast<double>(in.numel() / 3);
  std::array<Spread, 3> spread;
  for (std::size_t c = 0; c < 3; ++c) {
    double sum = 0, squares = 0;
    for (std::size_t v = 0; v < 256; ++v) sum += counts[c][v] * static_cast<double>(v);
    const double mean = sum / pixels;
    for (std::size_t v = 0; v < 256; ++v) {
      const double from_mean = static_cast<double>(v) - mean;
      squares += counts[c][v] * (from_mean * from_mean);
    }
    spread[c] = {mean, std::sqrt(squares / pixels)};
  }
  return spread;
}

ColourMatch::ColourMatch(const Tensor& wanted) : wanted_(spread_of(wanted)) {}

Tensor ColourMatch::operator()(const Tensor& picture) const {
  const std::array<Spread, 3> own = spread_of(picture);
  std::array<std::array<std::uint8_t, 256>, 3> table;
  for (std::size_t c = 0; c < 3; ++c) {
    const double gain = own[c].deviation > 0 ? wanted_[c].deviation / own[c].deviation : 1;
    for (std::size_t v = 0; v < 256; ++v) {
      const double y = (static_cast<double>(v) - own[c].mean) * gain + wanted_[c].mean + 0.5;
      table[c][v] = static_cast<std::uint8_t>(std::clamp(y, 0.0, 255.0));
    }
  }
  const Tensor in = picture.contiguous();
  Tensor out = empty(in.shape(), DType::u8);
  const std::uint8_t* from = in.data<std::uint8_t>();
  std::uint8_t* to = out.mutate<std::uint8_t>();
  for (std::int64_t i = 0; i < in.numel(); ++i)
    to[i] = table[static_cast<std::size_t>(i % 3)][from[i]];
  return out;
}

}  // namespace dact::reenact
