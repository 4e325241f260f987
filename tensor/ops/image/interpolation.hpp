// What the weighted interpolations share: samples, bad calls, cost. Each has the attribute "size"
// and, where its taps have the choice, "align_corners".
#pragma once
#include "tensor/op.hpp"

namespace dact {

/// Sizes up and down, odd and prime, one pixel, identity, empty; `aligned`: with both
/// align_corners.
std::vector<Sample> interpolation_samples(bool aligned);
std::vector<BadSample> bad_interpolations(const std::string& name, bool aligned);

}  // namespace dact
