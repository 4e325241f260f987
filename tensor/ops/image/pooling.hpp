// The arguments that the sliding pools share.
#pragma once
#include <string_view>

#include "tensor/op.hpp"
#include "tensor/pair.hpp"

namespace dact {

struct Sliding {
  Pair kernel, stride, padding;
};

/// kernel, stride >= 1, 0 <= padding <= kernel / 2 (so every window holds a cell of the image):
/// UsageError. Kernel beyond the padded image of x [.., H, W]: ShapeError.
void require_sliding(std::string_view where, const Shape& x, const Sliding& s);
/// From the attributes "kernel", "stride", "padding".
Sliding sliding_of(std::string_view where, const Attrs& attrs);
/// Calls that every sliding pool must refuse.
std::vector<BadSample> bad_sliding(const std::string& name, const Attrs& extra);
/// extra, and the three attributes.
Attrs sliding_attrs(const Sliding& s, const Attrs& extra = {});

}  // namespace dact
