#include "reenact/face/array_check.hpp"

#include <fmt/core.h>

#include <cmath>
#include <vector>

#include "tensor/error.hpp"

namespace dact::face {
namespace array_check_room {

// The place of element `flat` of a row-major shape: "[3, 1, 0]".
std::string place(const Shape& shape, std::size_t flat) {
  std::string text;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    const auto size = static_cast<std::size_t>(shape[axis]);
    text = fmt::format("{}{}{}", flat % size, text.empty() ? "" : ", ", text);
    flat /= size;
  }
  return "[" + text + "]";
}

}  // namespace array_check_room

void ArrayCheck::fail(std::string_view name, std::string_view what) const {
  throw WeightsError(where_, fmt::format("array {} must {}", name, what));
}

void ArrayCheck::shape(std::string_view name, const Tensor& x, const Shape& want) const {
  if (!x.defined()) fail(name, fmt::format("be {}, got none", want.str()));
  if (!(x.shape() == want)) fail(name, fmt::format("be {}, got {}", want.str(), x.str()));
}

Tensor ArrayCheck::floats(std::string_view name, const Tensor& x, const Shape& want) const {
  shape(name, x, want);
  if (x.dtype() != dtype_)
    fail(name, fmt::format("be {} as v_template is, got {}", name_of(dtype_), x.str()));
  dispatch_float(where_, x, [&]<class T>() {
    const std::vector<T> values = x.to_vector<T>();
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!std::isfinite(values[i]))
        fail(name, fmt::format("be finite, got {} at {}", static_cast<double>(values[i]),
                               array_check_room::place(x.shape(), i)));
  });
  return x;
}

void ArrayCheck::indices(std::string_view name, const Tensor& x, const Shape& want, std::int64_t lo,
                         std::int64_t hi) const {
  shape(name, x, want);
  if (x.dtype() != DType::i64) fail(name, "be i64, got " + x.str());
  const std::vector<std::int64_t> values = x.to_vector<std::int64_t>();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] < lo || values[i] >= hi)
      fail(name, fmt::format("be from {} to {}, got {} at {}", lo, hi - 1, values[i],
                             array_check_room::place(x.shape(), i)));
}

}  // namespace dact::face
