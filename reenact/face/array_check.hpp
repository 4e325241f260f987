// What an array of a model must be, with its name, place and value in the error: for tables and files of faces.
#pragma once
#include <fmt/core.h>

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/error.hpp"
#include "tensor/tensor.hpp"

namespace dact::face::tables_room {

// The place of element `flat` of a row-major shape: "[3, 1, 0]".
inline std::string place(const Shape& shape, std::int64_t flat) {
  std::string text;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    text = fmt::format("{}{}{}", flat % shape[axis], text.empty() ? "" : ", ", text);
    flat /= shape[axis];
  }
  return "[" + text + "]";
}

class Check {
 public:
  Check(std::string_view where, DType dtype) : where_(where), dtype_(dtype) {}

  [[noreturn]] void fail(std::string_view name, std::string_view what) const {
    throw WeightsError(where_, fmt::format("array {} must {}", name, what));
  }

  void shape(std::string_view name, const Tensor& x, const Shape& want) const {
    if (!x.defined()) fail(name, fmt::format("be {}, got none", want.str()));
    if (!(x.shape() == want)) fail(name, fmt::format("be {}, got {}", want.str(), x.str()));
  }

  void floats(std::string_view name, const Tensor& x, const Shape& want) const {
    shape(name, x, want);
    if (x.dtype() != dtype_)
      fail(name, fmt::format("be {} as v_template is, got {}", name_of(dtype_), x.str()));
    dispatch_float(where_, x, [&]<class T>() {
      const std::vector<T> values = x.to_vector<T>();
      for (std::size_t i = 0; i < values.size(); ++i)
        if (!std::isfinite(values[i]))
          fail(name, fmt::format("be finite, got {} at {}", static_cast<double>(values[i]),
                                 place(x.shape(), static_cast<std::int64_t>(i))));
    });
  }

  void indices(std::string_view name, const Tensor& x, const Shape& want, std::int64_t lo,
               std::int64_t hi) const {
    shape(name, x, want);
    if (x.dtype() != DType::i64) fail(name, "be i64, got " + x.str());
    const std::vector<std::int64_t> values = x.to_vector<std::int64_t>();
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i] < lo || values[i] >= hi)
        fail(name, fmt::format("be from {} to {}, got {} at {}", lo, hi - 1, values[i],
                               place(x.shape(), static_cast<std::int64_t>(i))));
  }

 private:
  std::string_view where_;
  DType dtype_;
};

}  // namespace dact::face::tables_room
