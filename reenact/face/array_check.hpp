// What an array of a model must be, with its name, place and value in the error: for tables and files of faces.
#pragma once
#include <string>
#include <string_view>

#include "tensor/tensor.hpp"

namespace dact::face {

/// Checks of one file's or model's arrays. All throw WeightsError("<where>: array <name> must ...").
class ArrayCheck {
 public:
  ArrayCheck(std::string_view where, DType dtype) : where_(where), dtype_(dtype) {}

  [[noreturn]] void fail(std::string_view name, std::string_view what) const;
  void shape(std::string_view name, const Tensor& x, const Shape& want) const;
  /// Of the model's dtype and shape, all finite. Returns x.
  Tensor floats(std::string_view name, const Tensor& x, const Shape& want) const;
  /// i64 of this shape, all in [lo, hi).
  void indices(std::string_view name, const Tensor& x, const Shape& want, std::int64_t lo,
               std::int64_t hi) const;

 private:
  std::string_view where_;
  DType dtype_;
};

}  // namespace dact::face
